from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from llmopt.domain import Case, Score


class Scorer(Protocol):
    """Judges one reply to one case: the plug point of every way to be right.

    One method. It may be a coroutine function, for scorers that ask a model.
    """

    def score(self, reply: str, case: Case) -> Score | Awaitable[Score]:
        """Return how right `reply` is, 0..1, and why.

        Raises:
            ScorerError: the reply cannot be judged; the trial counts as failed.
        """
        ...
