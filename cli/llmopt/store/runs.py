from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from llmopt.domain import (
    Candidate,
    Run,
    RunStatus,
)
from llmopt.errors import MissingError, StoreError
from llmopt.store import rows
from llmopt.store.cache_upkeep import compact, size
from llmopt.store.connection import Closing, connect, transaction, translated
from llmopt.store.damage import is_damage, set_aside
from llmopt.store.kept_run import KeptRun, room
from llmopt.store.running import is_under_way, under_way
from llmopt.store.schema import RUNS


class RunStore(Closing):
    """The runs of a project, in one SQLite file.

    Every method raises StoreError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = connect(path, RUNS)

    @classmethod
    def fit_for_writing(
        cls, path: Path, *, now: Callable[[], datetime], notice: Callable[[str], None]
    ) -> Self:
        """Open a store that runs are to be added to; one that is damaged is set aside.

        `notice` is told under which name: its runs are in nobody's list any more, and a
        new store begins.

        Raises:
            StoreError: the file cannot be used for another reason.
        """
        try:
            return cls(path).sound()
        except StoreError as error:
            if not is_damage(error):
                raise
        with translated(path, RUNS):
            aside = set_aside(path, now())
        notice(f"the run store was damaged and is set aside as {aside}; a new one begins")
        return cls(path)

    def sound(self) -> Self:
        """Look through the whole file, and close it if it is damaged.

        Raises:
            StoreError: it is.
        """
        try:
            with translated(self.path, RUNS):
                found: str = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
                if found != "ok":
                    broken = sqlite3.DatabaseError(f"database disk image is malformed: {found}")
                    broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                    raise broken
        except StoreError:
            self._db.close()
            raise
        return self

    def close(self) -> None:
        self._db.close()

    def create(self, run: Run) -> int:
        """Note a run that begins; return its number, by which rows refer to it."""
        with translated(self.path, RUNS):
            cursor = self._db.execute(
                f"INSERT INTO runs ({_RUN_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    run.status,
                    run.started_at,
                    run.finished_at,
                    run.seed,
                    json.dumps(run.candidates),
                    json.dumps([run.candidates.index(c) for c in run.baselines.values()]),
                    json.dumps(run.snapshot, sort_keys=True),
                ),
            )
        number = cursor.lastrowid
        assert number is not None  # noqa: S101 - an INSERT into a rowid table always has one
        return number

    def write(self, calls: Iterable[rows.Row], trials: Iterable[rows.Row]) -> None:
        """Store a batch of rows in one transaction."""
        with translated(self.path, RUNS), transaction(self._db):
            self._db.executemany(rows.INSERT_CALL, calls)
            self._db.executemany(rows.INSERT_TRIAL, trials)

    def finish(
        self,
        run_id: str,
        status: RunStatus,
        finished_at: str,
        *,
        retries: Mapping[str, Mapping[str, Any]] | None = None,
        budget: Mapping[str, Any] | None = None,
    ) -> None:
        """Note how a run ended.

        `retries` says how often each model was asked again, `budget` what the run spent
        of a limit that it had.
        """
        with translated(self.path, RUNS):
            self._db.execute(
                "UPDATE runs SET status = ?, finished_at = ?,"
                " snapshot = json_set(snapshot, '$.retries', json(?), '$.budget', json(?))"
                " WHERE id = ?",
                (status, finished_at, json.dumps(retries or {}), json.dumps(budget), run_id),
            )

    def reopen(
        self,
        run: Run,
        forget: Iterable[int],
        replies: Container[int] = (),
        moved: Mapping[int, tuple[int, int]] | None = None,
    ) -> int:
        """Make a kept run go on, without the trials to `forget`; return its number.

        Their calls, and those whose trial was cut off before it was scored, stay as what they
        cost: under the role `retries`. Only what models said in the trials of `replies` stays
        as it is. `moved` gives trials another number and index of their case; `forget` has
        the numbers before, `replies` those after.

        Raises:
            MissingError: it has been deleted since it was found.
        """
        with translated(self.path, RUNS):
            found = self._db.execute("SELECT number FROM runs WHERE id = ?", (run.id,)).fetchone()
            if found is None:
                raise MissingError(f"run {run.id} has just been deleted", hint="start a new one")
            number = found[0]
            with transaction(self._db):
                self._db.executemany(
                    f"DELETE FROM trials WHERE run = {number} AND trial = ?",
                    ((trial,) for trial in list(forget)),
                )
                self._move(number, moved or {})
                loose = self._db.execute(_LOOSE, (number, number)).fetchall()
                over = [
                    (number, trial, seq)
                    for trial, seq, role in loose
                    if role != "generation" or trial not in replies
                ]
                self._db.executemany(_WITHDRAW_FREE, over)
                self._db.executemany(_WITHDRAW, over)
                self._db.execute("UPDATE runs SET status = 'running' WHERE number = ?", (number,))
        return int(number)

    def _move(self, run: int, moved: Mapping[int, tuple[int, int]]) -> None:
        """Give trials and their calls new numbers; calls of no trial that are in the way, any."""
        if not moved:
            return
        targets = {number for number, _ in moved.values()}
        known = {trial for (trial,) in self._db.execute(_NUMBERS, (run,))}
        aside = (known & targets) - set(moved)
        # Below all others first: two may change places.
        free = count(min(known, default=0) - 1, -1)
        passing = {old: next(free) for old in (*moved, *aside)}
        for table in ("calls", "trials"):
            renumber = f"UPDATE {table} SET trial = ? WHERE run = {run} AND trial = ?"
            self._db.executemany(renumber, ((new, old) for old, new in passing.items()))
            self._db.executemany(renumber, ((moved[old][0], passing[old]) for old in moved))
        self._db.executemany(
            f"UPDATE trials SET case_index = ? WHERE run = {run} AND trial = ?",
            ((index, number) for number, index in moved.values()),
        )

    def room(self, run: Run) -> int:
        """Return about how many bytes of the file a run takes."""
        with translated(self.path, RUNS):
            return room(self._db, run.id)

    def delete(self, run: Run) -> None:
        """Remove a run with its trials and calls; the file keeps its size until `compact`.

        Raises:
            UnderWayError: another process runs its trials.
        """
        with (
            under_way(self.path, run.id),
            translated(self.path, RUNS),
            transaction(self._db),
        ):
            self._db.execute("DELETE FROM runs WHERE id = ?", (run.id,))

    def size(self) -> int:
        """Return the bytes of the file."""
        with translated(self.path, RUNS):
            return size(self._db)

    def unused(self) -> int:
        """Return the bytes of the file that deleted runs have left."""
        with translated(self.path, RUNS):
            (pages,) = self._db.execute("PRAGMA freelist_count").fetchone()
            (page_size,) = self._db.execute("PRAGMA page_size").fetchone()
        return int(pages * page_size)

    def compact(self) -> None:
        """Give the room of deleted runs back to the disk."""
        with translated(self.path, RUNS):
            compact(self._db)

    def runs(self, *, limit: int | None = None) -> Iterator[tuple[Run, int, int]]:
        """Yield runs, newest first, each with the number of its trials and of the failed ones."""
        with translated(self.path, RUNS):
            yield from (
                (self._read(row[2:]), row[0], row[1])
                for row in self._db.execute(
                    "SELECT (SELECT count(*) FROM trials WHERE run = number),"
                    " (SELECT count(failure_kind) FROM trials WHERE run = number),"
                    f" {_RUN_COLUMNS} FROM runs ORDER BY number DESC LIMIT ?",
                    (-1 if limit is None else limit,),
                )
            )

    def holds(self, run_id: str) -> bool:
        """Tell whether whoever opens the file now finds the run.

        Somebody may have deleted, replaced or overwritten it since this store was opened:
        an open file is written to all the same.
        """
        try:
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as anew:
                found = anew.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone()
        except sqlite3.Error:
            return False
        return found is not None

    def of(self, run: Run) -> KeptRun:
        """Return what is kept of a run."""
        with translated(self.path, RUNS):
            found = self._db.execute("SELECT number FROM runs WHERE id = ?", (run.id,)).fetchone()
        return KeptRun(run, self.path, self._db, found[0] if found else None)

    def find(self, run_id: str) -> Run:
        """Return the run of that id, of a unique beginning of it, or the newest (`latest`).

        Raises:
            MissingError: there is no such run, or the beginning fits several.
        """
        where = ("1", ()) if run_id == "latest" else ("id GLOB ? || '*'", (_escape(run_id),))
        with translated(self.path, RUNS):
            found = self._db.execute(
                f"SELECT {_RUN_COLUMNS} FROM runs WHERE {where[0]} ORDER BY number DESC LIMIT 2",
                where[1],
            ).fetchall()
        if not found:
            raise MissingError(
                f"no run '{run_id}' in {self.path}", hint="`llmopt runs list` shows what there is"
            )
        exact = [row for row in found if row[0] == run_id]
        if len(found) > 1 and run_id != "latest" and not exact:
            raise MissingError(f"'{run_id}' fits several runs", hint="give more of the id")
        return self._read((exact or found)[0])

    def _read(self, row: sqlite3.Row | tuple[Any, ...]) -> Run:
        """Make the run of a row; one whose process was killed is partial, like any cut short."""
        run_id, status, started_at, finished_at, seed, names, baselines, snapshot = row
        candidates = tuple(Candidate(*name) for name in json.loads(names))
        killed = status == "running" and not is_under_way(self.path, run_id)
        return Run(
            id=run_id,
            status="partial" if killed else status,
            started_at=started_at,
            finished_at=finished_at,
            seed=seed,
            candidates=candidates,
            baselines={candidates[i].prompt: candidates[i] for i in json.loads(baselines)},
            snapshot=json.loads(snapshot),
        )


_LOOSE = (
    "SELECT trial, seq, role FROM calls WHERE run = ? AND role != 'retries'"
    " AND trial NOT IN (SELECT trial FROM trials WHERE run = ?) ORDER BY trial, seq"
)
_NUMBERS = "SELECT DISTINCT trial FROM calls WHERE run = ?"
_ONE_CALL = "run = ? AND trial = ? AND seq = ?"
_WITHDRAW_FREE = f"DELETE FROM calls WHERE {_ONE_CALL} AND cached"
_WITHDRAW = (
    "UPDATE calls SET role = 'retries', seq = (SELECT min(seq, 0) FROM"
    " (SELECT min(seq) AS seq FROM calls o WHERE o.run = calls.run AND o.trial = calls.trial)) - 1"
    f" WHERE {_ONE_CALL}"
)
_RUN_COLUMNS = "id, status, started_at, finished_at, seed, candidates, baselines, snapshot"


def _escape(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
