from __future__ import annotations

import math
from dataclasses import dataclass

TOLERATED = 0.25
"""The share of its calls that a model may refuse before fewer are sent at a time."""

BEYOND_CHANCE = 2.0
"""Standard errors by which a round's refusals must exceed that share."""


@dataclass(slots=True)
class Round:
    """As many calls as the width was when they began to be sent; `era` counts the halvings."""

    size: int
    era: int
    sent: int = 0
    refused: int = 0

    @property
    def congested(self) -> bool:
        """Whether more than the tolerated share was refused, by more than chance."""
        chance = math.sqrt(self.size * TOLERATED * (1 - TOLERATED))
        return self.refused > self.size * TOLERATED + BEYOND_CHANCE * chance


class Width:
    """How many calls to a model may be under way: additive increase, multiplicative decrease.

    It starts at `most`. A round of which clearly more than a quarter is refused halves
    it, once for all the calls then under way, and never below one. As many answers as
    it is wide make it one wider again, up to `most`.

    Fewer refusals are left to the pauses they ask for. Halving at every round that
    holds one settles at a width of about sqrt(1.5 / share refused) (Mathis et al. 1997,
    "The macroscopic behavior of the TCP congestion avoidance algorithm"): a model that
    refuses one call in five, whatever the load, would be asked by three at a time.
    """

    def __init__(self, most: int) -> None:
        self.limit = most
        self._most = most
        self._round = Round(most, era=0)
        self._answered = 0

    def send(self) -> Round:
        """Count a call that is sent; return the round it belongs to."""
        if self._round.sent >= self._round.size:
            self._round = Round(self.limit, self._round.era)
        self._round.sent += 1
        return self._round

    def answered(self, of: Round) -> None:
        """Count an answer to a call of the round `of`."""
        if of.era != self._round.era:
            return
        self._answered += 1
        if self._answered >= self.limit and self.limit < self._most:
            self.limit += 1
            self._answered = 0

    def refused(self, of: Round) -> None:
        """Count a refusal: too many requests, or a model that says it is overloaded."""
        of.refused += 1
        if of.era == self._round.era and of.congested:
            self.limit = max(1, self.limit // 2)
            self._round = Round(self.limit, self._round.era + 1)
            self._answered = 0
