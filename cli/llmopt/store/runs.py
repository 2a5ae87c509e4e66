from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from llmopt.domain import (
    Call,
    Candidate,
    Measured,
    Outcomes,
    Perturbation,
    PerturbedOutcomes,
    Run,
    RunStatus,
)
from llmopt.errors import MissingError, StoreError
from llmopt.store import rows
from llmopt.store.connection import Closing, connect, transaction, translated
from llmopt.store.damage import is_damage, set_aside
from llmopt.store.schema import RUNS


class RoleTotal(NamedTuple):
    """What the calls of one role add up to; a total with an unknown part is None.

    `calls` and the tokens count every call, those that the response cache answered
    (`cached` of them) included. `cost` is what the run spent, in dollars: a cached
    call adds 0 to it, also where its original cost is unknown. What a candidate
    costs is another question: its figures take cached calls at their original cost.
    """

    calls: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    cached: int = 0


class RepliesSeen(NamedTuple):
    """Trials whose reply's length is known: how many, output tokens a trial, milliseconds."""

    trials: int
    least: int | None
    mean: float | None
    most: int | None
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class StoredFailure:
    """One failed trial, as reports list it."""

    candidate: Candidate
    case: str
    kind: str
    message: str
    perturbation: Perturbation | None = None


class Broken(NamedTuple):
    """A case that scored lower when it was perturbed; `perturbed` is JSON: variable, value."""

    case: str
    perturbation: Perturbation
    perturbed: str
    plain_score: float
    score: float
    plain_reply: str | None
    reply: str | None


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

    def kept(self, run: Run) -> Iterator[tuple[int, int, Measured]]:
        """Yield number, fingerprint and what was measured of every trial of a run."""
        with translated(self.path, RUNS):
            yield from (
                (number, fingerprint, Measured(*measured))
                for number, fingerprint, *measured in self._db.execute(
                    "SELECT trial, fingerprint, score, cost, input_tokens + output_tokens"
                    " FROM trials WHERE run = (SELECT number FROM runs WHERE id = ?)",
                    (run.id,),
                )
            )

    def unjudged(self, run: Run) -> dict[int, list[Call]]:
        """Return what the models said in the trials of a run that failed at their judge."""
        found: dict[int, list[Call]] = {}
        with translated(self.path, RUNS):
            for trial, *row in self._db.execute(
                f"SELECT trial, estimated, {rows.CALL_COLUMNS} FROM calls NATURAL JOIN"
                " (SELECT run, trial, estimated FROM trials WHERE failure_kind = 'judge')"
                " WHERE run = (SELECT number FROM runs WHERE id = ?) AND role = 'generation'"
                " ORDER BY trial, seq",
                (run.id,),
            ):
                found.setdefault(trial, []).append(rows.to_call(*row))
        return found

    def replies(
        self, run: Run, candidates: Iterable[Candidate]
    ) -> Iterator[tuple[int, str | None]]:
        """Yield what candidates replied in the end: a trial's number, None where it failed."""
        columns = ", ".join(f"c.{name}" for name in rows.CALL_COLUMNS.split(", "))
        indices = ", ".join(str(run.candidates.index(one)) for one in candidates)
        with translated(self.path, RUNS):
            for trial, failure, estimated, *row in self._db.execute(
                f"SELECT t.trial, t.failure_kind, t.estimated, {columns} FROM trials t"
                f" {_WITH_FINAL_CALL} WHERE t.run = (SELECT number FROM runs WHERE id = ?)"
                f" AND t.candidate IN ({indices})",
                (run.id,),
            ):
                said = None if failure or row[0] is None else rows.to_call(estimated, *row)
                yield trial, said.completion.answer if said else None

    def asked(self, run: Run) -> Iterator[tuple[int, int, str, int]]:
        """Yield, of each trial, candidate and case (indices), the case's id, the fingerprint.

        Trials of perturbed cases are left out.
        """
        with translated(self.path, RUNS):
            yield from self._db.execute(
                "SELECT candidate, case_index, case_id, fingerprint FROM trials"
                " WHERE run = (SELECT number FROM runs WHERE id = ?) AND perturbation IS NULL",
                (run.id,),
            )

    def reopen(self, run: Run, forget: Iterable[int]) -> int:
        """Make a kept run go on, without the trials to `forget`; return its number."""
        with translated(self.path, RUNS):
            ((number,),) = self._db.execute("SELECT number FROM runs WHERE id = ?", (run.id,))
            with transaction(self._db):
                for table in ("calls", "trials"):
                    self._db.executemany(
                        f"DELETE FROM {table} WHERE run = {number} AND trial = ?",
                        ((trial,) for trial in list(forget)),
                    )
                # A call without its trial was cut off before it was scored.
                self._db.execute(
                    f"DELETE FROM calls WHERE run = {number} AND trial NOT IN"
                    f" (SELECT trial FROM trials WHERE run = {number})"
                )
                self._db.execute("UPDATE runs SET status = 'running' WHERE number = ?", (number,))
        return int(number)

    def runs(self, *, limit: int | None = None) -> Iterator[tuple[Run, int, int]]:
        """Yield runs, newest first, each with the number of its trials and of the failed ones."""
        with translated(self.path, RUNS):
            yield from (
                (_run(row[2:]), row[0], row[1])
                for row in self._db.execute(
                    "SELECT (SELECT count(*) FROM trials WHERE run = number),"
                    " (SELECT count(failure_kind) FROM trials WHERE run = number),"
                    f" {_RUN_COLUMNS} FROM runs ORDER BY number DESC LIMIT ?",
                    (-1 if limit is None else limit,),
                )
            )

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
        return _run((exact or found)[0])

    def outcomes(self, run: Run) -> tuple[Outcomes, ...]:
        """Return the columns of a run's trials, one table per candidate."""
        with translated(self.path, RUNS):
            return rows.outcomes(
                run.candidates,
                self._db.execute(
                    f"SELECT {rows.OUTCOME_COLUMNS} FROM trials"
                    " WHERE run = (SELECT number FROM runs WHERE id = ?)"
                    " AND perturbation IS NULL ORDER BY trial",
                    (run.id,),
                ),
            )

    def perturbed(self, run: Run) -> tuple[PerturbedOutcomes, ...]:
        """Return the trials of perturbed cases, one table per candidate."""
        with translated(self.path, RUNS):
            return rows.perturbed(
                run.candidates,
                self._db.execute(
                    "SELECT candidate, case_index, perturbation, score FROM trials"
                    " WHERE run = (SELECT number FROM runs WHERE id = ?)"
                    " AND perturbation IS NOT NULL ORDER BY trial",
                    (run.id,),
                ),
            )

    def broken(self, run: Run, *, limit: int) -> dict[Candidate, list[Broken]]:
        """Return the cases that each candidate lost most on when they were perturbed."""
        found: dict[Candidate, list[Broken]] = {}
        with translated(self.path, RUNS):
            for index, *rest in self._db.execute(_BROKEN, (run.id,)):
                kept = found.setdefault(run.candidates[index], [])
                if len(kept) < limit:
                    kept.append(Broken(*rest))
        return found

    def totals(self, run: Run, *, perturbed: bool = False) -> Mapping[str, RoleTotal]:
        """Return what the run's calls add up to and what they spent, by role.

        With `perturbed`, only those of perturbed trials.
        """
        only = (
            " AND trial IN (SELECT trial FROM trials t"
            " WHERE t.run = calls.run AND perturbation IS NOT NULL)"
        )
        with translated(self.path, RUNS):
            found = self._db.execute(
                "SELECT role, count(*),"
                " CASE WHEN count(coalesce(input_tokens, counted_input)) = count(*)"
                "      THEN sum(coalesce(input_tokens, counted_input)) END,"
                " CASE WHEN count(coalesce(output_tokens, counted_output)) = count(*)"
                "      THEN sum(coalesce(output_tokens, counted_output)) END,"
                f" CASE WHEN count({_SPENT}) = count(*) THEN sum({_SPENT}) END, sum(cached)"
                " FROM calls WHERE run = (SELECT number FROM runs WHERE id = ?)"
                f"{only if perturbed else ''} GROUP BY role",
                (run.id,),
            ).fetchall()
        return {role: RoleTotal(*figures) for role, *figures in found}

    def replies_seen(self, run: Run) -> Mapping[Candidate, RepliesSeen]:
        """Return what is known of the replies to a run's candidates, where trials succeeded."""
        with translated(self.path, RUNS):
            found = self._db.execute(
                "SELECT candidate, count(output_tokens), min(output_tokens), avg(output_tokens),"
                " max(output_tokens), avg(latency_ms) FROM trials"
                " WHERE run = (SELECT number FROM runs WHERE id = ?)"
                " AND failure_kind IS NULL GROUP BY candidate",
                (run.id,),
            ).fetchall()
        return {run.candidates[index]: RepliesSeen(*rest) for index, *rest in found}

    def failures(self, run: Run, *, limit: int | None = None) -> list[StoredFailure]:
        """Return the failed trials in the order of the plan."""
        with translated(self.path, RUNS):
            found = self._db.execute(
                "SELECT candidate, case_id, failure_kind, failure_message, perturbation"
                " FROM trials"
                " WHERE run = (SELECT number FROM runs WHERE id = ?)"
                " AND failure_kind IS NOT NULL ORDER BY trial LIMIT ?",
                (run.id, -1 if limit is None else limit),
            ).fetchall()
        return [StoredFailure(run.candidates[index], *rest) for index, *rest in found]

    def contradictions(self, run: Run) -> tuple[int, int]:
        """Return how many replies a judge compared in both orders, and on how many it wavered."""
        with translated(self.path, RUNS):
            ((asked, disagreed),) = self._db.execute(
                "SELECT count(disagreed), coalesce(sum(disagreed), 0) FROM trials"
                " WHERE run = (SELECT number FROM runs WHERE id = ?)",
                (run.id,),
            )
        return asked, disagreed

    def lowest(self, run: Run, candidate: Candidate, *, limit: int) -> list[tuple[str, float, str]]:
        """Return the trials of a candidate that scored lowest: case, score, the scorer's reason."""
        with translated(self.path, RUNS):
            return self._db.execute(
                "SELECT case_id, score, reason FROM trials"
                " WHERE run = (SELECT number FROM runs WHERE id = ?) AND candidate = ?"
                " AND score < 1 AND perturbation IS NULL ORDER BY score, trial LIMIT ?",
                (run.id, run.candidates.index(candidate), limit),
            ).fetchall()

    def table(self, run: Run) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Return column names and rows of every trial with its final reply, for data frames."""
        names = [*Candidate._fields, *_FRAME_COLUMNS]
        with translated(self.path, RUNS):
            cursor = self._db.execute(
                f"SELECT t.candidate, {', '.join(_FRAME_COLUMNS.values())} FROM trials t"
                f" {_WITH_FINAL_CALL}"
                " WHERE t.run = (SELECT number FROM runs WHERE id = ?) ORDER BY t.trial",
                (run.id,),
            )
        return names, ((*run.candidates[index], *rest) for index, *rest in cursor)


_REPLY = (
    "(SELECT text FROM calls WHERE run = {0}.run AND trial = {0}.trial"
    " AND role = 'generation' ORDER BY seq DESC LIMIT 1)"
)
_BROKEN = (
    "SELECT p.candidate, p.case_id, p.perturbation, p.perturbed, b.score, p.score,"
    f" {_REPLY.format('b')}, {_REPLY.format('p')} FROM trials p"
    " JOIN trials b ON b.run = p.run AND b.candidate = p.candidate"
    "  AND b.case_index = p.case_index AND b.repeat = p.repeat AND b.perturbation IS NULL"
    " WHERE p.run = (SELECT number FROM runs WHERE id = ?)"
    " AND p.perturbation IS NOT NULL AND p.score < b.score ORDER BY p.score - b.score, p.trial"
)
_WITH_FINAL_CALL = (
    "LEFT JOIN calls c ON c.run = t.run AND c.trial = t.trial AND c.seq ="
    " (SELECT max(seq) FROM calls l WHERE l.run = t.run AND l.trial = t.trial"
    "  AND l.role = 'generation')"
)
_SPENT = "CASE WHEN cached THEN 0.0 ELSE cost END"
_RUN_COLUMNS = "id, status, started_at, finished_at, seed, candidates, baselines, snapshot"
_FRAME_COLUMNS = {
    "case": "t.case_id",
    "repeat": "t.repeat",
    "perturbation": "t.perturbation",
    "score": "t.score",
    "reason": "t.reason",
    "response": "c.text",
    "input_tokens": "t.input_tokens",
    "output_tokens": "t.output_tokens",
    "cached_input_tokens": "c.cached_input_tokens",
    "counted_input_tokens": "c.counted_input",
    "counted_output_tokens": "c.counted_output",
    "cost": "t.cost",
    "latency_ms": "t.latency_ms",
    "first_token_ms": "t.first_token_ms",
    "finish_reason": "c.finish_reason",
    "tool_calls": "c.tool_calls",
    "service_tier": "c.service_tier",
    "cached": "c.cached",
    "failure_kind": "t.failure_kind",
    "failure_message": "t.failure_message",
}


def _run(row: sqlite3.Row | tuple[Any, ...]) -> Run:
    run_id, status, started_at, finished_at, seed, names, baselines, snapshot = row
    candidates = tuple(Candidate(*name) for name in json.loads(names))
    return Run(
        id=run_id,
        status=status,
        started_at=started_at,
        finished_at=finished_at,
        seed=seed,
        candidates=candidates,
        baselines={candidates[i].prompt: candidates[i] for i in json.loads(baselines)},
        snapshot=json.loads(snapshot),
    )


def _escape(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
