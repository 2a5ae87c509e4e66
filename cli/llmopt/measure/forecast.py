"""What a run is about to do, ask and cost: the plan with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from llmopt.decide.judgement import Rule
from llmopt.domain import Candidate, Model
from llmopt.domain.ladders import families
from llmopt.evaluate.engine import width_of
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.sequential import UntilDecided
from llmopt.evaluate.standing import START
from llmopt.evaluate.units import units
from llmopt.measure.history import Showable
from llmopt.measure.judge_tally import JudgeOutlay
from llmopt.measure.outlay import Outlay
from llmopt.measure.span import Span, total
from llmopt.prices.table import price_of
from llmopt.stats.eprocess import equal_cases


@dataclass(frozen=True, slots=True)
class ModelOutlay:
    """What the calls of one role to one model come to, over all candidates.

    `cached_calls` are those of `calls` that the response cache is known to answer; the
    other figures are of those that are `sent`. `seconds` is the time they take at the
    latency seen before, as many at a time as the model is asked; None where no run has
    seen it. `least_seconds` is what the declared limits ask for alone.
    """

    model: Model
    role: str
    calls: Span
    cached_calls: int
    sent: Span
    input_tokens: Span
    input_exact: bool
    output_tokens: Span
    dollars: Span
    priced: bool
    seconds: float | None
    least_seconds: float | None


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a run until decided comes to, where candidates answer as the baseline does.

    Trials, and dollars at the low end. Trials of perturbed cases are not among them.
    """

    trials: int
    dollars: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan with its figures. None of its calls was made.

    `floor` is set where the run ends when it has decided; every other figure is then the
    most it comes to. `showable` is empty where nobody asked for it. `keyless` names the
    models whose key is missing: the run itself would be refused. `max_cost` is the limit on
    dollars that the run would keep.
    """

    outlays: Sequence[Outlay]
    models: Sequence[ModelOutlay]
    kept_trials: int
    floor: Floor | None
    showable: Sequence[Showable]
    keyless: Sequence[str]
    price_table_date: date | None
    rule: Rule
    max_cost: float | None

    @property
    def trials(self) -> int:
        """Trials that are run, of those whose template can be filled."""
        return sum(one.calls for one in self.outlays)

    @property
    def calls(self) -> Span:
        return total(one.calls for one in self.models)

    @property
    def cached_calls(self) -> int:
        return sum(one.cached_calls for one in self.models)

    @property
    def sent(self) -> Span:
        """Calls that are sent."""
        return total(one.sent for one in self.models)

    @property
    def unrendered(self) -> int:
        """Trials whose template fails on their variables: no call is made for them."""
        return sum(one.unrendered for one in self.outlays)

    @property
    def input_tokens(self) -> Span:
        return total(one.input_tokens for one in self.models)

    @property
    def input_exact(self) -> bool:
        return all(one.input_exact for one in self.models if one.input_tokens.high != 0)

    @property
    def output_tokens(self) -> Span:
        return total(one.output_tokens for one in self.models)

    @property
    def dollars(self) -> Span:
        return total(one.dollars for one in self.models)

    @property
    def unpriced(self) -> list[str]:
        """Models without a known price that are to be asked."""
        return [m.model.name for m in self.models if not m.priced and m.sent.high != 0]

    @property
    def judges(self) -> list[ModelOutlay]:
        """What the models come to that scorers ask."""
        return [one for one in self.models if one.role == "judge"]

    @property
    def seconds(self) -> float | None:
        """Models are asked side by side: the slowest says when the run ends."""
        times = [one.seconds for one in self.models]
        known = [time for time in times if time is not None]
        return max(known) if known and len(known) == len(times) else None


def by_model(
    plan: Plan,
    outlays: Sequence[Outlay],
    judging: Sequence[JudgeOutlay],
    *,
    concurrency: int | None,
) -> list[ModelOutlay]:
    """Add up outlays by model, candidates' first."""
    asked = [
        _model_outlay(model, [one for one in outlays if one.model == model], concurrency)
        for model in plan.models
    ]
    judges = {one.model.name: one.model for one in judging}
    return asked + [
        _judge_outlay(judge, [one for one in judging if one.model.name == name], concurrency)
        for name, judge in judges.items()
    ]


