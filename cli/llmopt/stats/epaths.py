"""The betting e-process of `eprocess` on whole matrices, and its confidence sequence.

Values agree with the case-by-case face up to the rounding of the two libraries'
logarithms, a few units in the last place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmopt.stats.eprocess import BETS, TIE, PairedBets, check_margin, log_threshold
from llmopt.stats.interval import Interval, find_zero, last_true

_Floats = npt.NDArray[np.float64]
_BETS = np.array(BETS)[:, np.newaxis]
_FAR = 1e3  # where a path is infinite, for a search that needs to weigh its ends


class Paths(NamedTuple):
    """Log e-values after each case, shaped like the differences; see `Evidence`."""

    noninferior: _Floats
    inferior: _Floats


def log_e_paths(
    differences: npt.ArrayLike, *, margin: float, population: int | None = None
) -> Paths:
    """The evidence after every case, for a row of cases or candidates × cases.

    Rows are independent; working memory is that of one row. 100 candidates ×
    10,000 cases take a fraction of a second.

    Raises:
        ValueError: differences outside [-1, 1] or not finite, more cases than the
            population, or a margin outside [0, 1).
    """
    check_margin(margin)
    matrix = _checked(differences, population)
    rows = np.atleast_2d(matrix)
    return Paths(
        np.array([_path(row, -margin, population) for row in rows]).reshape(matrix.shape),
        np.array([_path(-row, margin, population) for row in rows]).reshape(matrix.shape),
    )


def bets_after(
    differences: npt.ArrayLike, *, margin: float, population: int | None = None
) -> PairedBets:
    """The state of `PairedBets` after a row of cases, up to rounding, without their loop.

    Raises:
        ValueError: as `log_e_paths`.
    """
    row = _checked(differences, population)
    up = np.log1p(_BETS * _payoffs(row, -margin, population)).sum(axis=1)
    down = np.log1p(_BETS * _payoffs(-row, margin, population)).sum(axis=1)
    return PairedBets(margin, population, len(row), float(row.sum()), up.tolist(), down.tolist())


def first_crossing(path: _Floats, threshold: float) -> npt.NDArray[np.int64]:
    """Cases seen when a path first reaches the threshold, per row; 0 where it never does."""
    reached = path >= threshold
    first = np.argmax(reached, axis=-1) + 1
    return np.where(reached.any(axis=-1), first, 0).astype(np.int64)


def confidence_sequence(
    differences: npt.ArrayLike, *, alpha: float = 0.05, population: int | None = None
) -> Interval:
    """All means that neither side rejects at alpha / 2: valid at every look.

    For a row of cases in the order seen. With a population it bounds the mean of
    all N, and shrinks to a point when all are seen. No cases give [-1, 1]. It
    always contains the mean seen so far.

    Raises:
        ValueError: as `log_e_paths`, or alpha outside (0, 1).
    """
    threshold = log_threshold(alpha / 2.0)
    row = _checked(differences, population)
    if row.size == 0:
        return Interval(-1.0, 1.0)
    mean = float(row.mean())
    if row.size == population:
        return Interval(mean, mean)
    low, high = _lower(row, threshold, population), -_lower(-row, threshold, population)
    return Interval(min(low, mean), max(high, mean))


def _lower(row: _Floats, threshold: float, population: int | None) -> float:
    """The largest mean that "the true mean is at most this" is still rejected for."""
    if population is None:
        values, times = np.unique(row, return_counts=True)
        counts = times.astype(np.float64)
        return last_true(lambda mean: _log_e(values, counts, mean) >= threshold, low=-1.0, high=1.0)
    total, left = float(row.sum()), population - len(row)
    return find_zero(
        lambda mean: float(np.clip(_end(row, mean, population) - threshold, -_FAR, _FAR)),
        low=(total - left) / population,  # what is left can bring the mean no further
        high=(total + left) / population,
    )


def _end(row: _Floats, mean: float, population: int) -> float:
    """The last point of a suite's path, without the points before it."""
    total, left = float(row.sum()), population - len(row)
    bar = population * mean + TIE * population
    if total - left > bar:
        return np.inf
    if total + left <= bar:
        return -np.inf
    return float(log_mean_exp(np.log1p(_BETS * _payoffs(row, mean, population)).sum(axis=1)))


def _log_e(values: _Floats, counts: _Floats, mean: float) -> float:
    """The last point of an endless stream's path, where order does not matter."""
    logs: _Floats = np.log1p(_BETS * ((values - mean) / (1.0 + mean))) @ counts
    return float(log_mean_exp(logs))


def _path(row: _Floats, mean: float, population: int | None) -> _Floats:
    """Log e-values against "the mean is at most `mean`" after each case of a row."""
    if population is None:
        return log_mean_exp(np.cumsum(np.log1p(_BETS * _payoffs(row, mean, None)), axis=1))
    total = np.cumsum(row)
    left = population - np.arange(len(row))  # before each case
    path = log_mean_exp(np.cumsum(np.log1p(_BETS * _payoffs(row, mean, population)), axis=1))
    bar = population * mean + TIE * population
    path[total + (left - 1) <= bar] = -np.inf
    path[total - (left - 1) > bar] = np.inf
    return path


def _payoffs(row: _Floats, mean: float, population: int | None) -> _Floats:
    """What a stake of one wins on each case against the null mean before it; 0 past betting."""
    if population is None:
        return (row - mean) / (1.0 + mean)
    left = population - np.arange(len(row))
    before = np.concatenate(([0.0], np.cumsum(row)[:-1]))
    null = (population * mean - before) / left
    room = 1.0 + null
    bet = room > TIE * population / left
    payoffs: _Floats = np.where(bet, (row - null) / np.where(bet, room, 1.0), 0.0)
    return payoffs


def log_mean_exp(logs: _Floats) -> _Floats:
    """The logarithm of the mean of exp(logs) over the first axis, without overflow."""
    peak = logs.max(axis=0)
    mean: _Floats = peak + np.log(np.exp(logs - peak).mean(axis=0))
    return mean


def _checked(differences: npt.ArrayLike, population: int | None) -> _Floats:
    matrix = np.atleast_1d(np.asarray(differences, dtype=np.float64))
    if not (np.abs(matrix) <= 1.0).all():  # NaN fails the comparison too
        msg = "differences of scores lie in [-1, 1]"
        raise ValueError(msg)
    if population is not None and matrix.shape[-1] > population:
        msg = f"{matrix.shape[-1]} cases are more than the population of {population}"
        raise ValueError(msg)
    return matrix
