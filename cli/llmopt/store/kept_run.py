"""What the store keeps of one run, answered by SQLite: figures, replies, failures."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from llmopt.domain import (
    Call,
    Candidate,
    Measured,
    Outcomes,
    PerturbedOutcomes,
    Run,
    Trial,
    Usage,
)
from llmopt.store import rows
from llmopt.store.connection import translated
from llmopt.store.schema import RUNS
from llmopt.store.tallies import (
    Broken,
    JudgementsSeen,
    OddReplies,
    RepliesSeen,
    RoleTotal,
    StoredFailure,
    Tally,
)

ROW_BYTES = 70
"""About what a call or a trial takes in the file beside its texts."""


@dataclass(frozen=True, slots=True)
class KeptRun:
    """The calls and trials of one run; a run that is not in the store has none.

    Every method raises StoreError when the file cannot be read.
    """

    run: Run
    path: Path
    db: sqlite3.Connection
    number: int | None

    def measured(self) -> Iterator[tuple[int, int, Measured]]:
        """Yield number, fingerprint and what was measured of every trial."""
        for number, fingerprint, *measured in self._rows(
            "SELECT trial, fingerprint, score, cost, input_tokens + output_tokens"
            " FROM trials WHERE run = ?"
        ):
            yield number, fingerprint, Measured(*measured)

    def unjudged(self) -> dict[int, list[Call]]:
        """Return what the models said in the trials that failed at their judge."""
        found: dict[int, list[Call]] = {}
        for trial, *row in self._rows(
            f"SELECT trial, estimated, {rows.CALL_COLUMNS} FROM calls NATURAL JOIN"
            " (SELECT run, trial, estimated FROM trials WHERE failure_kind = 'judge')"
            " WHERE run = ? AND role = 'generation' ORDER BY trial, seq"
        ):
            found.setdefault(trial, []).append(rows.to_call(*row))
        return found

    def unfinished(self) -> dict[int, tuple[int, list[Call]]]:
        """Return what models said in trials that were cut off, each with its fingerprint.

        Whether tokens that nobody reported were counted exactly is not known of them.
        """
        found: dict[int, tuple[int, list[Call]]] = {}
        for trial, fingerprint, *row in self._rows(
            f"SELECT trial, fingerprint, 1, {rows.CALL_COLUMNS} FROM calls c WHERE run = ?"
            " AND role = 'generation' AND NOT EXISTS (SELECT 1 FROM trials t"
            " WHERE t.run = c.run AND t.trial = c.trial) ORDER BY trial, seq"
        ):
            found.setdefault(trial, (fingerprint, []))[1].append(rows.to_call(*row))
        return found

    def replies(self, candidates: Iterable[Candidate]) -> Iterator[tuple[int, str | None]]:
        """Yield what candidates replied in the end: a trial's number, None where it failed."""
        columns = ", ".join(f"c.{name}" for name in rows.CALL_COLUMNS.split(", "))
        indices = ", ".join(str(self._index(one)) for one in candidates)
        for trial, failure, estimated, *row in self._rows(
            f"SELECT t.trial, t.failure_kind, t.estimated, {columns} FROM trials t"
            f" {_WITH_FINAL_CALL} WHERE t.run = ? AND t.candidate IN ({indices})"
        ):
            said = None if failure or row[0] is None else rows.to_call(estimated, *row)
            yield trial, said.completion.answer if said else None

    def asked(self) -> Iterator[tuple[int, int, str, int]]:
        """Yield, of each trial, candidate and case (indices), the case's id, the fingerprint.

        Trials of perturbed cases are left out.
        """
        yield from self._rows(
            "SELECT candidate, case_index, case_id, fingerprint FROM trials"
            " WHERE run = ? AND perturbation IS NULL"
        )

    def outcomes(self) -> tuple[Outcomes, ...]:
        """Return the columns of the trials, one table per candidate."""
        found = self._rows(
            f"SELECT {rows.OUTCOME_COLUMNS} FROM trials"
            " WHERE run = ? AND perturbation IS NULL ORDER BY trial"
        )
        return rows.outcomes(self.run.candidates, found)

    def usages(self) -> dict[Candidate, list[Usage]]:
        """Return what each trial of `outcomes` used, in the same order."""
        found: dict[Candidate, list[Usage]] = {one: [] for one in self.run.candidates}
        for index, given, made, *cached in self._rows(
            "SELECT t.candidate, t.input_tokens, t.output_tokens, sum(c.cached_input_tokens),"
            " sum(c.cache_write_tokens) FROM trials t LEFT JOIN calls c ON c.run = t.run"
            " AND c.trial = t.trial AND c.role = 'generation'"
            " WHERE t.run = ? AND perturbation IS NULL GROUP BY t.trial ORDER BY t.trial"
        ):
            found[self.run.candidates[index]].append(Usage(given, made, *cached))
        return found

    def perturbed(self) -> tuple[PerturbedOutcomes, ...]:
        """Return the trials of perturbed cases, one table per candidate."""
        found = self._rows(
            "SELECT candidate, case_index, perturbation, score FROM trials"
            " WHERE run = ? AND perturbation IS NOT NULL ORDER BY trial"
        )
        return rows.perturbed(self.run.candidates, found)

    def broken(self, *, limit: int) -> dict[Candidate, list[Broken]]:
        """Return the cases that each candidate lost most on when they were perturbed."""
        found: dict[Candidate, list[Broken]] = {}
        for index, *rest in self._rows(_BROKEN):
            kept = found.setdefault(self.run.candidates[index], [])
            if len(kept) < limit:
                kept.append(Broken(*rest))
        return found

    def totals(self, *, perturbed: bool = False) -> Mapping[str, RoleTotal]:
        """Return what the calls add up to and what they spent, by role.

        With `perturbed`, only those of perturbed trials.
        """
        only = (
            " AND trial IN (SELECT trial FROM trials t"
            " WHERE t.run = calls.run AND perturbation IS NOT NULL)"
        )
        found = self._rows(
            "SELECT role, count(*),"
            " CASE WHEN count(coalesce(input_tokens, counted_input)) = count(*)"
            "      THEN sum(coalesce(input_tokens, counted_input)) END,"
            " CASE WHEN count(coalesce(output_tokens, counted_output)) = count(*)"
            "      THEN sum(coalesce(output_tokens, counted_output)) END,"
            f" CASE WHEN count({_SPENT}) = count(*) THEN sum({_SPENT}) END, sum(cached)"
            f" FROM calls WHERE run = ?{only if perturbed else ''} GROUP BY role"
        )
        return {role: RoleTotal(*figures) for role, *figures in found}

    def odd_replies(self) -> OddReplies:
        """Return how many replies to the candidates were none of the usual."""
        ((filtered, unmeasured),) = self._rows(
            "SELECT coalesce(sum(finish_reason = 'filter'), 0),"
            " coalesce(sum(cost IS NULL AND input_tokens IS NULL AND score IS NULL), 0)"
            " FROM calls WHERE run = ? AND role = 'generation'"
        )
        return OddReplies(filtered, unmeasured)

    def replies_seen(self) -> Mapping[Candidate, RepliesSeen]:
        """Return what is known of the replies to each candidate, where trials succeeded."""
        found = self._rows(
            "SELECT candidate, count(output_tokens), min(output_tokens), avg(output_tokens),"
            " max(output_tokens), avg(latency_ms) FROM trials"
            " WHERE run = ? AND failure_kind IS NULL GROUP BY candidate"
        )
        return {self.run.candidates[index]: RepliesSeen(*rest) for index, *rest in found}

    def judgements_seen(self) -> Mapping[tuple[Candidate, str], JudgementsSeen]:
        """Return what is known of the calls that judged each candidate, by judge's name."""
        found = self._rows(
            "SELECT t.candidate, c.model, count(*), count(c.output_tokens),"
            " min(c.output_tokens), sum(c.output_tokens), max(c.output_tokens),"
            " avg(c.latency_ms) FROM calls c JOIN trials t USING (run, trial)"
            " WHERE run = ? AND c.role = 'judge' AND t.failure_kind IS NULL"
            " GROUP BY t.candidate, c.model"
        )
        return {
            (self.run.candidates[index], model): JudgementsSeen(*rest)
            for index, model, *rest in found
        }

    def failures(self, *, limit: int | None = None) -> list[StoredFailure]:
        """Return the failed trials in the order of the plan."""
        found = self._rows(
            "SELECT candidate, case_id, failure_kind, failure_message, perturbation FROM trials"
            " WHERE run = ? AND failure_kind IS NOT NULL ORDER BY trial LIMIT ?",
            -1 if limit is None else limit,
        )
        return [StoredFailure(self.run.candidates[index], *rest) for index, *rest in found]

    def contradictions(self) -> tuple[int, int]:
        """Return how many replies a judge compared in both orders, and on how many it wavered."""
        ((asked, disagreed),) = self._rows(
            "SELECT count(disagreed), coalesce(sum(disagreed), 0) FROM trials WHERE run = ?"
        )
        return asked, disagreed

    def lowest(self, candidate: Candidate, *, limit: int) -> list[tuple[str, float, str]]:
        """Return the trials of a candidate that scored lowest: case, score, the scorer's reason."""
        found = self._rows(
            "SELECT case_id, score, reason FROM trials WHERE run = ? AND candidate = ?"
            " AND score < 1 AND perturbation IS NULL ORDER BY score, trial LIMIT ?",
            self._index(candidate),
            limit,
        )
        return [(case, score, reason) for case, score, reason in found]

    def tally(self) -> Tally:
        """Count the trials."""
        (found,) = self._rows(
            "SELECT count(*), count(failure_kind),"
            f" coalesce(sum(failure_kind IS NOT NULL AND NOT EXISTS ({_GENERATED})), 0),"
            " count(perturbation), coalesce(sum(estimated), 0) FROM trials t WHERE run = ?"
        )
        return Tally(*found)

    def trials(self) -> Iterator[Trial]:
        """Yield every trial with the calls that generated, in the order of the plan, one by one."""
        columns = ", ".join(f"c.{name}" for name in rows.CALL_COLUMNS.split(", "))
        found = self._rows(
            f"SELECT {rows.TRIAL_COLUMNS}, {columns} FROM trials t LEFT JOIN calls c"
            " ON c.run = t.run AND c.trial = t.trial AND c.role = 'generation'"
            " WHERE t.run = ? ORDER BY t.trial, c.seq"
        )
        for _, group in groupby(found, key=itemgetter(0)):
            yield rows.to_trial(self.run.candidates, list(group))

    def table(self) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Return column names and rows of every trial with its final reply, for data frames."""
        names = [*Candidate._fields, *_FRAME_COLUMNS]
        found = self._rows(
            f"SELECT t.candidate, {', '.join(_FRAME_COLUMNS.values())} FROM trials t"
            f" {_WITH_FINAL_CALL} WHERE t.run = ? ORDER BY t.trial"
        )
        return names, ((*self.run.candidates[index], *rest) for index, *rest in found)

    def _index(self, candidate: Candidate) -> int:
        return self.run.candidates.index(candidate)

    def _rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query whose first value is the run's number."""
        with translated(self.path, RUNS):
            for row in self.db.execute(query, (self.number, *values)):  # noqa: UP028
                yield row  # `yield from` would close the cursor of a store closed before


