from __future__ import annotations

from llmopt.audit import money
from llmopt.audit.check import ARCHITECTURE, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed, inapplicable, manual, passed
from llmopt.audit.models import SPECIALISED, size_of
from llmopt.audit.phrases import is_simple
from llmopt.domain import Evidence, Saving

EASY_SHARE = 0.2
"""Of a large model's requests: from it on, a cascade is worth its second call."""


def _smaller_first(facts: Facts) -> Judgement:
    if not facts.models:
        return _unnamed(facts)
    runs = [run.evidence for run in facts.runs if any(size_of(m) == "small" for m in run.models)]
    compared = [
        comparison.evidence
        for comparison in facts.comparisons
        if len(comparison.models) > 1 and any(size_of(m) == "small" for m in comparison.models)
    ]
    if runs or compared:
        return passed([*runs, *compared], "a small model was evaluated")
    if len(facts.small_models) == len(facts.models) and not facts.unread_models:
        return passed(facts.small_models.values(), "only small models are in use")
    if facts.large_models:
        return failed(facts.large_models.values(), "no evaluation of a small model is seen")
    unknown = [e for name, e in facts.models.items() if name not in facts.small_models]
    return manual("the size of a model in use is not known", [*unknown, *facts.unread_models])


def _unnamed(facts: Facts) -> Judgement:
    if facts.code.calls:
        calls = [call.evidence() for call in facts.code.calls]
        return manual("no call names its model in a way that can be read", calls)
    return inapplicable("nothing here names a model")


def _simple_tasks(facts: Facts) -> list[tuple[str | None, Evidence]]:
    """Return the models of simple tasks, each with what shows the task."""
    found: list[tuple[str | None, Evidence]] = []
    for file in facts.code.files:
        asks = any(is_simple(text.text) for text in file.texts)
        for call in file.calls:
            if call.short or (asks and len({c.model for c in file.calls}) == 1):
                task = call.evidence(f"a simple task on {call.model or 'a model'}")
                found.append((call.model, task))
    model = facts.project.baseline_model
    for prompt in facts.project.prompts:
        if prompt.labelled or any(is_simple(text.text) for text in prompt.texts):
            place = Evidence(f"prompt {prompt.name} is a simple task", prompt.place)
            found.append((model.id if model else None, place))
    return found


def _specialised(facts: Facts) -> Judgement:
    named = [e for name, e in facts.models.items() if SPECIALISED.search(name)]
    seen = facts.code.seen("specialised")
    adapters = facts.deployment.signal("lora")
    if named or seen or adapters:
        return passed([*named, *seen, *adapters], "a specialised model is used")
    if not facts.code.calls and not facts.project.prompts:
        return inapplicable("no call and no prompt is seen")
    tasks = _simple_tasks(facts)
    if tasks and all(model and size_of(model) == "small" for model, _ in tasks):
        return inapplicable("simple tasks run on small models", [e for _, e in tasks])
    large = [e for model, e in tasks if model and size_of(model) == "large"]
    if large:
        return failed(large, "a large model does a simple task")
    return manual("an evaluation of a specialised model would show it", [e for _, e in tasks])


def routes(facts: Facts) -> list[Evidence]:
    """Return where a router or a cascade is seen."""
    found = list(facts.code.seen("router"))
    for file in facts.code.files:
        found += [
            evidence
            for evidence, texts in file.model_choices
            if {size_of(text) for text in texts if _may_name(text)} >= {"small", "large"}
        ]
    return found + [
        Evidence(f"prompt {prompt.name} has a cascade", prompt.place)
        for prompt in facts.project.prompts
        if prompt.strategies & {"cascade", "route"}
    ]


def _may_name(text: str) -> bool:
    return len(text) < 100 and not any(sign.isspace() for sign in text) and bool(text)


def _cascade(facts: Facts) -> Judgement:
    routing = routes(facts)
    if routing:
        return passed(routing, "requests are routed by difficulty")
    if not facts.large_models:
        return without_large(facts)
    large = facts.usage.large
    if large:
        easy = sum(record.easy for record in large)
        share = easy / len(large)
        said = f"{easy:,} of {len(large):,} requests to large models are easy ({share:.0%})"
        if share < EASY_SHARE:
            return inapplicable(said, facts.usage.evidence)
        return failed([Evidence(said), *facts.large_models.values()], "none goes to a small model")
    shown = _difficulty(facts)
    if shown:
        return failed(shown, "a small model answers many cases, and not all")
    return manual(
        "a usage log, or a run with a small and a large model, would show how many requests are "
        "easy",
        facts.large_models.values(),
    )


def without_large(facts: Facts) -> Judgement:
    """Judge what only concerns large models, where none is known to be in use."""
    if facts.unread_models:
        return manual(
            "the model's name would show whether a large one is in use", facts.unread_models
        )
    return inapplicable("no large model is in use")


