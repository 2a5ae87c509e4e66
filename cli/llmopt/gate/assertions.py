"""What test cases allow their own trials: each trial that takes more is a finding on its case."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from llmopt import numbers
from llmopt.decide.gates import GateRow
from llmopt.domain import (
    Candidate,
    Case,
    CaseLimits,
    Finding,
    Measure,
    Model,
    Outcomes,
    Severity,
    Suite,
)
from llmopt.errors import TemplateError
from llmopt.files.template import compile_variant
from llmopt.gate.rules import BY_NAME
from llmopt.gate.samples import column
from llmopt.tokens.counting import counter_for

LimitName = Literal["max_input_tokens", "max_output_tokens", "max_cost", "max_latency_ms"]


class Kind(NamedTuple):
    """A limit that a case may set: what it holds, the rule it is found by, what it says."""

    measure: Measure
    rule: str
    row: str
    says: str


KINDS: Mapping[LimitName, Kind] = {
    "max_input_tokens": Kind("input_tokens", "case-max-input-tokens", "max_input_tokens", "sends"),
    "max_output_tokens": Kind(
        "output_tokens", "case-max-output-tokens", "max_output_tokens", "is answered with"
    ),
    "max_cost": Kind("cost", "case-max-cost", "max_cost", "costs"),
    "max_latency_ms": Kind("latency", "case-max-latency", "max_latency", "takes"),
}


@dataclass(frozen=True, slots=True)
class Asserted:
    """What the cases' own limits came to: how many were held, what exceeds them, what is open."""

    held: int
    findings: tuple[Finding, ...]
    unknown: tuple[GateRow, ...]


class _Trial(NamedTuple):
    """A candidate's worst trial of a case, by measure: the largest known, or NaN.

    Of a measure in `silent`, not every trial is known.
    """

    candidate: Candidate
    case: Case
    values: Mapping[Measure, float]
    silent: frozenset[Measure] = frozenset()


def assert_offline(suite: Suite, models: Sequence[Model], *, severity: Severity) -> Asserted:
    """Hold the input tokens that cases allow against what every candidate would send."""
    return _asserted(_rendered(suite, models), ("max_input_tokens",), severity)


def assert_run(suite: Suite, tables: Iterable[Outcomes], *, severity: Severity) -> Asserted:
    """Hold everything that cases allow against a run's trials; replies from the cache count too."""
    return _asserted(_tried(suite, tables), tuple(KINDS), severity)


def _rendered(suite: Suite, models: Sequence[Model]) -> Iterator[_Trial]:
    for name in sorted(suite.limited & suite.prompts.keys()):
        prompt = suite.prompts[name]
        cases = [c for c in suite.cases[name] if c.limits and c.limits.max_input_tokens is not None]
        for variant in prompt.variants.values():
            renderer = compile_variant(variant, prompt.format)
            for case in cases:
                try:
                    messages = renderer.render(case.vars)
                except TemplateError:
                    continue  # counting the suite has told of it
                for model in models:
                    tokens = counter_for(model.identity).messages(messages).tokens
                    candidate = Candidate(name, variant.name, model.name)
                    yield _Trial(candidate, case, {"input_tokens": float(tokens)})


def _tried(suite: Suite, tables: Iterable[Outcomes]) -> Iterator[_Trial]:
    for table in tables:
        prompt = table.candidate.prompt
        if prompt not in suite.limited:
            continue
        columns = {kind.measure: column(table, kind.measure).tolist() for kind in KINDS.values()}
        rows: dict[int, list[int]] = {}
        for row, index in enumerate(table.case):
            rows.setdefault(index, []).append(row)
        for index, own in rows.items():
            case = suite.cases[prompt][index]
            if case.limits:
                seen = {m: [values[row] for row in own] for m, values in columns.items()}
                worst = {m: max(_known(values), default=math.nan) for m, values in seen.items()}
                silent = frozenset(m for m, values in seen.items() if any(map(math.isnan, values)))
                yield _Trial(table.candidate, case, worst, silent)


def _known(values: Iterable[float]) -> Iterator[float]:
    return (value for value in values if not math.isnan(value))


def _asserted(trials: Iterable[_Trial], names: Sequence[LimitName], severity: Severity) -> Asserted:
    held = 0
    findings: list[Finding] = []
    unknown: dict[tuple[Candidate, LimitName], list[Case]] = {}
    for trial in trials:
        for name in names:
            limit = _limit(trial.case.limits, name)
            if limit is None:
                continue
            held += 1
            measure = KINDS[name].measure
            value = trial.values[measure]
            if value > limit and not math.isclose(value, limit):
                findings.append(_finding(trial, name, value, limit, severity))
            elif measure in trial.silent:
                unknown.setdefault((trial.candidate, name), []).append(trial.case)
    rows = (_unknown(candidate, name, cases) for (candidate, name), cases in unknown.items())
    return Asserted(held, tuple(findings), tuple(rows))


def _limit(limits: CaseLimits | None, name: LimitName) -> float | None:
    value: float | None = getattr(limits, name) if limits else None
    return value


def _finding(
    trial: _Trial, name: LimitName, value: float, limit: float, severity: Severity
) -> Finding:
    kind = KINDS[name]
    return Finding(
        rule=BY_NAME[kind.rule],
        severity=severity,
        message=f"case {trial.case.id}: {trial.candidate} {kind.says} "
        f"{_written(name, value)}, {_written(name, limit)} allowed",
        key="/".join((*trial.candidate, trial.case.id)),
        place=trial.case.place,
    )


def _written(name: LimitName, value: float) -> str:
    if name == "max_cost":
        return numbers.dollars(value)
    if name == "max_latency_ms":
        return numbers.milliseconds(value)
    return f"{numbers.tokens(value).removesuffix('.0')} token{'' if value == 1 else 's'}"


def _unknown(candidate: Candidate, name: LimitName, cases: Sequence[Case]) -> GateRow:
    limit = _limit(cases[0].limits, name)
    return GateRow(
        name=KINDS[name].row,
        candidate=candidate,
        limit=_written(name, limit or 0.0),
        baseline=None,
        actual=None,
        status="undecided",
        reason=f"not known of {len(cases):,} cases that limit it, such as {cases[0].id}",
        place=cases[0].place,
    )
