from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from llmopt.decide.judgement import Rule
from llmopt.stats.eprocess import PairedBets, log_threshold
from llmopt.stats.forecast import out_of_reach

Outcome = Literal["adopt", "reject", "give up"]

FIRST_LOOK, LOOK_EVERY = 16, 8
"""Units after which, and then at least so many apart, it is asked whether to go on."""


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """Ends a comparison when the paired e-process has decided, however often it is looked at."""

    rule: Rule

    @property
    def by_cluster(self) -> bool:
        """Whether the cases of a cluster count once: for traffic, whose clusters are a sample."""
        return self.rule.target == "traffic"

    def compare(
        self, *, families: int, population: int, units: int | None = None
    ) -> EvidenceComparison:
        """Begin a comparison in one of `families` that share alpha.

        With `units`, those that there are, one about traffic is given up when they will
        hardly bring it to adoption: see `out_of_reach`. It is no verdict, so no verdict
        becomes less sure by it. On a suite the last case decides, so nothing is out of reach.
        """
        suite = population if self.rule.target == "suite" else None
        return EvidenceComparison(
            self.rule,
            PairedBets(self.rule.margin, suite),
            families=families,
            units=units if suite is None else None,
        )


class EvidenceComparison:
    """One candidate's running evidence."""

    def __init__(self, rule: Rule, bets: PairedBets, *, families: int, units: int | None) -> None:
        self._rule = rule
        self._bets = bets
        self._adopt = log_threshold(rule.alpha, candidates=families)
        self._reject = log_threshold(rule.alpha)
        self._units = units
        self._seen: list[float] = []
        self._next_look = FIRST_LOOK

    def update(self, difference: float) -> Outcome | None:
        """Take in one unit's score difference; return the decision once there is one."""
        evidence = self._bets.update(difference)
        if evidence.noninferior >= self._adopt:
            return "adopt"
        if evidence.inferior >= self._reject:
            return "reject"
        return "give up" if self._is_hopeless(difference) else None

    def _is_hopeless(self, difference: float) -> bool:
        if self._units is None:
            return False
        self._seen.append(difference)
        if len(self._seen) < self._next_look:
            return False
        self._next_look = max(self._next_look + LOOK_EVERY, self._next_look * 11 // 10)
        return out_of_reach(
            np.array(self._seen),
            margin=self._rule.margin,
            left=self._units - len(self._seen),
            adopt=self._adopt,
            alpha=self._rule.alpha,
        )
