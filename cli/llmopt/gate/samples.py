"""What a candidate's trials show of each measure: values a case, and their summary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np

from llmopt.decide.cases import CaseMeans, Floats, case_means
from llmopt.domain import Measure, Outcomes
from llmopt.gate.baseline import Measured
from llmopt.stats.independent import quantile_levels
from llmopt.stats.interval import Interval
from llmopt.stats.proportion import wilson
from llmopt.stats.quantile import quantile
from llmopt.stats.resampling import bootstrap_mean_interval

LEVELS: Mapping[Measure, float] = {"latency_p50": 0.5, "latency_p95": 0.95}
ALPHA = 0.05
"""Of the intervals in a baseline file: 95 %."""


def column(table: Outcomes, measure: Measure) -> Floats:
    """Return a measure's value in every trial, NaN where it is not known."""
    columns = {
        "input_tokens": table.input_tokens,
        "output_tokens": table.output_tokens,
        "cost": table.cost,
        "accuracy": table.score,
    }
    if measure == "total_tokens":
        return _values(table.input_tokens) + _values(table.output_tokens)
    return _values(columns.get(measure, table.latency_ms))


def by_case(table: Outcomes, measure: Measure) -> CaseMeans:
    """Return a measure's mean over each case's repeats."""
    return case_means(table, column(table, measure))


def summarized(table: Outcomes, *, seed: int) -> dict[Measure, Measured]:
    """Summarize every measure that the trials know."""
    found = {measure: summary(table, measure, seed=seed) for measure in get_args(Measure)}
    return {measure: one for measure, one in found.items() if one is not None}


def summary(table: Outcomes, measure: Measure, *, seed: int) -> Measured | None:
    """Summarize one measure; None where the trials do not know it, or not how it spreads."""
    if measure == "accuracy":
        return accuracy(by_case(table, "accuracy"), alpha=ALPHA)
    if measure in LEVELS:
        return _quantile(table, measure)
    return _mean(by_case(table, measure), seed)


def accuracy(means: CaseMeans, *, alpha: float) -> Measured | None:
    """Summarize accuracy with Wilson's interval over cases."""
    n = len(means.mean)
    if not n:
        return None
    right = min(float(means.mean.sum()), n)
    return Measured(right / n, wilson(right, n, alpha=alpha), n)


def _mean(means: CaseMeans, seed: int) -> Measured | None:
    """Summarize by the bootstrap over clusters; None where one alone leaves the spread unknown."""
    interval = (
        bootstrap_mean_interval(
            means.mean.tolist(), seed=seed, alpha=ALPHA, groups=means.group.tolist()
        )
        if len(means.mean)
        else None
    )
    if interval is None:
        return None
    mean = float(means.mean.mean())
    return Measured(
        mean, Interval(min(mean, interval.low), max(mean, interval.high)), len(means.mean)
    )


def _quantile(table: Outcomes, measure: Measure) -> Measured | None:
    values = column(table, measure)
    known = values[~np.isnan(values)].tolist()
    if not known:
        return None
    low, high = quantile_levels(LEVELS[measure], len(known), alpha=ALPHA)
    ends = Interval(quantile(known, low), quantile(known, high))
    return Measured(quantile(known, LEVELS[measure]), ends, len(known))


def _values(column: object) -> Floats:
    return np.frombuffer(column, dtype=np.float64)  # type: ignore[call-overload,no-any-return]
