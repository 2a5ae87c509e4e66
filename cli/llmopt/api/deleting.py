"""Deleting kept runs: which, what goes with them, and the room that comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmopt.domain import Run
from llmopt.errors import LlmoptError, StoreError, UnderWayError
from llmopt.files.loading import find_root
from llmopt.gate.baseline_file import BASELINE_NAME, read_baseline
from llmopt.report.deleted import Deleted, Deletion, Doomed
from llmopt.store.running import any_under_way, is_under_way
from llmopt.store.runs import RunStore


def choose(store: RunStore, run_ids: Sequence[str], start: Path) -> Deletion:
    """Look up runs that are to go, by their ids, beginnings of them, or `latest`.

    Raises:
        MissingError: one is not there, or its beginning fits several.
        UnderWayError: another process is running one.
    """
    found = {run.id: run for run in map(store.find, run_ids)}
    for run_id in found:
        if is_under_way(store.path, run_id):
            raise UnderWayError(
                f"run {run_id} is under way in another process, so nothing was deleted",
                hint="wait until it has ended, or leave it out",
            )
    return _weighed(store, list(found.values()), start)


def choose_old(
    store: RunStore,
    start: Path,
    *,
    older_than: timedelta | None = None,
    keep: int = 0,
    now: datetime | None = None,
) -> Deletion:
    """Choose the runs that began longer ago than that, but never one of the newest `keep`."""
    runs = [run for run, *_ in store.runs()][keep:]
    if older_than is not None:
        latest = (now or datetime.now(UTC)) - older_than
        runs = [run for run in runs if datetime.fromisoformat(run.started_at) < latest]
    held = tuple(run.id for run in runs if is_under_way(store.path, run.id))
    chosen = _weighed(store, [run for run in runs if run.id not in held], start)
    return replace(chosen, under_way=held)


def delete(store: RunStore, deletion: Deletion) -> Deleted:
    """Delete the runs one by one, and give their room back unless that would disturb a run.

    Room that an earlier deletion could not give back is given back, too.

    Raises:
        StoreError: the store cannot be written; runs that had gone by then stay gone.
    """
    before = store.size()
    gone: list[Doomed] = []
    held = list(deletion.under_way)
    for one in deletion.doomed:
        try:
            store.delete(one.run)
        except UnderWayError:  # since it was chosen
            held.append(one.run.id)
        else:
            gone.append(one)
    trouble = _compacted(store) if gone or store.unused() else None
    return Deleted(
        runs=tuple(one.run.id for one in gone),
        trials=sum(one.trials for one in gone),
        bytes=None if trouble else before - store.size(),
        under_way=tuple(held),
        trouble=trouble,
    )


def _compacted(store: RunStore) -> str | None:
    """Make the file smaller; say why it was not."""
    if any_under_way(store.path):
        return "a run is under way, which rewriting the file would hold up"
    try:
        store.compact()
    except StoreError as error:
        return error.message
    return None


def _weighed(store: RunStore, runs: Sequence[Run], start: Path) -> Deletion:
    named = _baselines(start)
    return Deletion(
        doomed=tuple(Doomed(run, store.of(run).tally().trials, store.room(run)) for run in runs),
        baselines=frozenset(run.id for run in runs) & frozenset(named),
    )


def _baselines(start: Path) -> Iterator[str]:
    """Yield the runs that the baseline file names; one that cannot be read names none."""
    root = find_root(start)[0]
    try:
        entries = read_baseline(root / BASELINE_NAME, root).entries.values()
    except LlmoptError:
        return
    yield from (entry.run.id for entry in entries if entry.run)
