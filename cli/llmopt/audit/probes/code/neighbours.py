"""Files that hold no word of the trade, and stand next to some that do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from llmopt.audit.probes.code.imports import Imports

HOPS_UP, HOPS_DOWN = 3, 4
"""Files between a call and what calls it from afar; between a name and its definition."""
MOST_NEIGHBOURS = 2_000
"""Files that are parsed for what they call or define; a hub that all import is no reason."""


def neighbours(
    telling: Collection[str], named: Mapping[str, Iterable[str]], imports: Imports
) -> frozenset[str]:
    """Return the files that import the telling ones, or are imported by them, however indirectly.

    `named` are the imports of every file, by its words.
    """
    down: dict[str, set[str]] = {}
    up: dict[str, set[str]] = {}
    for file, names in named.items():
        for name in names:
            found = imports.find(file, name)
            if found and found.file != file:
                down.setdefault(file, set()).add(found.file)
                up.setdefault(found.file, set()).add(file)
    above = _reached(telling, up, HOPS_UP)
    return (above | _reached({*telling, *above}, down, HOPS_DOWN)) - frozenset(telling)


def _reached(start: Collection[str], edges: Mapping[str, set[str]], hops: int) -> frozenset[str]:
    reached, front = set(start), set(start)
    for _ in range(hops):
        front = {other for file in front for other in edges.get(file, ())} - reached
        if len(reached) + len(front) - len(start) > MOST_NEIGHBOURS:
            break
        reached |= front
    return frozenset(reached) - frozenset(start)
