"""Proportions of one candidate and of two candidates on the same cases.

Gains are cases that the candidate passes and the baseline fails, losses the
reverse; a difference is candidate minus baseline, in [-1, 1]. Standard library
alone: tables on the fast path use this module.
"""

from __future__ import annotations

from math import copysign, inf, sqrt

from llmopt.stats.interval import Interval, check_probability, last_true, normal_quantile


def wilson(successes: float, n: int, *, alpha: float = 0.05) -> Interval:
    """Wilson's (1927) score interval of a proportion, confidence 1 - alpha.

    `successes` may be fractional: the sum of n graded scores in 0..1. Among all
    such scores with a given mean, all-or-nothing ones vary most, so the interval
    of a graded mean is then wider than it need be, never falsely narrow.

    Raises:
        ValueError: successes outside 0..n, or alpha outside (0, 1).
    """
    check_probability("alpha", alpha)
    if not 0.0 <= successes <= n:
        msg = f"successes must lie in 0..{n}, not {successes}"
        raise ValueError(msg)
    if n == 0:
        return Interval(0.0, 1.0)
    z2 = normal_quantile(1.0 - alpha / 2.0) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1.0 + z2 / n)
    half = sqrt(z2 / n * (share * (1.0 - share) + z2 / (4 * n))) / (1.0 + z2 / n)
    # At the ends the limit is the end itself, and near them at least the share; rounding
    # would leave it a hair inside.
    low = 0.0 if successes == 0 else max(0.0, min(share, centre - half))
    high = 1.0 if successes == n else min(1.0, max(share, centre + half))
    return Interval(low, high)


def mcnemar_exact(gains: int, losses: int) -> float:
    """Two-sided exact p-value that gains and losses are equally likely (McNemar 1947).

    Twice the smaller binomial tail, at most 1; whole-number arithmetic, so exact
    to the last rounding. Cases on which both agree carry no information.

    Raises:
        ValueError: a negative count.
    """
    _check_counts(gains, losses, gains + losses)
    discordant = gains + losses
    term = tail = 1
    for k in range(1, min(gains, losses) + 1):
        term = term * (discordant - k + 1) // k
        tail += term
    return min(1.0, 2 * tail / (1 << discordant))


def tango_z(gains: int, losses: int, n: int, *, difference: float) -> float:
    """Tango's (1998) score statistic of H0: the true difference equals `difference`.

    Positive where more gains were seen than H0 leads to expect. With
    `difference` = -margin, a value above the normal quantile at 1 - alpha says
    non-inferior. Infinite where H0 allows no variance and the data contradict it,
    0 where H0 is met exactly.

    Raises:
        ValueError: counts that do not fit n, or a difference outside [-1, 1].
    """
    _check_counts(gains, losses, n)
    if not -1.0 <= difference <= 1.0:
        msg = f"a difference of proportions lies in [-1, 1], not {difference}"
        raise ValueError(msg)
    if difference < 0.0:  # the mirror: below, every term under the root adds up
        return -tango_z(losses, gains, n, difference=-difference)
    excess = gains - losses - n * difference
    q = restricted_loss_rate(gains, losses, n, difference)
    variance = n * (2.0 * q + difference * (1.0 - difference))
    if variance <= 0.0:
        return copysign(inf, excess) if excess else 0.0
    return excess / sqrt(variance)


def tango_interval(gains: int, losses: int, n: int, *, alpha: float = 0.05) -> Interval:
    """Tango's (1998) score interval of the paired difference, confidence 1 - alpha.

    All differences that `tango_z` does not reject at two-sided alpha, so it
    never degenerates: n equal outcomes give ±z²/(n + z²). n = 0 gives [-1, 1].

    Raises:
        ValueError: counts that do not fit n, or alpha outside (0, 1).
    """
    check_probability("alpha", alpha)
    _check_counts(gains, losses, n)
    if n == 0:
        return Interval(-1.0, 1.0)
    low = _tango_lower(gains, losses, n, alpha)
    return Interval(low, -_tango_lower(losses, gains, n, alpha))


def restricted_loss_rate(gains: float, losses: float, n: float, difference: float) -> float:
    """The likeliest loss rate under H0: the true difference equals `difference` >= 0.

    Counts, or rates with n = 1. Tango (1998): the larger root of
    2n q² + b q + c = 0, here in the form without cancellation. The variance of one
    difference under H0 is then 2q + difference · (1 - difference).
    """
    b = (2 * n - gains + losses) * difference - gains - losses
    c = -losses * difference * (1.0 - difference)
    root = sqrt(b * b - 8.0 * n * c)
    if b <= 0.0:
        return (root - b) / (4.0 * n) if n else 0.0
    return -2.0 * c / (root + b)


def _tango_lower(gains: int, losses: int, n: int, alpha: float) -> float:
    estimate = (gains - losses) / n
    limit = normal_quantile(1.0 - alpha / 2.0)
    return last_true(
        lambda d: tango_z(gains, losses, n, difference=d) > limit, low=-1.0, high=estimate
    )


def _check_counts(gains: int, losses: int, n: int) -> None:
    if gains < 0 or losses < 0 or gains + losses > n:
        msg = f"{gains} gains and {losses} losses do not fit {n} cases"
        raise ValueError(msg)
