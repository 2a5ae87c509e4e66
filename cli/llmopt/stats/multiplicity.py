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
    return in_chains(p_values, [(index,) for index in range(len(p_values))])


def in_chains(p_values: Sequence[float], chains: Sequence[Sequence[int]]) -> list[float]:
    """Adjusted p-values where hypotheses stand in chains, each index in exactly one.

    Within a chain a hypothesis is tested only after the one before it was rejected
    (fixed sequence: Maurer, Hothorn & Lehmacher 1995, in Biometrie in der
    chemisch-pharmazeutischen Industrie 6; Westfall & Krishen 2001, J. Statistical
    Planning and Inference 99, 25-40). Chains share alpha equally, and one that is
    rejected to its end leaves its share to the others (the graphical procedure of
    Bretz, Maurer, Brannath & Posch 2009, Statistics in Medicine 28, 586-604). Chains
    of one make Holm's procedure, one chain alone tests every step at full alpha.

    Why the chance of any false rejection stays below alpha: let m chains hold a true
    hypothesis, and look at the first true one of each. As long as none of these m is
    rejected, none of the m chains is at its end, so at least m chains share alpha and
    each of them is tested at alpha / m at most. The first false rejection of all is
    one of these m (in its chain only false ones stood before it), and by Bonferroni
    any of m fixed true hypotheses falls below alpha / m with probability alpha at most,
    whatever the dependence.

    Raises:
        ValueError: a p-value outside 0..1.
    """
    if not all(0.0 <= p <= 1.0 for p in p_values):
        msg = "p-values must lie in 0..1"
        raise ValueError(msg)
    adjusted = [0.0] * len(p_values)
    left = [list(chain) for chain in chains if chain]
    highest = 0.0
    while left:
        chain = min(left, key=lambda chain: p_values[chain[0]])
        index = chain.pop(0)
        highest = max(highest, min(1.0, len(left) * p_values[index]))
        adjusted[index] = highest
        left = [chain for chain in left if chain]
    return adjusted
