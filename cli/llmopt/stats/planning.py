"""How many cases a comparison needs, and what a number of cases can show.

For a fixed number of paired cases judged once, without peeking. Discordance is
the share of cases on which exactly one of the two candidates passes. All
quantities are fractions (0.02, not 2 points). Standard library alone.
"""

from __future__ import annotations

from math import ceil, inf, sqrt

from llmopt.stats.interval import check_probability, last_true, normal_quantile
from llmopt.stats.proportion import restricted_loss_rate

_LEAST_REACH = 1e-6  # nearer to the margin no number of cases that exists shows anything


def noninferiority_cases(
    discordance: float,
    *,
    margin: float,
    alpha: float = 0.05,
    power: float = 0.8,
    difference: float = 0.0,
) -> int | None:
    """Cases for Tango's one-sided test to show "at most `margin` worse" with that power.

    n = ((z_α σ0 + z_β σ1) / (difference + margin))²: σ1² is the variance of a
    paired difference where the true one is `difference`, σ0² the variance that
    the restricted likelihood then finds at -margin (Nam 1997, Biometrics 53,
    1422-1430). None where the true difference is not above -margin.

    Raises:
        ValueError: a discordance below |difference| or above 1, a margin outside
            0..1, or alpha or power outside (0, 1).
    """
    _check(discordance, alpha, power, difference)
    if not 0.0 <= margin < 1.0:
        msg = f"margin must lie in [0, 1), not {margin}"
        raise ValueError(msg)
    return _whole(_cases(discordance, margin, alpha, power, difference))


def provable_margin(
    cases: int,
    *,
    discordance: float,
    alpha: float = 0.05,
    power: float = 0.8,
    difference: float = 0.0,
) -> float | None:
    """The smallest margin that so many cases show with that power: the reverse question.

    None where not even a margin of 1 would do. Raises as `noninferiority_cases`.
    """
    _check(discordance, alpha, power, difference)

    def enough(reach: float) -> bool:
        return _cases(discordance, reach, alpha, power, difference) <= cases

    # `enough` turns true as the margin grows; walked from above it is true first.
    start = max(0.0, -difference)
    margin = -last_true(lambda m: enough(-m), low=-1.0, high=-start)
    return margin if margin < 1.0 else None


def smallest_detectable_difference(
    cases: int, *, discordance: float, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest true difference that McNemar's two-sided test finds with that power.

    Solves n = (z_{α/2} √ψ + z_β √(ψ - d²))² / d² for d at discordance ψ (Connor
    1987, Biometrics 43, 207-211). None where even d = ψ, every discordant case
    on one side, would go unfound.

    Raises:
        ValueError: discordance outside 0..1, or alpha or power outside (0, 1).
    """
    _check(discordance, alpha, power)
    z_alpha, z_beta = normal_quantile(1.0 - alpha / 2.0), normal_quantile(power)

    def found(d: float) -> bool:
        spread = z_alpha * sqrt(discordance) + z_beta * sqrt(max(0.0, discordance - d * d))
        return spread <= d * sqrt(cases)

    if discordance == 0.0 or not found(discordance):
        return None
    return -last_true(lambda d: found(-d), low=-discordance, high=0.0)


def _cases(
    discordance: float, margin: float, alpha: float, power: float, difference: float
) -> float:
    reach = difference + margin
    if reach < _LEAST_REACH:
        return inf
    gains, losses = (discordance + difference) / 2.0, (discordance - difference) / 2.0
    # Mirrored, as in `tango_z`: H0 at -margin is H0 at margin with the sides swapped.
    null = 2.0 * restricted_loss_rate(losses, gains, 1.0, margin) + margin * (1.0 - margin)
    true = discordance - difference**2
    root = normal_quantile(1.0 - alpha) * sqrt(null) + normal_quantile(power) * sqrt(true)
    return (root / reach) ** 2


def _whole(cases: float) -> int | None:
    return None if cases == inf else max(1, ceil(cases))


def _check(discordance: float, alpha: float, power: float, difference: float = 0.0) -> None:
    check_probability("alpha", alpha)
    check_probability("power", power)
    if not abs(difference) <= discordance <= 1.0:
        msg = f"discordance must lie between |{difference}| and 1, not {discordance}"
        raise ValueError(msg)
