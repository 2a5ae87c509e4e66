from __future__ import annotations

from llmopt.audit.check import INFERENCE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.domain import Evidence

LONG_REPLY = 500
"""Output tokens on average from which drafting pays."""


def _drafting(facts: Facts) -> Judgement:
    seen = [Evidence(f"{s.engine} drafts", s.place) for s in facts.servers if s.drafting]
    seen += facts.code.seen("drafting")
    if seen:
        return passed(seen)
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    mean = facts.usage.mean_output
    servers = [Evidence(s.said, s.place) for s in facts.servers]
    if mean is None:
        return manual("a usage log would show how long the replies are", servers)
    said = f"replies have {mean:,.0f} tokens on average"
    if mean < LONG_REPLY:
        return inapplicable(said)
    return failed([Evidence(said), *servers], "nothing drafts ahead")


def _parallel(facts: Facts) -> Judgement:
    batched = facts.code.seen("batch")
    slow = [
        call.evidence("a bulk call, one after another")
        for file in facts.code.calling()
        if not {"parallel", "batch"} & file.seen.keys()
        for call in file.calls
        if call.bulk and not call.driven
    ]
    slow += [
        evidence
        for file in facts.code.calling()
        if not {"parallel", "batch"} & file.seen.keys()
        for evidence in file.seen.get("bulk-asked", ())
    ]
    if slow:
        return failed(slow, "each waits for the one before")
    together = [*facts.code.seen_beside_calls("parallel"), *batched]
    if together:
        return passed(together, "requests run together")
    return inapplicable("no bulk call is seen")


def _engine(facts: Facts) -> Judgement:
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    plain = [Evidence(s.said, s.place) for s in facts.servers if s.engine == "transformers"]
    if plain:
        return failed(plain, "transformers generates itself")
    return passed([Evidence(s.said, s.place) for s in facts.servers])


GOAL = Goal(
    code="INF3",
    name="generation",
    title="Efficient generation",
    area=INFERENCE,
    checks=(
        Check(
            code="INF301",
            name="speculative-decoding",
            title="Speculative decoding is evaluated for long outputs",
            weight=2,
            effort="medium",
            needs=("deployment", "code", "usage"),
            judges="Whether servers of long replies draft ahead. Long: 500 output tokens or more.",
            passes=(
                "Drafting is seen: --speculative-config, --speculative-model, "
                "--num-speculative-tokens, --speculate, --model-draft, -md, --draft-max, "
                "speculative_config, assistant_model, Medusa or EAGLE; or predicted outputs of a "
                "provider (prediction=)."
            ),
            fails=(
                "A served model writes long replies (the usage log averages 500 output "
                "tokens or more), "
                "and nothing drafts."
            ),
            manual="A served model is seen, and no usage log says how long its replies are.",
            not_applicable=(
                "No served model is seen, or the usage log averages below 500 output tokens."
            ),
            saving=None,
            remedy="Serve with a draft model or n-gram lookup, and measure throughput.",
            snippet='vllm serve org/model-70b --speculative-config \'{"method": "ngram", '
            '"num_speculative_tokens": 4}\'',
            source="Serving: draft and target, self-speculative, lookahead decoding.",
            judge=_drafting,
        ),
        Check(
            code="INF302",
            name="parallel-requests",
            title="Independent requests run in parallel",
            weight=2,
            effort="low",
            needs=("code",),
            judges="Whether bulk calls, which do not depend on each other, wait for each other.",
            passes=(
                "Something runs calls at the same time, and so does every file with a bulk "
                "call: gather, TaskGroup, as_completed, a thread or process "
                "pool, pool.map, batch or abatch of LangChain, Promise.all, p-limit, p-map, "
                "RunnableParallel "
                "in a file that makes calls; a queue of workers (delay, apply_async, remote, "
                "submit); a batch interface (INF101); or a list of "
                "prompts given "
                "to a served model."
            ),
            fails="A bulk call runs item after item: none of these is in its file.",
            manual=None,
            not_applicable="No bulk call is seen and nothing runs calls in parallel.",
            saving=None,
            remedy="Run them together within the provider's limits.",
            snippet="async with asyncio.TaskGroup() as group: ...",
            source="Cost checklist: parallel processing.",
            judge=_parallel,
        ),
        Check(
            code="INF303",
            name="optimized-engine",
            title="Served models run on an optimized engine",
            weight=4,
            effort="medium",
            needs=("deployment", "code", "dependencies"),
            judges="Which engine runs each served model.",
            passes=(
                "Each served model runs on vLLM, TGI, TensorRT-LLM, Triton, SGLang, llama.cpp, "
                "Ollama, ONNX Runtime (optimum), OpenVINO, CTranslate2, ExLlama, LMDeploy or MLC."
            ),
            fails=(
                "Application code generates with transformers itself (generate of a causal model, "
                "a text-generation pipeline), without one of these engines."
            ),
            manual=None,
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Serve the same weights with an engine made for it.",
            snippet="vllm serve org/model-8b",
            source="Cost checklist: optimized engines (ONNX, TensorRT and their like).",
            judge=_engine,
        ),
    ),
)
