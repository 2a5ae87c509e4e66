from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmopt.decide.judgement import Rule
from llmopt.stats.eprocess import PairedBets, log_threshold


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """Ends a comparison when the paired e-process has decided, however often it is looked at."""

    rule: Rule

    @property
    def by_cluster(self) -> bool:
        """Whether the cases of a cluster count once: for traffic, whose clusters are a sample."""
        return self.rule.target == "traffic"

    def compare(self, *, rivals: int, population: int) -> EvidenceComparison:
        """Begin a comparison that is one of `rivals` on the same cases."""
        suite = population if self.rule.target == "suite" else None
        return EvidenceComparison(
            PairedBets(self.rule.margin, suite), log_threshold(self.rule.alpha, candidates=rivals)
        )


class EvidenceComparison:
    """One candidate's running evidence."""

    def __init__(self, bets: PairedBets, threshold: float) -> None:
        self._bets = bets
        self._threshold = threshold

    def update(self, difference: float) -> Literal["adopt", "reject"] | None:
        """Take in one unit's score difference; return the decision once there is one."""
        evidence = self._bets.update(difference)
        if evidence.noninferior >= self._threshold:
            return "adopt"
        return "reject" if evidence.inferior >= self._threshold else None
