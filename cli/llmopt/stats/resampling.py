"""Resampling: intervals for unbounded differences (cost, tokens), and an exact null.

Seeded, and bounded in memory: resamples are drawn in blocks.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from llmopt.stats.interval import Interval, check_probability, normal_quantile

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

_Floats = npt.NDArray[np.float64]
_BLOCK = 2_000_000  # draws held at once: 16 MB an array


def bootstrap_mean_interval(
    values: Sequence[float],
    *,
    seed: int,
    alpha: float = 0.05,
    resamples: int = 2000,
    groups: Sequence[Hashable] | None = None,
) -> Interval | None:
    """Bootstrap interval of a mean, confidence 1 - alpha.

    The BCa interval (Efron 1987), its normal quantiles widened to Student's as in
    Hesterberg (2015, The American Statistician 69, section 4.2). Preferred to the
    plain percentile interval by measurement (`benchmarks/decide_simulation.py`):
    fewer misses at n = 20, and misses of a skewed mean on both sides rather than
    on one. No bootstrap can see a tail that the sample lacks.

    With `groups` (one label per value) whole groups are drawn, and the mean is
    that of all values in them; a group is then the unit of evidence.

    Returns None where fewer than two values (groups) leave the spread unknown.

    Raises:
        ValueError: alpha outside (0, 1), values not finite, or labels that do not fit.
    """
    check_probability("alpha", alpha)
    sums, sizes = _units(np.asarray(values, dtype=np.float64), groups)
    if len(sums) < 2:
        return None
    mean = float(sums.sum() / sizes.sum())
    draws = _means(sums, sizes, resamples, np.random.default_rng(seed))
    influence = sums - mean * sizes
    widest = float(np.abs(influence).max())
    if widest == 0.0:
        return Interval(mean, mean)
    influence /= widest  # powers of very small or large amounts of money stay finite
    acceleration = float((influence**3).sum() / (6.0 * (influence**2).sum() ** 1.5))
    low, high = _bca_levels(draws, mean, acceleration, alpha, len(sums))
    limits = np.quantile(draws, [low, high])
    return Interval(float(limits[0]), float(limits[1]))


def sign_flip_p(differences: Sequence[float], *, seed: int, resamples: int = 9999) -> float:
    """Two-sided p-value that candidate and baseline are exchangeable case by case.

    The graded sister of `mcnemar_exact` (Fisher's randomization test): under that
    null every difference is as likely with the other sign. Ties with the observed
    sum and the sample itself count, so the p-value is valid at any n; the finest is
    1 / (resamples + 1). It takes no margin on purpose: D + margin is not symmetric
    about zero, and flipping it adopts far too often. `graded_z` is the test with a
    margin.

    Raises:
        ValueError: differences that are not finite.
    """
    row = np.asarray(differences, dtype=np.float64)
    if not np.isfinite(row).all():
        msg = "differences must be finite"
        raise ValueError(msg)
    row = row[row != 0.0]
    observed = abs(float(row.sum()))
    slack = 1e-9 * float(np.abs(row).sum())  # equal sums in another order are ties
    rng = np.random.default_rng(seed)
    extreme = 1
    for rows in _blocks(resamples, row.size):
        plus = rng.integers(0, 2, size=(rows, row.size), dtype=bool).astype(np.float64)
        sums = 2.0 * (plus @ row) - row.sum()
        extreme += int(np.count_nonzero(np.abs(sums) >= observed - slack))
    return extreme / (resamples + 1)


def _units(values: _Floats, groups: Sequence[Hashable] | None) -> tuple[_Floats, _Floats]:
    """Sum and size of each unit that is drawn: a value, or a group of values."""
    if not np.isfinite(values).all():
        msg = "values must be finite"
        raise ValueError(msg)
    if groups is None:
        return values, np.ones_like(values)
    if len(groups) != len(values):
        msg = f"{len(groups)} group labels do not fit {len(values)} values"
        raise ValueError(msg)
    number: dict[Hashable, int] = {}
    index = np.array([number.setdefault(label, len(number)) for label in groups], dtype=np.intp)
    sums, sizes = np.bincount(index, weights=values), np.bincount(index)
    return sums.astype(np.float64), sizes.astype(np.float64)


def _means(sums: _Floats, sizes: _Floats, resamples: int, rng: np.random.Generator) -> _Floats:
    units = len(sums)
    grouped = bool((sizes != 1.0).any())
    means: list[_Floats] = []
    for rows in _blocks(resamples, units):
        drawn = rng.integers(0, units, size=(rows, units))
        total = sums.take(drawn).sum(axis=1)
        means.append(total / (sizes.take(drawn).sum(axis=1) if grouped else units))
    return np.concatenate(means)


def _blocks(resamples: int, width: int) -> Iterator[int]:
    """Numbers of resamples that sum to `resamples`, each block of bounded size."""
    rows = max(1, _BLOCK // max(1, width))
    for start in range(0, resamples, rows):
        yield min(rows, resamples - start)


def _bca_levels(
    draws: _Floats, mean: float, acceleration: float, alpha: float, units: int
) -> tuple[float, float]:
    """The levels of the bootstrap distribution at which BCa reads its limits."""
    from statistics import NormalDist

    normal = NormalDist()
    below = float(np.mean(draws < mean) + np.mean(draws == mean) / 2.0)
    # A discrete mean may lie beyond every draw; the nearest level stays finite.
    bias = normal.inv_cdf(min(max(below, 1.0 / len(draws)), 1.0 - 1.0 / len(draws)))
    z = _wide_quantile(alpha, units)
    low, high = (bias + (bias + s) / (1.0 - acceleration * (bias + s)) for s in (-z, z))
    return normal.cdf(low), normal.cdf(high)


def _wide_quantile(alpha: float, units: int) -> float:
    """Student's two-sided quantile in units of the bootstrap's own standard error.

    The Cornish-Fisher series of the t quantile (Abramowitz & Stegun 26.7.5, two
    terms), times √(n / (n - 1)): resampling uses the divisor n.
    """
    z, df = normal_quantile(1.0 - alpha / 2.0), units - 1
    t = z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df * df)
    return t * sqrt(units / df)
