"""Two runs side by side, candidate by candidate, on the cases that both asked alike.

Accuracy by the paired tests of the verdicts (`decide.judgement`), with a margin of 0:
at one look where both runs are complete, else by evidence that holds wherever a run
ended. Everything else by the bootstrap of the paired differences (`gate.evidence`). All
intervals are of 95 %, each for itself: of twenty that nothing moved, one excludes 0.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import islice
from typing import Any, Literal, NamedTuple

import numpy as np

from llmopt.decide.cases import CaseMeans, paired
from llmopt.decide.judgement import Judgement, Rule, anytime_judgements, fixed_judgements
from llmopt.domain import Bound, Candidate, Measure, Outcomes, Price, Run, Usage
from llmopt.gate.comparing import relative
from llmopt.gate.evidence import on_common, paired_excess
from llmopt.gate.run_changes import (
    EXAMPLES,
    Asked,
    CandidateChanges,
    Cases,
    Change,
    asked,
    candidate_changes,
    cases,
    run_changes,
)
from llmopt.gate.samples import by_case
from llmopt.prices.lookup import flat_cost
from llmopt.stats.interval import Interval
from llmopt.store.runs import RunStore

ALPHA = 0.025
"""Of either end of an interval."""

ROUNDING = 1e-12
"""What sums of the same figures in another order may differ by."""

Finding = Literal[
    "identical", "higher", "lower", "not shown", "too few", "unknown", "repriced", "price unknown"
]
"""What a comparison shows. `not shown` is no proof of equality; `repriced`: the price moved."""

MEASURES: Mapping[str, Measure] = {
    "accuracy": "accuracy",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cost_per_1k_calls": "cost",
    "latency_ms": "latency",
}
SAME_PRICE = "cost_per_1k_calls_same_price"
"""The cost of both runs at the prices of the later one."""


class Moved(NamedTuple):
    """One figure in two runs, over the `cases` that tell it of both.

    `delta` is after minus before, `change` a share of before (None for accuracy, which is
    one already); `gained` and `lost` are ids of cases that score higher and lower.
    """

    measure: str
    before: float | None
    after: float | None
    delta: float | None
    delta_ci: Interval | None
    change: float | None
    cases: int
    finding: Finding
    p_different: float | None = None
    gains: int = 0
    losses: int = 0
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateDiff:
    """A candidate in two runs; `was` is its name in the earlier one where that is another."""

    candidate: Candidate
    was: Candidate | None
    changes: CandidateChanges
    cases: Cases
    moved: tuple[Moved, ...]
    errors: tuple[int, int]


@dataclass(frozen=True, slots=True)
class RunDiff:
    """What changed from one run to another; `anytime`: one of them may have ended anywhere."""

    before: Run
    after: Run
    anytime: bool
    changes: tuple[Change, ...]
    candidates: tuple[CandidateDiff, ...]
    only_before: tuple[Candidate, ...]
    only_after: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the runs, read."""

    run: Run
    tables: Mapping[Candidate, Outcomes]
    asked: Mapping[Candidate, Asked]
    usages: Callable[[], Mapping[Candidate, Sequence[Usage]]]
    """Read where a price moved, and only there."""

    @classmethod
    def read(cls, store: RunStore, run: Run) -> _Side:
        kept = store.of(run)
        tables = {table.candidate: table for table in kept.outcomes()}
        return cls(run, tables, asked(kept), cache(kept.usages))


def diff(store: RunStore, before: Run, after: Run) -> RunDiff:
    """Lay two runs side by side.

    Raises:
        StoreError: the store cannot be read.
    """
    old, new = _Side.read(store, before), _Side.read(store, after)
    pairs = dict(_counterparts(before, after))
    anytime = any(
        run.status != "complete" or run.snapshot["until_decided"] for run in (before, after)
    )
    known = frozenset(pairs.values())
    return RunDiff(
        before=before,
        after=after,
        anytime=anytime,
        changes=tuple(run_changes(before, after)),
        candidates=tuple(
            _candidate(old, was, new, now, anytime=anytime) for now, was in pairs.items()
        ),
        only_before=tuple(one for one in before.candidates if one not in known),
        only_after=tuple(one for one in after.candidates if one not in pairs),
    )


def _counterparts(before: Run, after: Run) -> Iterator[tuple[Candidate, Candidate]]:
    """Yield candidates by name; a new name that asks what a name now gone did is a renaming."""
    gone = [one for one in before.candidates if one not in after.candidates]
    old, new = before.snapshot["templates"], after.snapshot["templates"]
    for now in after.candidates:
        if now in before.candidates:
            yield now, now
            continue
        alike = [one for one in gone if old.get(str(one)) == new.get(str(now))]
        alike = [one for one in alike if one.prompt == now.prompt]
        if alike:
            gone.remove(alike[0])
            yield now, alike[0]


