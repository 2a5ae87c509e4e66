"""What two runs were made of, side by side: whatever explains a figure that moved.

Read from what the runs kept, and from nothing else: what one of them did not keep is
unknown, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from llmopt.domain import Candidate, Run
from llmopt.evaluate.plan import case_part
from llmopt.store.kept_run import KeptRun

EXAMPLES = 5
"""Ids of cases that are given of each kind."""


class Change(NamedTuple):
    """Something that is not what it was; None where there was none."""

    what: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of a candidate in two runs, as numbers and a few ids of each kind.

    `compared` are those that both runs asked alike. `changed` have another input,
    expectation or scorer; None where the runs do not tell, and all common ones are compared.
    """

    compared: int
    changed: int | None
    added: int
    removed: int
    examples: Mapping[str, tuple[str, ...]]


class Asked(NamedTuple):
    """The cases that a candidate was asked: their index by id, and what each is, where known."""

    place: Mapping[str, int]
    part: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class CandidateChanges:
    """What of a candidate is not what it was; None: one of the runs did not keep it."""

    template: bool | None
    params: tuple[Change, ...] | None
    model: tuple[Change, ...]
    price: bool | None


def run_changes(before: Run, after: Run) -> Iterator[Change]:
    """Yield what differs between two runs as a whole."""
    old, new = before.snapshot, after.snapshot
    for what, key in (("price table", "price_table_date"), ("python", "python")):
        yield from _change(what, old.get(key), new.get(key))
    for name, version in new.get("packages", {}).items():
        yield from _change(name, old.get("packages", {}).get(name), version)
    yield from _change("git commit", _commit(old), _commit(new))
    for what in ("prompts", "variants", "tags", "limit", "repeat"):
        yield from _change(what, *(run.snapshot["selection"][what] for run in (before, after)))
    yield from _change("seed", before.seed, after.seed)
    for what in ("margin", "alpha", "target"):
        yield from _change(what, *(run.snapshot["rule"][what] for run in (before, after)))
    judges = [run.snapshot.get("judges", {}) for run in (before, after)]
    for name in dict.fromkeys((*judges[0], *judges[1])):
        yield from _change(f"judge {name}", *(one.get(name) for one in judges))


def candidate_changes(before: Run, was: Candidate, after: Run, now: Candidate) -> CandidateChanges:
    """Tell what of a candidate is not what it was."""
    messages = [run.snapshot.get("messages") for run in (before, after)]
    params = [run.snapshot.get("params") for run in (before, after)]
    prices = [run.snapshot.get("prices") for run in (before, after)]
    names = (str(was), str(now))
    same = before.snapshot["templates"].get(names[0]) == after.snapshot["templates"].get(names[1])
    template: bool | None = False if same else None
    if messages[0] is not None and messages[1] is not None:
        template = messages[0].get(names[0]) != messages[1].get(names[1])
    changed: tuple[Change, ...] | None = () if same else None
    if params[0] is not None and params[1] is not None:
        changed = tuple(_by_key(params[0].get(names[0], {}), params[1].get(names[1], {})))
    price: bool | None = None
    if prices[0] is not None and prices[1] is not None:
        price = prices[0].get(was.model) != prices[1].get(now.model)
    models = [_model(before, was), _model(after, now)]
    return CandidateChanges(template, changed, tuple(_by_key(*models)), price)


def asked(kept: KeptRun) -> dict[Candidate, Asked]:
    """Return what each candidate of a run was asked."""
    run = kept.run
    told = run.snapshot.get("messages") is not None  # since then a fingerprint has two parts
    hashes = [run.snapshot["templates"].get(str(one), "") for one in run.candidates]
    found = [Asked({}, {} if told else None) for _ in run.candidates]
    places: list[dict[str, int]] = [{} for _ in run.candidates]
    parts: list[dict[str, int]] = [{} for _ in run.candidates]
    for index, case, name, fingerprint in kept.asked():
        places[index][name] = case
        parts[index][name] = case_part(fingerprint, hashes[index])
    found = [
        Asked(place, part if told else None) for place, part in zip(places, parts, strict=True)
    ]
    return dict(zip(run.candidates, found, strict=True))


def cases(before: Asked, after: Asked) -> tuple[Cases, tuple[str, ...]]:
    """Tell which cases can be compared, and what became of the others."""
    common = [name for name in after.place if name in before.place]
    changed: list[str] | None = None
    if before.part is not None and after.part is not None:
        old, new = before.part, after.part
        changed = [name for name in common if old[name] != new[name]]
    gone = frozenset(changed or ())
    added = [name for name in after.place if name not in before.place]
    removed = [name for name in before.place if name not in after.place]
    compared = tuple(name for name in common if name not in gone)
    kinds = {"changed": changed or (), "added": added, "removed": removed}
    return Cases(
        compared=len(compared),
        changed=None if changed is None else len(changed),
        added=len(added),
        removed=len(removed),
        examples={kind: tuple(islice(names, EXAMPLES)) for kind, names in kinds.items()},
    ), compared


def _model(run: Run, candidate: Candidate) -> Mapping[str, Any]:
    """Return what answers, without parameters and price, which are told apart."""
    described = run.snapshot["models"].get(candidate.model, {})
    return {key: value for key, value in described.items() if key not in {"params", "price"}}


def _by_key(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        yield from _change(key, before.get(key), after.get(key))


def _change(what: str, before: object, after: object) -> Iterator[Change]:
    if before != after:
        yield Change(what, before, after)


def _commit(snapshot: Mapping[str, Any]) -> str | None:
    git = snapshot.get("git")
    return git and git["commit"][:12] + ("+" if git["dirty"] else "")
