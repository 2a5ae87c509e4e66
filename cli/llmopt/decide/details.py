from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from llmopt.decide.cases import Floats, per_case, total_tokens
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
            tokens=_difference(total_tokens(table), total_tokens(other), seed),
            cost_per_1k=_difference(
                per_case(table, table.cost, 1000), per_case(other, other.cost, 1000), seed
            ),
            latency_ms=_difference(
                per_case(table, table.latency_ms), per_case(other, other.latency_ms), seed
            ),
        )
    return found


def _difference(own: Floats, other: Floats, seed: int) -> Difference:
    shared = min(own.size, other.size)
    differences = own[:shared] - other[:shared]
    differences = differences[~np.isnan(differences)]
    if not differences.size:
        return Difference(None, None)
    interval = bootstrap_mean_interval(differences.tolist(), seed=seed)
    return Difference(float(differences.mean()), interval)
