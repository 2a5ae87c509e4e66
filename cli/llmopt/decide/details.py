from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from llmopt.decide.cases import Floats
from llmopt.domain import Candidate, Outcomes
from llmopt.stats.interval import Interval
from llmopt.stats.resampling import bootstrap_mean_interval


class Difference(NamedTuple):
    """A mean paired difference, candidate minus baseline, with its 95 % bootstrap interval.

    None where it is not known, or one case alone leaves the spread unknown.
    """

    mean: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Details:
    """How a candidate's trials differ from the baseline's on the same cases.

    Tokens and milliseconds per trial, dollars per 1,000 calls.
    """

    tokens: Difference
    cost_per_1k: Difference
    latency_ms: Difference


def details(
    tables: Sequence[Outcomes], baselines: Mapping[str, Candidate], *, seed: int
) -> dict[Candidate, Details]:
    """Work out the differences of every candidate whose prompt has its baseline in the run."""
    by_candidate = {table.candidate: table for table in tables}
    found: dict[Candidate, Details] = {}
    for candidate, table in by_candidate.items():
        baseline = baselines.get(candidate.prompt)
        if baseline is None or baseline == candidate:
            continue
        other = by_candidate[baseline]
        found[candidate] = Details(
            tokens=_difference(_total(table), _total(other), seed),
            cost_per_1k=_difference(
                _per_case(table, table.cost, 1000), _per_case(other, other.cost, 1000), seed
            ),
            latency_ms=_difference(
                _per_case(table, table.latency_ms), _per_case(other, other.latency_ms), seed
            ),
        )
    return found


def _total(table: Outcomes) -> Floats:
    return _per_case(table, table.input_tokens) + _per_case(table, table.output_tokens)


def _per_case(table: Outcomes, column: array[float], scale: float = 1.0) -> Floats:
    """Average a column over each case's repeats; NaN where it is not known."""
    case = np.frombuffer(table.case, dtype=np.int64)
    values = np.frombuffer(column, dtype=np.float64) * scale
    size = int(case.max()) + 1 if case.size else 0
    counts = np.bincount(case, minlength=size)
    sums = np.bincount(case, weights=values, minlength=size)
    means: Floats = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return means


def _difference(own: Floats, other: Floats, seed: int) -> Difference:
    shared = min(own.size, other.size)
    differences = own[:shared] - other[:shared]
    differences = differences[~np.isnan(differences)]
    if not differences.size:
        return Difference(None, None)
    interval = bootstrap_mean_interval(differences.tolist(), seed=seed)
    return Difference(float(differences.mean()), interval)
