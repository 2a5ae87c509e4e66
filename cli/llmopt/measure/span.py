from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from llmopt.store.tallies import RepliesSeen

Basis = Literal["history", "limit"]


@dataclass(frozen=True, slots=True)
class Span:
    """A figure before it is known: the least, the expected, the most; None where nobody can say.

    For replies `low` and `expected` are what an earlier run has seen; `high` is the limit
    that the request sets, or else the longest reply seen. `high_basis` says which.
    """

    low: float | None
    expected: float | None
    high: float | None
    high_basis: Basis | None = None

    @property
    def exact(self) -> float | None:
        """The figure where nothing about it is open; else None."""
        return self.low if self.low == self.expected == self.high else None

    @classmethod
    def of(cls, figure: float) -> Span:
        """Return a figure that is known."""
        return cls(figure, figure, figure)

    @classmethod
    def of_replies(cls, seen: RepliesSeen | None, limit: int | None) -> Span:
        """Return the tokens of one reply."""
        low, mean, most = (seen.least, seen.mean, seen.most) if seen else (None, None, None)
        if limit is not None:
            return cls(low, mean, max(limit, most or 0), "limit")
        return cls(low, mean, most, None if most is None else "history")

    def __add__(self, other: Span) -> Span:
        """Sum end by end; an end with an unknown part is unknown."""
        return Span(
            _add(self.low, other.low),
            _add(self.expected, other.expected),
            _add(self.high, other.high),
        )

    def times(self, count: float) -> Span:
        """Return the figure of so many."""
        low, expected, high = (
            None if end is None else end * count for end in (self.low, self.expected, self.high)
        )
        return Span(low, expected, high, self.high_basis)


NOTHING = Span(0.0, 0.0, 0.0)


def total(spans: Iterable[Span]) -> Span:
    """Sum spans end by end; nothing sums to zero."""
    whole = NOTHING
    for span in spans:
        whole += span
    return whole


def _add(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
