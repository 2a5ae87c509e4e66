from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmopt.domain import Candidate, Case, Message, Model, Place, Prompt, Suite, Variant
from llmopt.errors import InputError, Problem, TemplateError
from llmopt.evaluate.plan import known_prompt
from llmopt.files.template import Renderer, compile_variant
from llmopt.measure.prefix import Shared, StaticPrefix, fixed_tokens
from llmopt.numbers import DAYS_PER_MONTH
from llmopt.prices.table import Pricer
from llmopt.stats.quantile import quantile
from llmopt.tokens.counting import Counter, counter_for

SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a candidate's input weighs over its prompt's cases, counted offline.

    Token figures include the chat overhead; `exact` is False where the model's
    tokenizer is not published and they are estimates. `prefix` is the longest token
    prefix that all cases share, `fixed_tokens` everything that the variant writes
    itself, before, between and behind what varies. Dollars are None where the price is
    not known, `dollars_per_month` also where no traffic is declared; they price the
    input alone, uncached.
    """

    candidate: Candidate
    place: Place
    cases: int
    mean_tokens: float
    p95_tokens: float
    max_tokens: int
    exact: bool
    prefix: StaticPrefix
    fixed_tokens: int
    context_window: int | None
    dollars_per_call: float | None
    dollars_per_month: float | None

    @property
    def static_prefix_tokens(self) -> int:
        return self.prefix.tokens


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A variant that nothing can be counted of: it has variables and no case that gives them."""

    prompt: str
    variant: str
    place: Place


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that was counted, and what could not be."""

    footprints: tuple[Footprint, ...]
    unmeasured: tuple[Unmeasured, ...]


def footprints(
    suite: Suite,
    models: Sequence[Model],
    *,
    prompts: Sequence[str] = (),
    variants: Sequence[str] = (),
) -> tuple[Footprint, ...]:
    """Count every variant over all its prompt's cases, on every model; see `measure`."""
    return measure(suite, models, prompts=prompts, variants=variants).footprints


def measure(
    suite: Suite,
    models: Sequence[Model],
    *,
    prompts: Sequence[str] = (),
    variants: Sequence[str] = (),
) -> Measurement:
    """Count every variant over all its prompt's cases, on every model; empty means all.

    A variant without variables needs no case: it weighs the same in all. Cases are
    rendered one at a time; memory holds one number a case and tokenizer.

    Raises:
        UsageError: the suite has no such prompt.
        InputError: cases that a variant cannot be rendered with, each with its place.
    """
    found: list[Footprint] = []
    without: list[Unmeasured] = []
    problems: list[Problem] = []
    for name in dict.fromkeys(prompts or suite.prompts):
        prompt = known_prompt(suite, name)
        for variant in prompt.variants.values():
            if variants and variant.name not in variants:
                continue
            renderer = compile_variant(variant, prompt.format)
            cases: Sequence[Case | None] = suite.cases.get(name) or (
                () if renderer.variables else (None,)
            )
            if not cases:
                without.append(Unmeasured(name, variant.name, variant.place))
                continue
            scales = _scales(models)
            problems += _weigh(variant, renderer, cases, scales)
            if not problems:
                shared = scales[0].shared
                for model in models:
                    scale = next(s for s in scales if s.serves(model))
                    found.append(_footprint(suite, prompt, variant, model, scale, shared))
    if problems:
        raise InputError(problems)
    return Measurement(tuple(found), tuple(without))


class _Scale:
    """One tokenizer's counts of a variant's cases; models that count alike share it."""

    def __init__(self, counter: Counter, shared: Shared) -> None:
        self.counter = counter
        self.shared = shared
        self.tokens = array("q")
        self.exact = True

    def serves(self, model: Model) -> bool:
        return self.counter.same_as(counter_for(model.identity))

    def add(self, messages: Sequence[Message]) -> None:
        count = self.counter.messages(messages)
        self.tokens.append(count.tokens)
        self.exact = self.exact and count.exact


def _scales(models: Sequence[Model]) -> list[_Scale]:
    shared = Shared()
    scales: list[_Scale] = []
    for model in models:
        if not any(scale.serves(model) for scale in scales):
            scales.append(_Scale(counter_for(model.identity), shared))
    return scales


def _weigh(
    variant: Variant, renderer: Renderer, cases: Sequence[Case | None], scales: Sequence[_Scale]
) -> Iterator[Problem]:
    """Put every case on every scale; yield what is wrong with the first that cannot be."""
    wrong = 0
    for case in cases:
        values = case.vars if case else {}
        try:
            messages = renderer.render(values)
        except TemplateError as error:
            wrong += 1
            if wrong <= SHOWN_PROBLEMS:
                yield _problem(variant, case, error)
            continue
        scales[0].shared.add(messages, values)
        for scale in scales:
            scale.add(messages)


def _problem(variant: Variant, case: Case | None, error: TemplateError) -> Problem:
    place = case.place if case else variant.place
    which = f"case '{case.id}': " if case else ""
    return Problem(
        f"{which}variant '{variant.name}' cannot be rendered: {error.message}",
        place.file,
        place.line,
        place.column,
        error.hint,
    )


def _footprint(
    suite: Suite, prompt: Prompt, variant: Variant, model: Model, scale: _Scale, shared: Shared
) -> Footprint:
    ordered = sorted(scale.tokens)
    mean = sum(ordered) / len(ordered)
    dollars = _dollars(model, scale.tokens)
    calls_a_day = suite.config.traffic.get(prompt.name)
    monthly = None if calls_a_day is None else calls_a_day * DAYS_PER_MONTH
    return Footprint(
        candidate=Candidate(prompt.name, variant.name, model.name),
        place=variant.place,
        cases=len(suite.cases.get(prompt.name, ())),
        mean_tokens=mean,
        p95_tokens=float(quantile(ordered, 0.95)),
        max_tokens=ordered[-1],
        exact=scale.exact,
        prefix=shared.prefix(variant, prompt.format, scale.counter),
        fixed_tokens=fixed_tokens(variant, prompt.format, scale.counter),
        context_window=Pricer(model).context_window,
        dollars_per_call=dollars,
        dollars_per_month=None if dollars is None or monthly is None else dollars * monthly,
    )


def _dollars(model: Model, tokens: Sequence[int]) -> float | None:
    """Return the average price of the input, call by call where long ones cost another rate."""
    pricer = Pricer(model)
    if pricer.flat:
        one = pricer.input_cost(1_000_000)
        return None if one is None else one * sum(tokens) / len(tokens) / 1_000_000
    costs = [pricer.input_cost(count) for count in tokens]
    known = [cost for cost in costs if cost is not None]
    return sum(known) / len(known) if known and len(known) == len(costs) else None
