"""Which candidate of today is which of the baseline's: names, renamings, what the team runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from llmopt.domain import Candidate
from llmopt.gate.baseline import Baseline, Entry

How = Literal["same", "renamed", "replaced"]


class Match(NamedTuple):
    """What a candidate is compared with. `replaced`: another variant is now what the team runs."""

    then: Entry
    how: How


class Matching(NamedTuple):
    """Every candidate of today that has a counterpart, and those on either side without."""

    matches: Mapping[Candidate, Match]
    new: tuple[Candidate, ...]
    removed: tuple[Candidate, ...]


def match(now: Baseline, then: Baseline) -> Matching:
    """Find each candidate's counterpart.

    A name that both have is the same candidate, except for the variant that the team
    runs: where that is another one now, it is held against the one it replaces. A
    new name with a template that the baseline has under a name now gone is a renaming.
    """
    gone = {
        candidate: then.entries[candidate]
        for candidate in then.entries
        if candidate not in now.entries
    }
    matches: dict[Candidate, Match] = {}
    for candidate, entry in now.entries.items():
        found = _renamed(entry, gone) if candidate not in then.entries else None
        if found:
            del gone[found.candidate]
            matches[candidate] = Match(found, "renamed")
        elif candidate in then.entries:
            matches[candidate] = Match(then.entries[candidate], "same")
    _put_replaced(matches, now, then)
    compared = {one.then.candidate for one in matches.values()}
    models = {candidate.model for candidate in now.entries}
    return Matching(
        matches,
        new=tuple(candidate for candidate in now.entries if candidate not in matches),
        removed=tuple(c for c in gone if c.model in models and c not in compared),
    )


def _renamed(entry: Entry, gone: Mapping[Candidate, Entry]) -> Entry | None:
    """Return the entry that has gone with this one's template, of its own prompt first."""
    candidate = entry.candidate
    alike = [
        old
        for old in gone.values()
        if old.template == entry.template and old.candidate.model == candidate.model
    ]
    own = [old for old in alike if old.candidate.prompt == candidate.prompt]
    return next(iter([*own, *alike]), None)


def _put_replaced(matches: dict[Candidate, Match], now: Baseline, then: Baseline) -> None:
    for candidate in now.entries:
        new = now.prompts[candidate.prompt].baseline
        old = then.prompts[candidate.prompt].baseline if candidate.prompt in then.prompts else new
        if candidate.variant != new or old == new:
            continue
        found = matches.get(candidate)
        if found and found.how == "renamed" and found.then.candidate.variant == old:
            continue
        replaced = then.entries.get(candidate._replace(variant=old))
        if replaced:
            matches[candidate] = Match(replaced, "replaced")
