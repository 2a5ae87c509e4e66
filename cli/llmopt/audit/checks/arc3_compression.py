from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import ARCHITECTURE, Check, Goal
from llmopt.audit.checks.arc1_model import without_large
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import DISTILLED, PRUNED, billions
from llmopt.domain import Evidence, Saving

LARGER_BILLIONS = 13.0
"""Parameters from which the knowledge base calls a model large to serve."""
HIGH_VOLUME = 1_000_000
"""Calls a month from which training a model of one's own can pay."""


def _quantized(facts: Facts) -> Judgement:
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    plain = [s for s in facts.servers if not s.quantized and s.model]
    if plain:
        return failed([Evidence(s.said, s.place) for s in plain], "nothing says it is quantized")
    unnamed = [Evidence(s.said, s.place) for s in facts.servers if not s.quantized]
    if unnamed:
        return manual("the model's name or its server's options would show it", unnamed)
    return passed([Evidence(f"{s.said}, quantized", s.place) for s in facts.servers])


def _pruned(facts: Facts) -> Judgement:
    named = [Evidence(s.said, s.place) for s in facts.servers if s.model and PRUNED.search(s.model)]
    seen = facts.code.seen("pruned")
    if named or seen:
        return passed([*named, *seen], "a pruned model or pruning is seen")
    if not facts.servers:
        return inapplicable("no self-hosting is seen")
    sizes = [(s, billions(s.model) if s.model else None) for s in facts.servers]
    larger = [s for s, size in sizes if size is None or size > LARGER_BILLIONS]
    if not larger:
        return inapplicable("no served model has more than 13B parameters")
    return manual(
        "an evaluation of a pruned version would show it",
        [Evidence(s.said, s.place) for s in larger],
    )


def _distilled(facts: Facts) -> Judgement:
    named = [e for name, e in facts.models.items() if DISTILLED.search(name)]
    seen = facts.code.seen("fine-tuning")
    if named or seen:
        return passed([*named, *seen], "a distilled or fine-tuned model is seen")
    if not facts.large_models:
        return without_large(facts)
    volume = _volume(facts)
    if volume is None:
        return manual("a usage log or traffic would show the volume", facts.large_models.values())
    said = f"at most about {volume:,.0f} calls a month on large models"
    if volume < HIGH_VOLUME:
        return inapplicable(said)
    return failed([Evidence(said), *facts.large_models.values()], "nothing is distilled")


def _volume(facts: Facts) -> float | None:
    """Return the calls a month that large models answer at most, where it is known."""
    if facts.usage and facts.usage.months:
        return facts.usage.a_month(len(facts.usage.large))
    known = [p.calls_a_month for p in facts.project.prompts if p.calls_a_month is not None]
    model = facts.project.baseline_model
    if not known:
        return None
    total, large = sum(known), model is not None and model.id in facts.large_models
    # Where part of the traffic only goes to large models, few calls in all are few on them.
    return total if large or total < HIGH_VOLUME else None


def _saving(facts: Facts) -> Saving | None:
    return money.all_on_small(facts)


GOAL = Goal(
    code="ARC3",
    name="model deployment",
    title="Compact models in deployment",
    area=ARCHITECTURE,
    checks=(
        Check(
            code="ARC301",
            name="quantization",
            title="Served models are quantized to INT8 or INT4",
            weight=4,
            effort="low",
            needs=("deployment", "code"),
            judges="Whether each served model runs in reduced precision.",
            passes=(
                "Each served model is quantized: a --quantization, --quantize or -q flag or "
                "option, "
                "load_in_4bit, load_in_8bit or BitsAndBytesConfig, a model name with AWQ, GPTQ, "
                "INT4, INT8, FP8, NF4, 4bit, 8bit, bnb, w4a16, w8a8 or GGUF Q2 to Q8, or "
                "Ollama (whose "
                "library models are quantized)."
            ),
            fails="A served model is named, and nothing says that it is quantized.",
            manual="A server is seen, but not which model it runs.",
            not_applicable="No served model is seen.",
            saving=None,
            remedy="Serve a quantized version; evaluate it against the original first.",
            snippet="vllm serve org/model-8b-AWQ --quantization awq",
            source="Serving: INT8, INT4 and mixed-precision quantization.",
            judge=_quantized,
        ),
        Check(
            code="ARC302",
            name="pruning",
            title="Pruning is considered for larger served models",
            weight=1,
            effort="high",
            needs=("deployment", "code"),
            judges="Whether served models above 13B parameters were pruned.",
            passes=(
                "A pruned model or pruning is seen: a name with pruned, sparse, minitron or 2of4; "
                "SparseML, llm-compressor's pruning or torch.nn.utils.prune in application code."
            ),
            fails=None,
            never_fails="whether pruning pays shows in an evaluation of its own alone.",
            manual="A served model has more than 13B parameters or an unknown number.",
            not_applicable="No served model is seen, or none above 13B parameters.",
            saving=None,
            remedy="Evaluate a pruned version of the model, or attest that it was considered.",
            snippet="checklist: {ARC302: {status: done, reason: evaluated 2:4 sparsity in May}}",
            source="Serving: magnitude, structured and dynamic pruning.",
            judge=_pruned,
        ),
        Check(
            code="ARC303",
            name="distillation",
            title="Distillation is considered at high volume",
            weight=2,
            effort="high",
            needs=("usage", "traffic", "code"),
            judges="Whether a task of 1,000,000 calls a month or more keeps its large teacher.",
            passes=(
                "A distilled or fine-tuned model is in use (a name beginning ft: or with distil), "
                "or a fine-tuning job or distilabel is seen in application code."
            ),
            fails="A large model has a volume of 1,000,000 calls a month or more.",
            manual=(
                "A large model is in use, and no volume is known; or the model of a call cannot be "
                "read."
            ),
            not_applicable=(
                "No large model is in use, or the volume is known and below 1,000,000 a month."
            ),
            saving="As ARC101, over the prompts and features of that volume.",
            remedy="Train a small model on the large one's replies, and evaluate it.",
            snippet="llmopt eval --model openai/ft:gpt-5-mini:acme --model openai/gpt-5",
            source="Cost checklist: distillation at high volume.",
            judge=_distilled,
            saves=_saving,
        ),
    ),
)
