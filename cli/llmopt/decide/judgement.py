"""Accuracy alone: is a candidate worse than the baseline by the margin or more?

Two ways to know. `fixed_judgements` looks once, at a complete run: the paired score
test (Tango 1998 for scores of 0 and 1, its empirical-likelihood sister for graded
ones), held at `alpha` over all candidates of a prompt by Holm's procedure.
`anytime_judgements` holds wherever a run ended and however often anyone looked: the
paired betting e-process (Waudby-Smith & Ramdas, arXiv 2010.09686) at
alpha / candidates. The intervals shown are those that the one-sided tests invert:
confidence 1 − 2·alpha, for one candidate taken alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from llmopt.decide.cases import Floats, Pairs
from llmopt.stats.epaths import bets_after, confidence_sequence, first_crossing, log_e_paths
from llmopt.stats.eprocess import TIE, log_threshold
from llmopt.stats.forecast import cases_to_go
from llmopt.stats.graded import graded_interval, graded_z
from llmopt.stats.interval import Interval, normal_quantile
from llmopt.stats.multiplicity import holm
from llmopt.stats.planning import noninferiority_cases
from llmopt.stats.proportion import mcnemar_exact, tango_interval, tango_z

Decision = Literal["adopt", "reject", "inconclusive", "baseline"]
Reason = Literal["baseline", "noninferior", "worse", "not cheaper", "undecided", "no pairs"]
Target = Literal["suite", "traffic"]
Unit = Literal["case", "cluster"]

POWER = 0.8
MOST_CASES_NEEDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """What a verdict must show: `margin` in 0..1, `alpha` the chance of a false adoption.

    `target` is what a verdict speaks of: cases to come, like those of the suite
    (`traffic`), or the suite's own cases and no others (`suite`).
    """

    margin: float = 0.02
    alpha: float = 0.05
    target: Target = "traffic"


class Judgement(NamedTuple):
    """What the paired scores say; the fields are those of a verdict."""

    decision: Decision
    reason: Reason
    accuracy_delta: float | None = None
    accuracy_delta_ci: Interval | None = None
    cases_needed: int | None = None
    p_worse: float | None = None
    p_different: float | None = None
    gains: int = 0
    losses: int = 0
    unit: Unit = "case"


NO_PAIRS = Judgement("inconclusive", "no pairs")


def fixed_judgements(pairs: Sequence[Pairs], rule: Rule, total: int) -> list[Judgement]:
    """Judge a prompt's candidates after a complete run, each by all its cases at once."""
    zs = [_z(_units(pair, rule), -rule.margin) if pair.units.size else None for pair in pairs]
    worse = _adjusted([None if z is None else _cdf(-z) for z in zs])
    not_worse = _adjusted([None if z is None else _cdf(z) for z in zs])
    return [
        NO_PAIRS
        if p is None or q is None
        else _fixed(pair, rule, total, p_worse=p, p_not_worse=q, family=len(pairs))
        for pair, p, q in zip(pairs, worse, not_worse, strict=True)
    ]


def _fixed(
    pair: Pairs, rule: Rule, total: int, *, p_worse: float, p_not_worse: float, family: int
) -> Judgement:
    differences = _units(pair, rule)
    delta = float(differences.mean())
    if rule.target == "suite" and pair.by_case.size == total:
        # On its own suite a complete run leaves no chance, only arithmetic: the sign, ties apart.
        adopt, reject = delta > TIE - rule.margin, delta < -TIE - rule.margin
        interval, p_worse = Interval(delta, delta), float(not adopt)
    else:
        adopt, reject = p_worse <= rule.alpha, p_not_worse <= rule.alpha
        interval = _interval(differences, 2 * rule.alpha)
    decision, reason = _outcome(adopt=adopt, reject=reject)
    return Judgement(
        decision=decision,
        reason=reason,
        accuracy_delta=delta,
        accuracy_delta_ci=interval,
        cases_needed=_more_cases(differences, rule, family) if decision == "inconclusive" else None,
        p_worse=p_worse,
        p_different=_p_different(differences),
        gains=int((pair.by_case > 0).sum()),
        losses=int((pair.by_case < 0).sum()),
        unit="case" if differences.size == pair.by_case.size else "cluster",
    )


