"""Accuracy alone: is a candidate worse than the baseline by the margin or more?

Two ways to know. `fixed_judgements` looks once, at a complete run: the paired score
test (Tango 1998 for scores of 0 and 1, its empirical-likelihood sister for graded
ones), held at `alpha` over all candidates of a prompt by Holm's procedure.
`anytime_judgements` holds wherever a run ended and however often anyone looked: the
paired betting e-process (Waudby-Smith & Ramdas, arXiv 2010.09686). It adopts at
alpha / families, so that a prompt adopts anything falsely with probability alpha at
most; it rejects at alpha for each candidate taken alone, since a false rejection
costs a saving and no accuracy. The intervals shown are those that the one-sided tests
invert: confidence 1 − 2·alpha, for one candidate taken alone.

Families are candidates that share no alpha: each for itself, or the steps of a ladder,
which are tested one after the other at what their family has, up to the first that is
not adopted (fixed sequence; the proof stands at `in_chains`). It holds for e-processes
as well: where a family adopts anything falsely, it adopts the first of its steps that
is truly worse, whose e-process ever reaches families / alpha with probability
alpha / families at most (Ville), and so any of the families with alpha at most.
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
from llmopt.stats.multiplicity import holm, in_chains
from llmopt.stats.planning import noninferiority_cases
from llmopt.stats.proportion import mcnemar_exact, tango_interval, tango_z

Decision = Literal["adopt", "reject", "inconclusive", "baseline"]
Reason = Literal[
    "baseline",
    "noninferior",
    "worse",
    "not cheaper",
    "undecided",
    "no pairs",
    "ladder",
    "not needed",
    "saving unknown",
]
Target = Literal["suite", "traffic"]
Unit = Literal["case", "cluster"]
Families = Sequence[Sequence[int]]

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
    """What the paired scores say; the fields are those of a verdict.

    `stopped_by` is the place of the candidate at which the ladder of this one stopped.
    """

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
    stopped_by: int | None = None


NO_PAIRS = Judgement("inconclusive", "no pairs")


def fixed_judgements(
    pairs: Sequence[Pairs], rule: Rule, total: int, families: Families | None = None
) -> list[Judgement]:
    """Judge a prompt's candidates after a complete run, each by all its cases at once.

    `families` groups the places of candidates; by default each is one of its own.
    """
    chains = families or _alone(pairs)
    zs = [_z(_units(pair, rule), -rule.margin) if pair.units.size else None for pair in pairs]
    worse = _in_chains([None if z is None else _cdf(-z) for z in zs], chains)
    not_worse = _adjusted([None if z is None else _cdf(z) for z in zs])
    found = [
        NO_PAIRS
        if p is None or q is None
        else _fixed(pair, rule, total, p_worse=p, p_not_worse=q, family=len(chains))
        for pair, p, q in zip(pairs, worse, not_worse, strict=True)
    ]
    return _stopped(found, chains)


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


def anytime_judgements(
    pairs: Sequence[Pairs], rule: Rule, total: int, families: Families | None = None
) -> list[Judgement]:
    """Judge a prompt's candidates wherever their cases ended, in the order of the plan.

    `families` as for `fixed_judgements`.
    """
    chains = families or _alone(pairs)
    found = [
        _anytime(pair, rule, total, family=len(chains)) if pair.units.size else NO_PAIRS
        for pair in pairs
    ]
    return _stopped(found, chains)


def _alone(pairs: Sequence[Pairs]) -> Families:
    return [(place,) for place in range(len(pairs))]


def _stopped(found: Sequence[Judgement], families: Families) -> list[Judgement]:
    """Take back what a ladder says of steps after the first that it did not adopt.

    What is proven worse stays so: that claim needs no step before it. Their p-values
    are at least those of the steps before them.
    """
    judged = list(found)
    for family in families:
        stop: int | None = None
        highest = 0.0
        for place in family:
            one = judged[place]
            if one.p_worse is not None:
                highest = max(highest, one.p_worse)
                one = judged[place] = one._replace(p_worse=highest)
            if stop is not None and one.decision != "reject":
                judged[place] = one._replace(
                    decision="inconclusive", reason="ladder", cases_needed=None, stopped_by=stop
                )
            elif stop is None and one.decision != "adopt":
                stop = place
    return judged


def _units(pair: Pairs, rule: Rule) -> Floats:
    """Return what counts as independent: clusters, but a suite's own cases are drawn one by one."""
    return pair.by_case if rule.target == "suite" else pair.units


def _anytime(pair: Pairs, rule: Rule, total: int, *, family: int) -> Judgement:
    differences = _units(pair, rule)
    population = total if rule.target == "suite" else None
    adopt, reject = log_threshold(rule.alpha, candidates=family), log_threshold(rule.alpha)
    paths = log_e_paths(differences, margin=rule.margin, population=population)
    adopted = int(first_crossing(paths.noninferior, adopt))
    rejected = int(first_crossing(paths.inferior, reject))
    first = min((n for n in (adopted, rejected) if n), default=0)
    decision, reason = _outcome(
        adopt=bool(first) and first == adopted, reject=bool(first) and first == rejected
    )
    needed = None
    if decision == "inconclusive":
        bets = bets_after(differences, margin=rule.margin, population=population)
        needed = cases_to_go(bets, differences, adopt=adopt, reject=reject) or None
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


def _in_chains(p_values: Sequence[float | None], chains: Families) -> list[float | None]:
    """Adjust along the chains; one with nothing to compare ends its chain and takes no alpha."""
    there = [p if p is not None else 1.0 for p in p_values]
    chains = [chain for chain in chains if any(p_values[place] is not None for place in chain)]
    adjusted = in_chains(there, chains)
    return [None if p is None else q for p, q in zip(p_values, adjusted, strict=True)]


def _cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2)) if math.isfinite(z) else float(np.sign(z) > 0)