def _judge_outlay(judge: Model, own: Sequence[JudgeOutlay], concurrency: int | None) -> ModelOutlay:
    sent = total(one.sent for one in own)
    tokens = total(one.input_tokens for one in own)
    least = _least_seconds(judge, sent.low or 0, tokens.low or 0)
    return ModelOutlay(
        model=judge,
        role="judge",
        calls=total(one.calls for one in own),
        cached_calls=sum(one.cached_calls for one in own),
        sent=sent,
        input_tokens=tokens,
        input_exact=all(one.input_exact for one in own),
        output_tokens=total(one.output_tokens for one in own),
        dollars=total(one.dollars for one in own),
        priced=price_of(judge) is not None,
        seconds=_seconds([one.seconds for one in own], width_of(judge, concurrency), least),
        least_seconds=least,
    )


def _model_outlay(model: Model, own: Sequence[Outlay], concurrency: int | None) -> ModelOutlay:
    sent, tokens = sum(one.sent for one in own), sum(one.input_tokens for one in own)
    least = _least_seconds(model, sent, tokens)
    return ModelOutlay(
        model=model,
        role="generation",
        calls=Span.of(sum(one.calls for one in own)),
        cached_calls=sum(one.cached_calls for one in own),
        sent=Span.of(sent),
        input_tokens=Span.of(tokens),
        input_exact=all(one.input_exact for one in own),
        output_tokens=total(one.output_tokens for one in own),
        dollars=total(one.dollars for one in own),
        priced=price_of(model) is not None,
        seconds=_seconds([one.seconds for one in own], width_of(model, concurrency), least),
        least_seconds=least,
    )


def _seconds(spans: Sequence[float | None], width: int, least: float | None) -> float | None:
    """Return how long calls take, so many at a time."""
    known = [span for span in spans if span is not None]
    return max(sum(known) / width, least or 0.0) if len(known) == len(spans) else None


def _least_seconds(model: Model, calls: float, tokens: float) -> float | None:
    """Return how long the declared limits alone stretch so many calls: a minute's share is free."""
    limits = model.limits
    minutes = [
        amount / limit - 1
        for amount, limit in (
            (calls, limits.requests_per_minute),
            (tokens, limits.tokens_per_minute),
        )
        if limit
    ]
    return max(0.0, *minutes) * 60 if minutes else None


def floor_of(
    plan: Plan,
    outlays: Mapping[Candidate, Outlay],
    judging: Sequence[JudgeOutlay],
    until: UntilDecided,
    rule: Rule,
) -> Floor:
    """Work out the least that a run until decided comes to: see `Floor`."""
    trials, dollars = 0, 0.0
    known = True
    for prompt, baseline in plan.baselines.items():
        if prompt not in plan.order:
            continue
        own = [c for c in outlays if c.prompt == prompt and c != baseline]
        own.sort(key=lambda candidate: _per_call(outlays[candidate]))
        first, whole = _shares(plan, prompt, rule, own)
        deciding = {baseline, *(own if until.every else own[:1])}
        for candidate in (baseline, *own):
            one, share = outlays[candidate], whole if candidate in deciding else first
            trials += round(share * one.calls)
            judged = [judge.dollars.low for judge in judging if judge.candidate == candidate]
            for low in (one.dollars.low, *judged):
                known = known and low is not None
                dollars += share * (low or 0.0)
    return Floor(trials, dollars if known else None)


def _shares(plan: Plan, prompt: str, rule: Rule, own: Sequence[Candidate]) -> tuple[float, float]:
    """Return the shares (0..1) of a prompt's cases that measure, and that equal answers need."""
    population = plan.population[prompt] if rule.target == "suite" else None
    several = len(families(own, plan.ladders.get(prompt, ())))
    needed = equal_cases(rule.margin, rule.alpha, max(1, several), population=population)
    there = len(units(plan, prompt, by_cluster=rule.target == "traffic"))
    first = min(1.0, START / there) if there else 0.0
    return first, max(first, min(1.0, needed / there)) if needed and there else 1.0


def _per_call(one: Outlay) -> float:
    """Order candidates as a run does, cheapest input first."""
    return (one.dollars.low or one.input_tokens) / max(1, one.sent)