def anytime_judgements(pairs: Sequence[Pairs], rule: Rule, total: int) -> list[Judgement]:
    """Judge a prompt's candidates wherever their cases ended, in the order of the plan."""
    return [
        _anytime(pair, rule, total, family=len(pairs)) if pair.units.size else NO_PAIRS
        for pair in pairs
    ]


def _units(pair: Pairs, rule: Rule) -> Floats:
    """Return what counts as independent: clusters, but a suite's own cases are drawn one by one."""
    return pair.by_case if rule.target == "suite" else pair.units


def _anytime(pair: Pairs, rule: Rule, total: int, *, family: int) -> Judgement:
    differences = _units(pair, rule)
    population = total if rule.target == "suite" else None
    threshold = log_threshold(rule.alpha, candidates=family)
    paths = log_e_paths(differences, margin=rule.margin, population=population)
    adopted = int(first_crossing(paths.noninferior, threshold))
    rejected = int(first_crossing(paths.inferior, threshold))
    first = min((n for n in (adopted, rejected) if n), default=0)
    decision, reason = _outcome(
        adopt=bool(first) and first == adopted, reject=bool(first) and first == rejected
    )
    needed = None
    if decision == "inconclusive":
        bets = bets_after(differences, margin=rule.margin, population=population)
        needed = cases_to_go(bets, differences, adopt=threshold, reject=threshold) or None
    return Judgement(
        decision=decision,
        reason=reason,
        accuracy_delta=float(differences.mean()),
        accuracy_delta_ci=confidence_sequence(
            differences, alpha=2 * rule.alpha, population=population
        ),
        cases_needed=needed,
        p_worse=min(1.0, family * math.exp(-max(0.0, float(paths.noninferior.max())))),
        p_different=_p_different(differences),
        gains=int((pair.by_case > 0).sum()),
        losses=int((pair.by_case < 0).sum()),
        unit="case" if differences.size == pair.by_case.size else "cluster",
    )


def _outcome(*, adopt: bool, reject: bool) -> tuple[Decision, Reason]:
    if adopt:
        return "adopt", "noninferior"
    return ("reject", "worse") if reject else ("inconclusive", "undecided")


def _counts(differences: Floats) -> tuple[int, int, int] | None:
    """Return gains, losses and n where every difference is −1, 0 or 1."""
    gains, losses = int((differences == 1).sum()), int((differences == -1).sum())
    ties = int((differences == 0).sum())
    n = differences.size
    return (gains, losses, n) if gains + losses + ties == n else None


def _z(differences: Floats, null: float) -> float:
    counts = _counts(differences)
    if counts:
        return tango_z(*counts, difference=null)
    return graded_z(differences, difference=null)


def _interval(differences: Floats, alpha: float) -> Interval:
    counts = _counts(differences)
    if counts:
        return tango_interval(*counts, alpha=alpha)
    return graded_interval(differences, alpha=alpha)


def _p_different(differences: Floats) -> float:
    """McNemar's exact p-value; for graded scores the same test on their signs."""
    return mcnemar_exact(int((differences > 0).sum()), int((differences < 0).sum()))


def _more_cases(differences: Floats, rule: Rule, family: int) -> int | None:
    """Estimate how many more cases decide with 80 % power, if what comes is like what was."""
    delta = float(differences.mean())
    discordance = max(float((differences**2).mean()), abs(delta))
    alpha, reach = rule.alpha / family, delta + rule.margin
    needed: int | None = None
    if reach > 0:
        needed = noninferiority_cases(
            discordance, margin=rule.margin, alpha=alpha, power=POWER, difference=delta
        )
    elif reach < 0:
        spread = math.sqrt(max(discordance - delta**2, 0))
        quantiles = normal_quantile(1 - alpha) + normal_quantile(POWER)
        needed = math.ceil((quantiles * spread / reach) ** 2)
    if needed is None or needed > MOST_CASES_NEEDED:
        return None
    return max(1, needed - differences.size)


def _adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust by Holm; None, where there was nothing to compare, stays None."""
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(adjusted) for p in p_values]


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2)) if math.isfinite(z) else float(np.sign(z) > 0)
