"""How steady a candidate's answers are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


def consistency(cases: Iterable[Iterable[Hashable]]) -> float | None:
    """The chance that two repeats of one case agree, averaged over cases, 0..1.

    `cases` holds one group of outcomes per case, one outcome per repeat. A
    case's share of agreeing pairs is the observed agreement of Fleiss (1971).
    Every case weighs the same; cases with fewer than two repeats say nothing.
    None where no case has two.
    """
    shares = [
        sum(k * (k - 1) for k in counts.values()) / (repeats * (repeats - 1))
        for counts in map(Counter, cases)
        if (repeats := counts.total()) > 1
    ]
    return sum(shares) / len(shares) if shares else None
