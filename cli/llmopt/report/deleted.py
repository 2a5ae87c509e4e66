"""What deleting runs would take, and what it has taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from llmopt import numbers
from llmopt.domain import Run
from llmopt.report.document import json_text

LISTED = 10
"""Runs that are named one by one before the question."""


class Doomed(NamedTuple):
    """A run that is to go, with its trials and about how many bytes it takes in the file."""

    run: Run
    trials: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """Runs that are to go, newest first.

    `under_way` are runs that a filter chose and another process is running: they stay.
    `baselines` are those that the project's baseline file was taken from.
    """

    doomed: tuple[Doomed, ...]
    under_way: tuple[str, ...] = ()
    baselines: frozenset[str] = frozenset()

    @property
    def trials(self) -> int:
        return sum(one.trials for one in self.doomed)

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.doomed)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What has gone: runs, trials, and the bytes by which the file has shrunk.

    `bytes` is None where the file could not be made smaller, which `trouble` explains.
    """

    runs: tuple[str, ...] = ()
    trials: int = 0
    bytes: int | None = 0
    under_way: tuple[str, ...] = ()
    trouble: str | None = None


def announcement(deletion: Deletion) -> Iterator[str]:
    """Yield what would go, and what to think of before it does."""
    doomed = deletion.doomed
    trials, size = _trials(deletion.trials), numbers.size(deletion.bytes)
    yield (
        f"to delete: {_runs(len(doomed))}, {trials}, about {size}"
        if doomed
        else ("there is nothing to delete")
    )
    for one in doomed[:LISTED]:
        yield f"  {one.run.id}  {one.run.status}, {_trials(one.trials)}"
    if len(doomed) > LISTED:
        yield f"  and {numbers.count(len(doomed) - LISTED)} more, older ones"
    for run_id in sorted(deletion.baselines):
        yield (
            f"the baseline file was taken from {run_id}: gates then compare with its summary, "
            "no longer case by case, which takes more cases to decide"
        )
    if deletion.under_way:
        yield _stays(deletion.under_way)


def as_text(deleted: Deleted) -> str:
    """Say what has gone, for a terminal."""
    freed = "" if not deleted.bytes else f", {numbers.size(deleted.bytes)} freed"
    return f"deleted {_runs(len(deleted.runs))}, {_trials(deleted.trials)}{freed}\n"


def as_json(deleted: Deleted) -> str:
    """Write what has gone as one JSON document; `bytes` is null where no room came back."""
    return json_text(
        {
            "schema_version": 1,
            "deleted": {
                "runs": list(deleted.runs),
                "trials": deleted.trials,
                "bytes": deleted.bytes,
            },
            "under_way": list(deleted.under_way),
        }
    )


def remarks(deletion: Deletion, deleted: Deleted) -> Iterator[str]:
    """Yield what a person should know besides."""
    since = [run_id for run_id in deleted.under_way if run_id not in deletion.under_way]
    if since:
        yield _stays(since)
    if deleted.trouble:
        yield f"the file keeps its size: {deleted.trouble}"
        yield "new runs fill its room, or the next `llmopt runs delete` gives it back"
    if deleted.runs:
        yield "the response cache is left alone: `llmopt cache prune` makes that smaller"


def _stays(run_ids: tuple[str, ...] | list[str]) -> str:
    return f"under way in another process, so {_stay(len(run_ids))}: {', '.join(run_ids)}"


def _stay(count: int) -> str:
    return "it stays" if count == 1 else "they stay"


def _runs(count: int) -> str:
    return f"{numbers.count(count)} run{'' if count == 1 else 's'}"


def _trials(count: int) -> str:
    return f"{numbers.count(count)} trial{'' if count == 1 else 's'}"
