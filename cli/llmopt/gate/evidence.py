"""How far a noisy figure lies beyond its bound, and how sure that is.

An excess is what a figure has over the most that its bound allows, in the measure's
unit; its interval has confidence 1 − 2·alpha, so that each end is a one-sided test.
Paired by case where the baseline's trials are still there (bootstrap over clusters),
else two samples of which one is a summary (`stats.independent`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from llmopt.decide.cases import CaseMeans
from llmopt.decide.gates import Status
from llmopt.decide.judgement import MOST_CASES_NEEDED, POWER
from llmopt.domain import Bound, Limit
from llmopt.gate.baseline import Measured
from llmopt.gate.limits import written
from llmopt.gate.samples import ALPHA
from llmopt.stats.independent import at_confidence, difference_interval
from llmopt.stats.interval import Interval, normal_quantile
from llmopt.stats.resampling import bootstrap_mean_interval


class Excess(NamedTuple):
    """What a figure has over its bound, over `n` cases; no interval: one case says no spread."""

    mean: float
    interval: Interval | None
    n: int


class Ruling(NamedTuple):
    """A limit's status, the threshold it speaks of, and about how many more cases decide."""

    status: Status
    limit: str
    cases_needed: int | None = None


Beyond = Callable[[Bound], Excess]


def on_common(now: CaseMeans, then: CaseMeans) -> tuple[CaseMeans, CaseMeans]:
    """Return both on the cases that both answered, in one order."""
    _, i, j = np.intersect1d(now.case, then.case, assume_unique=True, return_indices=True)
    return (
        CaseMeans(now.case[i], now.group[i], now.mean[i]),
        CaseMeans(then.case[j], then.group[j], then.mean[j]),
    )


def paired_excess(now: CaseMeans, then: CaseMeans, *, alpha: float, seed: int) -> Beyond:
    """Compare on the cases that both answered."""
    now, then = on_common(now, then)
    ours, theirs, groups = now.mean, then.mean, now.group.tolist()

    def beyond(bound: Bound) -> Excess:
        over = ours - _scale(bound) * theirs - _shift(bound)
        interval = (
            bootstrap_mean_interval(over.tolist(), seed=seed, alpha=2 * alpha, groups=groups)
            if over.size
            else None
        )
        return Excess(float(over.mean()) if over.size else math.nan, interval, int(over.size))

    return beyond


def summary_excess(now: Measured, then: Measured, *, alpha: float) -> Beyond:
    """Compare two summaries."""
    ours, theirs = (
        at_confidence(one.mean, one.interval, of=ALPHA, alpha=2 * alpha) for one in (now, then)
    )

    def beyond(bound: Bound) -> Excess:
        scale, shift = _scale(bound), _shift(bound)
        low, high = difference_interval(now.mean, ours, then.mean, theirs, scale=scale)
        mean = now.mean - scale * then.mean - shift
        return Excess(mean, Interval(low - shift, high - shift), min(now.n, then.n))

    return beyond


def absolute_excess(now: Measured, *, alpha: float, least: bool = False) -> Beyond:
    """Compare a summary with a figure; with `least`, falling short is what goes too far."""
    low, high = at_confidence(now.mean, now.interval, of=ALPHA, alpha=2 * alpha)

    def beyond(bound: Bound) -> Excess:
        if least:
            over = Interval(bound.amount - high, bound.amount - low)
            return Excess(bound.amount - now.mean, over, now.n)
        return Excess(
            now.mean - bound.amount, Interval(low - bound.amount, high - bound.amount), now.n
        )

    return beyond


def ruled(limit: Limit, beyond: Beyond, *, alpha: float) -> Ruling:
    """Hold an excess against a limit: fail and pass need proof."""
    if limit.fail:
        excess = beyond(limit.fail)
        if excess.interval is None:
            return Ruling("undecided", limit.fail.text)
        if excess.interval.low > _slack(excess):
            return Ruling("fail", limit.fail.text)
        if excess.interval.high > _slack(excess):
            return Ruling("undecided", limit.fail.text, more_cases(excess, alpha=alpha))
    if limit.warn:
        excess = beyond(limit.warn)
        if excess.interval and excess.interval.low > _slack(excess):
            return Ruling("warn", limit.warn.text)
    return Ruling("pass", written(limit))


def more_cases(excess: Excess, *, alpha: float) -> int | None:
    """Estimate how many more cases decide with 80 % power, if what comes is like what was."""
    if excess.interval is None or excess.mean == 0:
        return None
    z = normal_quantile(1 - alpha)
    spread = (excess.interval.high - excess.interval.low) / 2 / z * math.sqrt(excess.n)
    needed = ((z + normal_quantile(POWER)) * spread / excess.mean) ** 2
    return max(1, math.ceil(needed) - excess.n) if needed <= MOST_CASES_NEEDED else None


def _slack(excess: Excess) -> float:
    """What rounding may leave of an excess that is none."""
    return 1e-9 * max(1.0, abs(excess.mean))


def _scale(bound: Bound) -> float:
    return 1 + bound.amount if bound.relative else 1.0


def _shift(bound: Bound) -> float:
    return 0.0 if bound.relative else bound.amount
