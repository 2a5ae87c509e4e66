"""A paired betting e-process: evidence that may be looked at after every case.

D is the candidate's score minus the baseline's on one case, in [-1, 1]. Six
bettors stake on "D exceeds the null mean" and six on the reverse; their mean
wealth is an e-process, so by Ville's inequality it ever reaches 1/alpha with
probability at most alpha where the null hypothesis holds, however often one
looks (Waudby-Smith & Ramdas 2024, arXiv 2010.09686). Wealth is kept as
logarithms.

Two estimands:

- traffic (`population=None`): cases are draws from an endless stream, and the
  null mean is -margin throughout;
- suite (`population=N`): cases are drawn without replacement from N of fixed
  outcome. After t cases of sum S the null mean of what is left is
  (-margin·N - S) / (N - t). Once even the worst (best) rest could not bring
  the suite's mean down (up) to -margin, the answer is arithmetic, not chance:
  the log e-value becomes inf for what is proved and -inf for what is refuted.
  With all N seen, the verdict is the sign of mean + margin. A mean of exactly
  -margin proves neither side, so both become -inf: counting the boundary as
  accepted would raise false adoptions above alpha.

Standard library alone; `epaths` is the same on whole matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, exp, inf, log, log1p
from typing import NamedTuple

from llmopt.stats.interval import check_probability

BETS = tuple(0.99 * 10.0 ** (j / 5 - 1.0) for j in range(6))
"""Shares of the largest safe stake: geometric from 0.1 to 1, kept 1 % off ruin."""

TIE = 1e-9
"""Means closer than this to -margin count as on it: sums of decimals carry rounding."""


class Evidence(NamedTuple):
    """Natural logarithms of both e-values after `cases` cases.

    `noninferior` speaks against "mean <= -margin", `inferior` against
    "mean >= -margin". Compare with `log_threshold`.
    """

    cases: int
    noninferior: float
    inferior: float


@dataclass(slots=True)
class PairedBets:
    """The running state for one candidate, updated case by case.

    The fields are the whole state: `PairedBets(**saved)` of a saved
    `dataclasses.asdict(bets)` continues to the last bit, JSON between included.

    Raises:
        ValueError: a margin outside [0, 1) or a population below 1.
    """

    margin: float
    population: int | None = None
    cases: int = 0
    total: float = 0.0
    noninferior: list[float] = field(default_factory=lambda: [0.0] * len(BETS))
    inferior: list[float] = field(default_factory=lambda: [0.0] * len(BETS))

    def __post_init__(self) -> None:
        check_margin(self.margin)
        if self.population is not None and self.population < 1:
            msg = f"population must be at least 1, not {self.population}"
            raise ValueError(msg)

    def update(self, difference: float) -> Evidence:
        """Take in one more case and return the evidence with it.

        Raises:
            ValueError: a difference outside [-1, 1], or more cases than the population.
        """
        if not -1.0 <= difference <= 1.0:
            msg = f"a difference of scores lies in [-1, 1], not {difference}"
            raise ValueError(msg)
        if self.cases == self.population:
            msg = f"all {self.population} cases of the population were seen"
            raise ValueError(msg)
        mean, closed = self._null_mean()
        _stake(self.noninferior, difference, mean, closed)
        _stake(self.inferior, -difference, -mean, closed)
        self.cases += 1
        self.total += difference
        return self.evidence()

    def evidence(self) -> Evidence:
        """Both log e-values as they stand; zero before the first case."""
        noninferior, inferior = _log_mean_exp(self.noninferior), _log_mean_exp(self.inferior)
        if self.population is not None:
            left = self.population - self.cases
            bar = -self.margin * self.population
            tie = TIE * self.population
            noninferior = _settle(noninferior, self.total, left, bar, tie)
            inferior = _settle(inferior, -self.total, left, -bar, tie)
        return Evidence(self.cases, noninferior, inferior)

    def _null_mean(self) -> tuple[float, float]:
        """The null mean of the next case, and how near to ±1 it closes the betting."""
        if self.population is None:
            return -self.margin, 0.0
        left = self.population - self.cases
        return (-self.margin * self.population - self.total) / left, TIE * self.population / left


def log_threshold(alpha: float, *, candidates: int = 1) -> float:
    """ln(candidates / alpha): the log e-value that decides at error rate alpha.

    Dividing alpha by the number of candidates keeps the chance of any false
    verdict below alpha.

    Raises:
        ValueError: alpha outside (0, 1) or fewer than one candidate.
    """
    check_probability("alpha", alpha)
    if candidates < 1:
        msg = f"candidates must be at least 1, not {candidates}"
        raise ValueError(msg)
    return log(candidates / alpha)


def floor_cases(margin: float, alpha: float, candidates: int = 1) -> int | None:
    """Below this many cases equal outputs prove nothing about traffic, whoever bets.

    ceil(ln(candidates / alpha) / -ln(1 - margin)): the wealth of one bettor who
    stakes all he safely can on every case. The suite mode may finish below it,
    gains as well. None for margin 0, which equal outputs never prove.
    """
    check_margin(margin)
    threshold = log_threshold(alpha, candidates=candidates)
    return ceil(threshold / -log1p(-margin)) if margin else None


def equal_cases(
    margin: float, alpha: float, candidates: int = 1, *, population: int | None = None
) -> int | None:
    """Cases until this module's bettors adopt a candidate of exactly equal outputs.

    The honest figure for a plan (89 at margin 0.05 and alpha 0.05 where the
    floor is 59). None where equal outputs never suffice: margin 0.
    """
    threshold = log_threshold(alpha, candidates=candidates)
    bets = PairedBets(margin, population)
    if margin == 0:
        return None
    while bets.update(0.0).noninferior < threshold:
        pass
    return bets.cases


def check_margin(margin: float) -> None:
    """Raise ValueError unless 0 <= margin < 1."""
    if not 0.0 <= margin < 1.0:
        msg = f"margin must lie in [0, 1), not {margin}"
        raise ValueError(msg)


def _stake(wealth: list[float], difference: float, mean: float, closed: float) -> None:
    """Let each bettor win or lose on one case; factors lie above 0.01.

    A null mean at or below -1 leaves nothing to bet on: a factor could not
    stay positive, and arithmetic settles the matter instead.
    """
    room = 1.0 + mean
    if room > closed:
        payoff = (difference - mean) / room
        for j, bet in enumerate(BETS):
            wealth[j] += log1p(bet * payoff)


def _settle(log_e: float, total: float, left: int, bar: float, tie: float) -> float:
    """Infinite where the worst rest stays above the bar, or the best does not pass it."""
    if total - left > bar + tie:
        return inf
    if total + left <= bar + tie:
        return -inf
    return log_e


def _log_mean_exp(logs: list[float]) -> float:
    peak = max(logs)
    return peak + log(sum(exp(value - peak) for value in logs) / len(logs))