def _candidate(
    old: _Side, was: Candidate, new: _Side, now: Candidate, *, anytime: bool
) -> CandidateDiff:
    changes = candidate_changes(old.run, was, new.run, now)
    found, compared = cases(old.asked[was], new.asked[now])
    place = new.asked[now].place
    names = {place[name]: name for name in compared}
    moved_to = {old.asked[was].place[name]: place[name] for name in compared}
    before = _at(old.tables[was], moved_to)
    after = _at(new.tables[now], {case: case for case in names})
    rows = [_accuracy(before, after, names, new.run, anytime=anytime)]
    rows += [_moved(name, before, after, new.run.seed) for name in MEASURES if name != "accuracy"]
    place_of_cost = [row.measure for row in rows].index("cost_per_1k_calls")
    if changes.price is not False:
        finding: Finding = "repriced" if changes.price else "price unknown"
        cost = rows[place_of_cost]
        if changes.price or cost.finding not in {"identical", "unknown"}:
            rows[place_of_cost] = cost._replace(finding=finding)
        price = _flat_price(new.run, now) if changes.price else None
        if price:
            costs = [
                _at(_priced(side.tables[one], side.usages()[one], price), places)
                for side, one, places in (
                    (old, was, moved_to),
                    (new, now, {case: case for case in names}),
                )
            ]
            row = _moved("cost_per_1k_calls", costs[0], costs[1], new.run.seed)
            rows.insert(place_of_cost + 1, row._replace(measure=SAME_PRICE))
    return CandidateDiff(
        candidate=now,
        was=None if was == now else was,
        changes=changes,
        cases=found,
        moved=tuple(rows),
        errors=(_failed(old.tables[was]), _failed(new.tables[now])),
    )


def _accuracy(
    before: Outcomes, after: Outcomes, names: Mapping[int, str], run: Run, *, anytime: bool
) -> Moved:
    now, then = on_common(by_case(after, "accuracy"), by_case(before, "accuracy"))
    if not now.mean.size:
        return _unknown("accuracy")
    judge = anytime_judgements if anytime else fixed_judgements
    total = run.snapshot["cases_total"][after.candidate.prompt]
    found: Judgement = judge([paired(after, before)], Rule(margin=0, alpha=ALPHA), total)[0]
    differences = now.mean - then.mean
    return Moved(
        measure="accuracy",
        before=float(then.mean.mean()),
        after=float(now.mean.mean()),
        delta=found.accuracy_delta,
        delta_ci=found.accuracy_delta_ci,
        change=None,
        cases=int(now.mean.size),
        finding=_finding(differences.tolist(), found.accuracy_delta_ci),
        p_different=found.p_different,
        gains=found.gains,
        losses=found.losses,
        gained=_named(now, (differences > 0).tolist(), names),
        lost=_named(now, (differences < 0).tolist(), names),
    )


def _named(means: CaseMeans, where: Sequence[bool], names: Mapping[int, str]) -> tuple[str, ...]:
    found = (names[case] for case, chosen in zip(means.case.tolist(), where, strict=True) if chosen)
    return tuple(islice(found, EXAMPLES))


def _moved(name: str, before: Outcomes, after: Outcomes, seed: int) -> Moved:
    measure = MEASURES[name]
    scale = 1000.0 if measure == "cost" else 1.0
    now, then = on_common(by_case(after, measure), by_case(before, measure))
    if not now.mean.size:
        return _unknown(name)
    differences = (now.mean - then.mean).tolist()
    interval: Interval | None
    if len(differences) > 1 and _all_zero(differences):  # nothing to draw from
        interval = Interval(0.0, 0.0)
    else:
        excess = paired_excess(now, then, alpha=ALPHA, seed=seed)(Bound("", 0.0))
        interval = excess.interval and Interval(*(scale * end for end in excess.interval))
    old, new = scale * float(then.mean.mean()), scale * float(now.mean.mean())
    return Moved(
        measure=name,
        before=old,
        after=new,
        delta=new - old,
        delta_ci=interval,
        change=relative(new, old),
        cases=int(now.mean.size),
        finding=_finding(differences, interval),
    )


def _unknown(measure: str) -> Moved:
    return Moved(measure, None, None, None, None, None, 0, "unknown")


def _finding(differences: Sequence[float], interval: Interval | None) -> Finding:
    if _all_zero(differences):
        return "identical"
    if interval is None:
        return "too few"
    if interval.low > 0:
        return "higher"
    return "lower" if interval.high < 0 else "not shown"


def _all_zero(differences: Sequence[float]) -> bool:
    return all(abs(one) <= ROUNDING for one in differences)


def _at(table: Outcomes, places: Mapping[int, int]) -> Outcomes:
    """Return the trials on some cases, at other indices."""
    rows = [row for row, case in enumerate(table.case) if case in places]
    columns: dict[str, Any] = {
        one.name: _rows(getattr(table, one.name), rows)
        for one in fields(Outcomes)
        if one.name != "candidate"
    }
    columns["case"] = array("q", (places[table.case[row]] for row in rows))
    return Outcomes(table.candidate, **columns)


def _rows(column: array[float], rows: Sequence[int]) -> array[float]:
    return array(column.typecode, (column[row] for row in rows))


def _priced(table: Outcomes, usages: Sequence[Usage], price: Price) -> Outcomes:
    costs = (flat_cost(price, usage) for usage in usages)
    return replace(table, cost=array("d", (math.nan if one is None else one for one in costs)))


def _flat_price(run: Run, candidate: Candidate) -> Price | None:
    """Return the rates of a run, where they are all there is to its prices."""
    kept = run.snapshot["prices"].get(candidate.model)
    if not kept or not kept["flat"]:
        return None
    return Price(**{key: value for key, value in kept.items() if key != "flat"})


def _failed(table: Outcomes) -> int:
    return int(np.isnan(np.frombuffer(table.score)).sum()) if len(table) else 0
