"""Many candidates against one baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) adjusted p-values, in the order given.

    Reject where the adjusted value is at most alpha: the chance of any false
    rejection stays below alpha, whatever the dependence.

    Raises:
        ValueError: a p-value outside 0..1.
    """
    if not all(0.0 <= p <= 1.0 for p in p_values):
        msg = "p-values must lie in 0..1"
        raise ValueError(msg)
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
