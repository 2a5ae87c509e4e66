"""Which candidates of a prompt are tested one after the other, and which each for itself."""

from __future__ import annotations

from collections.abc import Sequence

from llmopt.domain.trials import Candidate


def families(
    candidates: Sequence[Candidate], ladder: Sequence[str]
) -> tuple[tuple[Candidate, ...], ...]:
    """Put a prompt's candidates, its baseline left out, into families of tests.

    The variants of the ladder make one family per model, in the ladder's order; every
    other candidate is a family of its own. Families stand in the order of their first.
    """
    steps = {variant: place for place, variant in enumerate(ladder)}
    found: dict[Candidate | str, list[Candidate]] = {}
    for one in candidates:
        found.setdefault(one.model if one.variant in steps else one, []).append(one)
    return tuple(tuple(sorted(f, key=lambda c: steps.get(c.variant, 0))) for f in found.values())
