"""Quantiles of what was measured; standard library alone."""

from __future__ import annotations

from math import floor, isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def quantile(values: Iterable[float], probability: float) -> float:
    """The empirical quantile, linear between neighbours.

    Definition 7 of Hyndman & Fan (1996): of n sorted values the one at rank
    (n - 1) · probability, counted from 0. The same number as the defaults of
    numpy and pandas give, so tables and data frames agree.

    Raises:
        ValueError: no values, a NaN among them, or a probability outside 0..1.
    """
    ordered = sorted(values)
    if not ordered:
        msg = "a quantile needs at least one value"
        raise ValueError(msg)
    if any(isnan(value) for value in ordered):
        msg = "a quantile of NaN is not defined"
        raise ValueError(msg)
    if not 0.0 <= probability <= 1.0:
        msg = f"probability must lie in 0..1, not {probability}"
        raise ValueError(msg)
    rank = (len(ordered) - 1) * probability
    below = floor(rank)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    # min: rounding must not lift the result above its upper neighbour.
    return min(high, low + (high - low) * (rank - below))
