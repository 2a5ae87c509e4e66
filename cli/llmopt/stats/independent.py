"""Two samples that share no cases, or of which only a summary is left."""

from __future__ import annotations

from math import sqrt

from llmopt.stats.interval import Interval, check_probability, normal_quantile
from llmopt.stats.proportion import wilson


def difference_interval(
    one: float, its: Interval, other: float, others: Interval, *, scale: float = 1.0
) -> Interval:
    """The interval of `one` - `scale` · `other`, from the interval of each, at their confidence.

    The method of variance estimates recovery (Newcombe 1998, Statistics in Medicine
    17, 873-890, method 10, for proportions; Zou & Donner 2008, the same 27,
    1693-1702, for any two independent estimates): each side's distance to its own
    limit stands for its standard error there, so skewed intervals stay skewed.

    Raises:
        ValueError: a negative scale.
    """
    if scale < 0.0:
        msg = f"scale must not be negative, found {scale}"
        raise ValueError(msg)
    centre = one - scale * other
    below = sqrt((one - its.low) ** 2 + (scale * (others.high - other)) ** 2)
    above = sqrt((its.high - one) ** 2 + (scale * (other - others.low)) ** 2)
    return Interval(centre - below, centre + above)


def at_confidence(mean: float, interval: Interval, *, of: float, alpha: float) -> Interval:
    """An interval of error rate `of`, drawn to `alpha` as normal limits would be.

    For summaries whose sample is gone. Both are two-sided.

    Raises:
        ValueError: an error rate outside (0, 1).
    """
    check_probability("of", of)
    check_probability("alpha", alpha)
    factor = normal_quantile(1.0 - alpha / 2.0) / normal_quantile(1.0 - of / 2.0)
    return Interval(mean - factor * (mean - interval.low), mean + factor * (interval.high - mean))


def quantile_levels(probability: float, n: int, *, alpha: float = 0.05) -> Interval:
    """The levels at which a sample's quantiles bound the true one, confidence 1 - alpha.

    A sample quantile's rank is binomial, whatever the distribution: Wilson's interval
    of `probability` over n says which ranks could be meant.

    Raises:
        ValueError: a probability outside 0..1, or alpha outside (0, 1).
    """
    if not 0.0 <= probability <= 1.0:
        msg = f"probability must lie in 0..1, not {probability}"
        raise ValueError(msg)
    return wilson(probability * n, n, alpha=alpha)
