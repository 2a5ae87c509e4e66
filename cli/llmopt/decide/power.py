from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmopt.decide.cases import paired
from llmopt.decide.judgement import POWER, Rule
from llmopt.domain import Candidate, Outcomes
from llmopt.domain.ladders import families
from llmopt.stats.eprocess import equal_cases
from llmopt.stats.planning import noninferiority_cases, provable_margin

ASSUMED = (0.0, 0.05, 0.1, 0.2)
"""Discordances to plan with where no run has shown one."""


@dataclass(frozen=True, slots=True)
class Power:
    """What a number of cases can show, if candidate and baseline are equally accurate.

    `discordance` is the mean squared score difference of a case (for right or wrong
    answers: the share of cases on which they differ), seen in an earlier run or
    assumed. `cases_needed` gives 80 % power at the margin, one look at the end;
    `provable_margin` (0..1) is the smallest margin that the cases there can show
    with that power. None: no number of cases, or no margin, would do. Where cases have
    groups, cases are clusters here: a cluster counts as one.
    """

    candidate: Candidate | None
    discordance: float
    cases: int
    cases_needed: int | None
    provable_margin: float | None


def seen_power(
    tables: Sequence[Outcomes],
    baseline: Candidate,
    rule: Rule,
    *,
    cases: int,
    ladder: Sequence[str] = (),
) -> list[Power]:
    """Plan with the discordance that each candidate of a run has shown.

    Alpha is shared as verdicts share it: the steps of a ladder on one model have one share.
    """
    by_candidate = {table.candidate: table for table in tables}
    pairs = {
        candidate: paired(table, by_candidate[baseline]).units
        for candidate, table in by_candidate.items()
        if candidate.prompt == baseline.prompt and candidate != baseline
    }
    shares = len(families(tuple(pairs), ladder))
    return [
        _power(candidate, float((units**2).mean()), rule, cases=cases, shares=shares)
        for candidate, units in pairs.items()
        if units.size
    ]


def assumed_power(rule: Rule, *, cases: int, shares: int) -> list[Power]:
    """Plan with a few discordances, for a prompt that no run has shown any of."""
    return [_power(None, assumed, rule, cases=cases, shares=shares) for assumed in ASSUMED]


def anytime_floor(rule: Rule, *, shares: int) -> int | None:
    """Return the cases after which `--until-decided` adopts a candidate of equal outputs."""
    return equal_cases(rule.margin, rule.alpha, max(1, shares))


def _power(
    candidate: Candidate | None, discordance: float, rule: Rule, *, cases: int, shares: int
) -> Power:
    alpha = rule.alpha / max(1, shares)
    return Power(
        candidate=candidate,
        discordance=discordance,
        cases=cases,
        cases_needed=noninferiority_cases(
            discordance, margin=rule.margin, alpha=alpha, power=POWER
        ),
        provable_margin=provable_margin(cases, discordance=discordance, alpha=alpha, power=POWER)
        if cases
        else None,
    )
