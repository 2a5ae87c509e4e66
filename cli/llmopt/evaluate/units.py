"""What counts as one piece of evidence: a case, or the cases of a cluster together."""

from __future__ import annotations

from collections.abc import Sequence

from llmopt.evaluate.plan import Plan


def units(plan: Plan, prompt: str, *, by_cluster: bool) -> Sequence[Sequence[int]]:
    """Put the positions of a prompt's order into clusters, or single cases.

    A cluster stands in the place of its first case.
    """
    positions = range(len(plan.order[prompt]))
    if not by_cluster:
        return [(position,) for position in positions]
    found: dict[str | int, list[int]] = {}
    for position in positions:
        group = plan.suite.cases[prompt][plan.order[prompt][position]].group
        found.setdefault(position if group is None else group, []).append(position)
    return list(found.values())