def _difficulty(facts: Facts) -> list[Evidence]:
    """Return the runs in which a small model is right on half the cases, and a large on more."""
    found = []
    for run in facts.runs:
        for small, accuracy in run.accuracy.items():
            rivals = [
                score
                for other, score in run.accuracy.items()
                if other.prompt == small.prompt and size_of(other.model) == "large"
            ]
            best = max(rivals, default=0.0)
            if size_of(small.model) == "small" and 0.5 <= accuracy < best:
                found.append(run.evidence)
    return found


def _narrow_saving(facts: Facts) -> Saving | None:
    return money.on_small(facts, lambda record: (record.output_tokens or 0) <= 64, "short replies")


def _cascade_saving(facts: Facts) -> Saving | None:
    return money.on_small(facts, lambda record: record.easy, "easy requests")


GOAL = Goal(
    code="ARC1",
    name="model choice",
    title="Cheapest model that meets the accuracy need",
    area=ARCHITECTURE,
    checks=(
        Check(
            code="ARC101",
            name="smaller-models-first",
            title="Smaller models are evaluated before larger ones",
            weight=5,
            effort="medium",
            needs=("code", "runs", "usage"),
            judges="Whether a small model was tried wherever a large one is in use.",
            passes=(
                "Only small models are in use; or a run of the run store has a small model among "
                "its candidates; or a promptfoo configuration names a small model beside another."
            ),
            fails="A large model is in use and no evaluation of a small one is seen.",
            manual="No model in use is known to be large, and that of a call cannot be told.",
            not_applicable="No call, llmopt model or usage record names a model.",
            saving=(
                "The spend on large models in the usage log or by traffic, less what the same "
                "tokens cost on the cheapest small model that the project names: an upper bound, "
                "for an evaluation may keep some requests on the large one."
            ),
            remedy="Evaluate a small model on your own cases; adopt it where quality holds.",
            snippet="llmopt eval --model openai/gpt-5-mini --model openai/gpt-5",
            source="Cost checklist: smaller models evaluated before larger.",
            judge=_smaller_first,
            saves=money.all_on_small,
        ),
        Check(
            code="ARC102",
            name="specialised-models",
            title="Specialised models are considered for narrow tasks",
            weight=3,
            effort="high",
            needs=("code", "prompts"),
            judges="Whether narrow tasks run on a general large model.",
            passes=(
                "A fine-tuned or specialised model is used: a model name beginning ft: or naming "
                "code, coder, rerank, moderation, guard or embed-classify use; LoRA adapters on a "
                "served model; a classification, token-classification or zero-shot pipeline of "
                "transformers; SetFit; a spaCy text categoriser; a fine-tuning job in code."
            ),
            fails="A simple task runs on a large model, and nothing specialised is seen.",
            manual="There are calls, but none is a simple task or its model's size is unknown.",
            not_applicable=(
                "No call and no llmopt prompt; or every simple task runs on a small model."
            ),
            saving="As ARC101, over the calls of simple tasks alone.",
            remedy=(
                "Compare a fine-tuned small model or a plain classifier with today's model on the "
                "same cases."
            ),
            snippet="llmopt eval labels --model openai/ft:gpt-5-mini:acme --model openai/gpt-5",
            source="Cost checklist: specialised models considered.",
            judge=_specialised,
            saves=_narrow_saving,
        ),
        Check(
            code="ARC103",
            name="model-cascade",
            title="A cascade serves tasks of variable difficulty",
            weight=4,
            effort="medium",
            needs=("code", "usage", "runs"),
            judges="Whether easy requests reach the large model although they need not.",
            passes=(
                "A router or cascade is seen: RouteLLM, semantic-router, NotDiamond, a router "
                "chain or LLM router of LangChain or LlamaIndex; a function that calls a small "
                "model, then under a condition a larger one; a variable that picks a small or a "
                "large model under a condition and is the model of a call; an llmopt variant with "
                "strategy cascade. Fallbacks for errors (except, fallbacks=) are no cascade."
            ),
            fails=(
                "No cascade is seen, and either at least 20 % of a large model's requests in the "
                "usage log are easy (at most 500 tokens in and 64 out), or a run shows a small "
                "model right on half the cases or more, yet less often than the large one."
            ),
            manual=(
                "A large model is in use, and neither usage log nor runs show difficulty; or the "
                "model of a call cannot be read."
            ),
            not_applicable=(
                "No model in use is large; or the usage log shows fewer than 20 % easy requests."
            ),
            saving=(
                "Easy requests of the usage log, priced on the cheapest small model that the "
                "project names instead of the large one: an upper bound, as some will escalate."
            ),
            remedy="Ask the small model first, and the large one where it is not sure.",
            snippet="strategy: {cascade: [openai/gpt-5-mini, openai/gpt-5]}",
            source="Cost checklist: cascade for tasks of variable difficulty.",
            judge=_cascade,
            saves=_cascade_saving,
        ),
    ),
)
