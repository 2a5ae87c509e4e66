from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import INFERENCE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.domain import Evidence


def in_bulk(facts: Facts) -> list[Evidence]:
    """Return the bulk calls, those that a loop in another file makes by its loop."""
    calls = [call.evidence("a bulk call") for call in facts.code.calls if call.bulk]
    return [*facts.code.seen("bulk-asked"), *calls]


def _batched(facts: Facts) -> Judgement:
    seen = facts.code.seen("batch")
    if seen:
        return passed(seen, "a batch interface is used")
    waiting = facts.usage.where(lambda r: r.interactive is False and not r.batched)
    bulk = in_bulk(facts)
    shown = [Evidence(f"{len(waiting):,} requests for which nobody waited")] if waiting else []
    if not bulk and not shown:
        return inapplicable("no request is known to be one for which nobody waits")
    return failed([*bulk, *shown], "each pays the price of an interactive one")


def _dynamic(facts: Facts) -> Judgement:
    slow = [Evidence(s.said, s.place) for s in facts.servers if s.batching == "off"]
    slow += facts.deployment.signal("triton-unbatched")
    slow += [
        evidence
        for file in facts.code.files
        if "transformers" in file.seen
        and "route" in file.seen
        and "served-batching" not in file.seen
        for evidence in file.seen["transformers"]
    ]
    if slow:
        return failed(slow, "requests that arrive together wait for each other")
    good = [Evidence(f"{s.engine} batches", s.place) for s in facts.servers if s.batching == "on"]
    good += facts.deployment.signal("triton-batched")
    if good:
        return passed(good)
    if facts.servers:
        servers = [Evidence(s.said, s.place) for s in facts.servers]
        return manual("the server's settings would show it", servers)
    return inapplicable("no self-hosting is seen")


def _grouped(facts: Facts) -> Judgement:
    grouped = facts.code.seen_beside_calls("grouped")
    if grouped:
        return passed(grouped, "items are grouped")
    bulk = in_bulk(facts)
    if bulk:
        return manual("whether items are short enough to share a request", bulk)
    return inapplicable("no bulk call is seen")


GOAL = Goal(
    code="INF1",
    name="batching",
    title="Batching",
    area=INFERENCE,
    checks=(
        Check(
            code="INF101",
            name="batch-api",
            title="Requests are batched where they need no answer at once",
            weight=4,
            effort="medium",
            needs=("code", "usage"),
            judges="Whether bulk calls pay the price of interactive ones.",
            passes=(
                "A batch interface is used in application code: batches.create, "
                "messages.batches, create_batch, a batch job of Vertex or Bedrock, or a served "
                "model that is given a list of prompts (llm.generate over a list, a pipeline with "
                "batch_size)."
            ),
            fails=(
                "A bulk call to a provider is seen, or the usage log has requests that are not "
                "interactive at the standard tier, and no batch interface is used."
            ),
            manual=None,
            not_applicable=(
                "No bulk call is seen and the usage log has no request known to be not "
                "interactive; or bulk calls go to the project's own served model."
            ),
            saving=(
                "Half of what requests that are not interactive cost in the usage log: providers' "
                "published batch discount."
            ),
            remedy="Write the requests to a file and send them as one batch.",
            snippet='client.batches.create(input_file_id=f.id, endpoint="/v1/chat/completions", '
            'completion_window="24h")',
            source="OpenAI and Anthropic batch API documentation: half price, up to 24 hours.",
            judge=_batched,
            saves=money.in_batches,
        ),
        Check(
            code="INF102",
            name="dynamic-batch-size",
            title="Batch size follows the load",
            weight=3,
            effort="medium",
            needs=("deployment", "code"),
            judges="Whether each model server batches the requests that arrive together.",
            passes=(
                "The server batches continuously by itself (vLLM, TGI, SGLang, TensorRT-LLM), "
                "Triton has dynamic_batching, llama.cpp or Ollama serves several slots "
                "(--parallel or -np above 1, OLLAMA_NUM_PARALLEL above 1), or Ray Serve or BentoML "
                "batches (@serve.batch, batchable=True)."
            ),
            fails=(
                "Batching is off or missing: max-num-seqs or max_batch_size 1, "
                "--no-cont-batching, a Triton model without dynamic_batching, llama.cpp without "
                "several slots, or transformers behind a web route without batching."
            ),
            manual="A server is seen whose batching cannot be told (Ollama without the setting).",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Serve with continuous batching.",
            snippet="vllm serve org/model-8b --max-num-seqs 256",
            source="Serving: static, dynamic and priority batching.",
            judge=_dynamic,
        ),
        Check(
            code="INF103",
            name="semantic-batching",
            title="Similar requests share a batch or a request",
            weight=1,
            effort="high",
            needs=("code", "usage"),
            judges="Whether bulk work groups items that belong together.",
            passes=(
                "Bulk work is grouped: several items go into one request (a call in a loop over "
                "batched(), chunked() or range with a step), items are sorted by length, or "
                "clustered before the calls."
            ),
            fails=None,
            never_fails="one item a request is right wherever the items differ.",
            manual="A bulk call is seen that handles one item at a time.",
            not_applicable="No bulk call is seen.",
            saving=None,
            remedy="Put several short items into one request; evaluate that quality holds.",
            snippet="for group in batched(reviews, 20): label(group)",
            source="Serving: semantic batching.",
            judge=_grouped,
        ),
    ),
)