def room(db: sqlite3.Connection, run_id: str) -> int:
    """Return about how many bytes of the file a run takes: its texts, and what its rows need."""
    texts = {
        "calls": "coalesce(text, '') || coalesce(tool_calls, '') || model"
        " || coalesce(provider_id, '')",
        "trials": "case_id || coalesce(case_group, '') || coalesce(perturbed, '')"
        " || coalesce(reason, '') || coalesce(failure_message, '')",
    }
    parts = (
        f"SELECT sum(length(CAST({text} AS BLOB)) + {ROW_BYTES}) AS n FROM {table} WHERE run ="
        " (SELECT number FROM runs WHERE id = :id)"
        for table, text in texts.items()
    )
    query = (
        f"SELECT coalesce(sum(n), 0) FROM ({' UNION ALL '.join(parts)}"
        " UNION ALL SELECT length(CAST(candidates || snapshot AS BLOB)) FROM runs WHERE id = :id)"
    )
    return int(db.execute(query, {"id": run_id}).fetchone()[0])


_GENERATED = (
    "SELECT 1 FROM calls c WHERE c.run = t.run AND c.trial = t.trial AND c.role = 'generation'"
)
_REPLY = (
    "(SELECT text FROM calls WHERE run = {0}.run AND trial = {0}.trial"
    " AND role = 'generation' ORDER BY seq DESC LIMIT 1)"
)
_BROKEN = (
    "SELECT p.candidate, p.case_id, p.perturbation, p.perturbed, b.score, p.score,"
    f" {_REPLY.format('b')}, {_REPLY.format('p')} FROM trials p"
    " JOIN trials b ON b.run = p.run AND b.candidate = p.candidate"
    "  AND b.case_index = p.case_index AND b.repeat = p.repeat AND b.perturbation IS NULL"
    " WHERE p.run = ?"
    " AND p.perturbation IS NOT NULL AND p.score < b.score ORDER BY p.score - b.score, p.trial"
)
_WITH_FINAL_CALL = (
    "LEFT JOIN calls c ON c.run = t.run AND c.trial = t.trial AND c.seq ="
    " (SELECT max(seq) FROM calls l WHERE l.run = t.run AND l.trial = t.trial"
    "  AND l.role = 'generation')"
)
_SPENT = "CASE WHEN cached THEN 0.0 ELSE cost END"
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
