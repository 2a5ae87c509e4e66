"""About how many more cases the e-process of `eprocess` will take to decide."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmopt.stats.epaths import bets_after, confidence_sequence, log_mean_exp
from llmopt.stats.eprocess import BETS, PairedBets, log_threshold

_Floats = npt.NDArray[np.float64]
_BETS = np.array(BETS)[:, np.newaxis]
_LEVELS = 64  # distinct differences told apart; more are rounded to a grid of 2 / 64
_NODES = 256  # null means at which growth is worked out; between more of them it is interpolated


def cases_to_go(
    bets: PairedBets,
    differences: npt.ArrayLike,
    *,
    adopt: float,
    reject: float,
    limit: int = 100_000,
) -> int | None:
    """More cases until a verdict, if what comes resembles what was seen.

    Projects each bettor's wealth at its mean rate over the differences seen so
    far; `adopt` and `reject` are log thresholds (`log_threshold`). An estimate
    without a promise: it inherits the noise of the differences. At most what is
    left of the population. 0 where the evidence has decided already or no case is
    left; None where no differences were seen or `limit` cases would not do.
    """
    now = bets.evidence()
    if now.noninferior >= adopt or now.inferior >= reject:
        return 0
    row = np.asarray(differences, dtype=np.float64)
    if row.size == 0:
        return None
    mean = float(row.mean())
    values, shares = _levels(row)
    up = _Side(np.array(bets.noninferior), values, shares, adopt)
    down = _Side(np.array(bets.inferior), -values, shares, reject)
    if bets.population is None:
        waits = [_stream_wait(up, -bets.margin, limit), _stream_wait(down, bets.margin, limit)]
    else:
        nulls = _null_means(bets, bets.population, mean)
        waits = [_suite_wait(up, nulls), _suite_wait(down, -nulls), len(nulls)]
    soonest = min((wait for wait in waits if wait is not None), default=None)
    return soonest if soonest is not None and soonest <= limit else None


def out_of_reach(
    differences: _Floats, *, margin: float, left: int, adopt: float, alpha: float
) -> bool:
    """Whether `left` more cases of an endless stream will hardly prove non-inferiority.

    Supposes the best that the differences seen allow: their mean at the upper end of
    the confidence sequence at `alpha`, by as many gains more as that takes. Where even
    so the evidence would stay below `adopt` (a log threshold), it is out of reach. The
    true mean lies above that end with probability alpha at most, however often one asks.
    What twice as many cases again will probably reject at `alpha` is not called out of
    reach: it is worth the clearer answer.
    """
    top = confidence_sequence(differences, alpha=2 * alpha).high
    mean = float(differences.mean())
    gains = (top - mean) / (1.0 - mean) if mean < 1.0 else 0.0
    bets = bets_after(differences, margin=margin)
    values, shares = _levels(differences)
    up = _Side(
        np.array(bets.noninferior),
        np.append(values, 1.0),
        np.append(shares * (1.0 - gains), gains),
        adopt,
    )
    if _stream_wait(up, -margin, max(left, 0)) is not None:
        return False
    down = _Side(np.array(bets.inferior), -values, shares, log_threshold(alpha))
    return _stream_wait(down, margin, min(left, 2 * differences.size)) is None


class _Side(NamedTuple):
    """One hypothesis' bettors and what the coming cases pay in their direction."""

    wealth: _Floats
    values: _Floats
    shares: _Floats
    threshold: float


def _levels(row: _Floats) -> tuple[_Floats, _Floats]:
    """Distinct differences and their shares, rounded to a grid where there are many."""
    values, counts = np.unique(row, return_counts=True)
    if values.size > _LEVELS:
        values, counts = np.unique(np.round(row * _LEVELS / 2) / (_LEVELS / 2), return_counts=True)
    return values, counts / row.size


def _null_means(bets: PairedBets, population: int, mean: float) -> _Floats:
    """The null mean of each case that is left, the sum growing at the mean rate."""
    ahead = np.arange(population - bets.cases)
    left = population - bets.cases - ahead
    means: _Floats = (-bets.margin * population - bets.total - mean * ahead) / left
    return means


def _stream_wait(side: _Side, null: float, limit: int) -> int | None:
    """By bisection: a mean of exponentials is convex, so from below it crosses once."""
    rates = _rates(side, np.array([null]))[:, 0]

    def reached(cases: int) -> bool:
        return bool(log_mean_exp(side.wealth + cases * rates) >= side.threshold)

    if not reached(limit):
        return None
    return bisect_left(range(limit), 1, key=reached)


def _suite_wait(side: _Side, nulls: _Floats) -> int | None:
    settled = nulls <= -1.0  # arithmetic decides: see eprocess
    rates = _smooth_rates(side, np.where(settled, 0.0, nulls))
    path = log_mean_exp(side.wealth[:, np.newaxis] + np.cumsum(rates, axis=1))
    reached = settled | (path >= side.threshold)
    return int(np.argmax(reached)) + 1 if reached.any() else None


def _smooth_rates(side: _Side, nulls: _Floats) -> _Floats:
    """The same as `_rates`, between nodes where the null means outnumber them.

    Growth is smooth in the logarithm of 1 + null, its distance from ruin.
    """
    if nulls.size <= 2 * _NODES:
        return _rates(side, nulls)
    room = np.log1p(nulls)
    nodes = np.linspace(room.min(), room.max(), _NODES)
    at_nodes = _rates(side, np.expm1(nodes))
    return np.array([np.interp(room, nodes, rates) for rates in at_nodes])


def _rates(side: _Side, nulls: _Floats) -> _Floats:
    """Mean growth of each bettor's log wealth at each null mean: bettors × nulls."""
    rates = np.zeros((len(BETS), nulls.size))
    for value, share in zip(side.values, side.shares, strict=True):
        rates += share * np.log1p(_BETS * ((value - nulls) / (1.0 + nulls)))
    return rates
