from __future__ import annotations

from dataclasses import dataclass

from llmopt.domain import Trial


@dataclass(slots=True)
class Tally:
    """The calls of finished trials: how many were new, and what they cost, in dollars.

    `known` is False where some of them cost nobody knows what: `spent` is then too low.
    """

    new: int = 0
    cached: int = 0
    spent: float = 0.0
    known: bool = True

    def observe(self, trial: Trial) -> None:
        """Count the calls of one more trial."""
        for call in trial.calls:
            if call.completion.cached:
                self.cached += 1
                continue
            self.new += 1
            if call.spent is None:
                self.known = False
            else:
                self.spent += call.spent

    def add(self, other: Tally) -> None:
        """Count what another one counted."""
        self.new += other.new
        self.cached += other.cached
        self.spent += other.spent
        self.known = self.known and other.known
