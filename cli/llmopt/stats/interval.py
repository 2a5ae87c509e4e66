"""What the intervals of this room share: their shape, the normal quantile, root search."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_HALVINGS = 50  # 2 / 2**50 is below the rounding of the statistics that are inverted
_TOLERANCE = 1e-12  # in proportions and means of scores: far below any printed digit


class Interval(NamedTuple):
    """A closed interval, in the unit of the quantity that it bounds."""

    low: float
    high: float


def normal_quantile(probability: float) -> float:
    """The standard normal quantile; `statistics` is imported on first use (10 ms)."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def check_probability(name: str, value: float) -> None:
    """Raise ValueError unless `value` lies strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        msg = f"{name} must lie strictly between 0 and 1, not {value}"
        raise ValueError(msg)


def last_true(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The place up to which `holds` is true, for a predicate true first and false after.

    `low` counts as true without being tried, `high` as false: limits of the
    parameter space may be asked for where the statistic is not defined on them.
    The answer errs towards `low` by at most (high - low) / 2**50.
    """
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def find_zero(f: Callable[[float], float], low: float, high: float) -> float:
    """A zero of a continuous function with f(low) >= 0 >= f(high).

    False position with the Illinois weight (Dowell & Jarratt 1971): some ten
    evaluations where halving needs fifty, and the bracket is never left.
    """
    f_low, f_high = f(low), f(high)
    if f_low <= 0.0:
        return low
    if f_high >= 0.0:
        return high
    previous, kept = low, 0
    for _ in range(2 * _HALVINGS):
        middle = (low * f_high - high * f_low) / (f_high - f_low)
        if abs(middle - previous) <= _TOLERANCE:
            return middle
        previous, value = middle, f(middle)
        if value > 0.0:
            low, f_low = middle, value
            f_high /= 2.0 if kept == 1 else 1.0
            kept = 1
        else:
            high, f_high = middle, value
            f_low /= 2.0 if kept == -1 else 1.0
            kept = -1
    return previous
