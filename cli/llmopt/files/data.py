"""Rows of a CSV or JSONL file as test cases."""

from __future__ import annotations

import os
import re
import threading
import weakref
from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from llmopt.domain import Case, CaseLimits, Place, ScorerSpec
from llmopt.errors import InputError, Problem
from llmopt.files.cases import SHOWN, Shape, Shapes, note_labels
from llmopt.files.problems import Report, kind_of, plural
from llmopt.files.robustness import Choice
from llmopt.files.rows import Row, RowFormat, UnreadableError
from llmopt.files.scoring import as_text, misfit, needing_expectation, wants_text


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column serves what, and what all rows share."""

    id: str | None
    vars: Mapping[str, str] | None  # None: every column that serves nothing else
    expect: str | None
    tags: str | None
    group: str | None
    score: ScorerSpec
    shared_vars: Mapping[str, Any] = field(default_factory=dict)
    shared_tags: tuple[str, ...] = ()
    shared_group: str | None = None
    robustness: Choice | None = None
    limits: CaseLimits | None = None

    def named(self) -> dict[str, tuple[str, ...]]:
        """The columns that must be there, each with its place under the `data` entry."""
        own = {key: getattr(self, key) for key in ("id", "expect", "tags", "group")}
        named = {column: (key,) for key, column in own.items() if column is not None}
        return named | {column: ("vars", name) for name, column in (self.vars or {}).items()}


class Fields(NamedTuple):
    """What a row says about its case."""

    id: str
    vars: dict[str, Any]
    expect: Any
    tags: tuple[str, ...]
    group: str | None


class RowError(Exception):
    """A row that makes no case; `column` where that column is missing from it."""

    def __init__(self, message: str, *, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class CaseMaker:
    """Makes cases of rows; one for all rows of a file."""

    def __init__(self, columns: Columns, file: str) -> None:
        self._columns = columns
        self._file = file
        self._served = {column for column, where in columns.named().items() if len(where) == 1}
        self._needs = needing_expectation(columns.score)
        self._reads_more = not {"numeric", "regex"}.isdisjoint(self._needs)
        self._wants_text = wants_text(columns.score)

    def fields(self, row: Mapping[str, Any], number: int) -> Fields:
        """Read row `number`, counted from 1.

        Raises:
            RowError: the row makes no case.
        """
        columns = self._columns
        identity = f"{self._file}:{number}"
        if columns.id is not None:
            identity = self._text(row, columns.id)
            if not identity:
                raise RowError(f"has no id in column '{columns.id}'")
        group = columns.shared_group
        if columns.group is not None:
            group = self._text(row, columns.group) or group
        return Fields(identity, self._vars(row), self._expect(row), self._tags(row), group)

    def check_robustness(self, values: Mapping[str, Any]) -> None:
        """Check that what is to be perturbed can be.

        Raises:
            RowError: a variable's value does not fit its perturbations.
        """
        chosen = self._columns.robustness
        misfit = chosen.misfit(values) if chosen and chosen.named else None
        if misfit:
            raise RowError(f"has values that 'robustness' does not fit: {misfit[1]}")

    def _vars(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if self._columns.vars is None:
            own = {name: value for name, value in row.items() if name not in self._served}
        else:
            own = {name: _cell(row, column) for name, column in self._columns.vars.items()}
        return {**self._columns.shared_vars, **own} if self._columns.shared_vars else own

    def _expect(self, row: Mapping[str, Any]) -> object:
        column = self._columns.expect
        if column is None:
            return None
        value = _cell(row, column)
        if value is None or value == "":
            if self._needs:
                raise RowError(
                    f"has no expectation in column '{column}', which scorer"
                    f" '{self._needs[0]}' needs"
                )
            return None
        if self._wants_text:
            value = as_text(value)
        # Text fits all scorers but those that read more into it; most rows hold text.
        fits = isinstance(value, str) and not self._reads_more
        reason = None if fits else misfit(self._columns.score, value)
        if reason:
            raise RowError(f"has an unfit expectation: {reason}")
        return value

    def _tags(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        if self._columns.tags is None:
            return self._columns.shared_tags
        value = _cell(row, self._columns.tags)
        tags = value if isinstance(value, list) else re.split(r"[,;]", str(value or ""))
        if not all(isinstance(tag, str) for tag in tags):
            raise RowError(f"column '{self._columns.tags}' must hold tags")
        own = [tag.strip() for tag in tags if tag.strip()]
        return tuple(dict.fromkeys([*self._columns.shared_tags, *own]))

    def _text(self, row: Mapping[str, Any], column: str) -> str:
        value = as_text(_cell(row, column))
        if value is not None and not isinstance(value, str):
            raise RowError(f"column '{column}' must hold text, found {kind_of(value)}")
        return (value or "").strip()


def _cell(row: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return row[column]
    except KeyError:
        raise RowError(f"has no '{column}'", column=column) from None


class Table:
    """The cases of one data file; keeps where its rows are, not the rows."""

    def __init__(self, path: Path, name: str, rows: RowFormat, columns: Columns) -> None:
        self.name = name
        self.rows = rows
        self.columns = columns
        self.maker = CaseMaker(columns, path.name)
        self.ids = array("q")
        self.labels: dict[str, None] = {}
        self.shapes: Shapes = {}
        self.scorers = {id(columns.score): columns.score}
        self._path = path
        self._offsets = array("Q")
        self._ends = array("Q")
        self._lines = array("Q")
        self._stream: BinaryIO | None = None
        self._stamp: tuple[int, int] | None = None
        self._lock = threading.Lock()

    @property
    def limited(self) -> bool:
        """Whether the rows have limits."""
        return self.columns.limits is not None

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, row: Row) -> None:
        """Take a row in.

        Raises:
            RowError: the row makes no case; it is left out.
        """
        fields = self.maker.fields(row.values, len(self) + 1)
        self.maker.check_robustness(fields.vars)
        self._offsets.append(row.offset)
        self._ends.append(row.end)
        self._lines.append(row.line)
        self.ids.append(hash(fields.id))
        note_labels(self.labels, fields.expect)
        names = frozenset(fields.vars)
        shape = self.shapes.get(names) or self.shapes.setdefault(names, Shape())
        shape.count += 1
        if len(shape.first) < SHOWN:
            shape.first.append((fields.id, Place(self.name, row.line, 1)))

    def case(self, number: int, index: int) -> Case:
        """Read one row again and make its case."""
        start = self._offsets[number]
        with self._lock:
            stream = self._opened()
            stream.seek(start)
            chunk = stream.read(self._ends[number] - start)
        fields = self.maker.fields(self.rows.parse(chunk), number + 1)
        return Case(
            id=fields.id,
            index=index,
            vars=fields.vars,
            expect=fields.expect,
            score=self.columns.score,
            tags=fields.tags,
            group=fields.group,
            place=Place(self.name, self._lines[number], 1),
            robustness=self.columns.robustness.robustness if self.columns.robustness else None,
            limits=self.columns.limits,
        )

    def stamp(self, stream: BinaryIO) -> None:
        """Remember the state of the file in which the rows' places hold."""
        self._stamp = _state(stream)

    def _opened(self) -> BinaryIO:
        if self._stream is None:
            try:
                stream = self._path.open("rb")
            except OSError as error:
                raise self._gone("cannot be read any more") from error
            weakref.finalize(self, stream.close)
            if _state(stream) != self._stamp:
                raise self._gone("was changed after it was checked")
            self._stream = stream
        return self._stream

    def _gone(self, what: str) -> InputError:
        return InputError([Problem(f"the file {what}", self.name, hint="run the command again")])


def _state(stream: BinaryIO) -> tuple[int, int]:
    status = os.fstat(stream.fileno())
    return status.st_size, status.st_mtime_ns


class Findings:
    """What the pass over a data file finds wrong with its rows."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        """All columns that some row has."""
        self._first: list[tuple[Row, RowError]] = []
        self._count: dict[str | None, int] = defaultdict(int)

    def add(self, row: Row, error: RowError) -> None:
        self._count[error.column] += 1
        if self._count[error.column] <= SHOWN:
            self._first.append((row, error))

    def report(self, table: Table, report: Report) -> None:
        """Tell what is wrong in rows; columns that no row has are told once, elsewhere."""
        told = 0
        for row, error in self._first:
            if (error.column is None or error.column in self.seen) and told < SHOWN:
                report.error(Place(table.name, row.line, row.column), f"the row {error.message}")
                told += 1
        seen = [n for column, n in self._count.items() if column is None or column in self.seen]
        if sum(seen) > told:
            report.rest(table.name, f"and {plural(sum(seen) - told, 'more row')} like these")


def fill_table(table: Table, path: Path, report: Report) -> set[str] | None:
    """Read all rows of a file once; the columns that it has, None where it cannot be read."""
    findings = Findings()
    try:
        with path.open("rb") as stream:
            table.stamp(stream)
            for row in table.rows.scan(stream):
                _take(table, row, findings)
    except UnreadableError as error:
        report.error(Place(table.name, error.line, 1), error.message, error.hint)
        if not len(table):
            return None
    except OSError as error:
        reason = (error.strerror or "error").lower()
        report.file_error(table.name, f"the file cannot be read: {reason}")
        return None
    findings.seen.update(table.rows.columns or ())
    findings.report(table, report)
    return findings.seen


def _take(table: Table, row: Row, findings: Findings) -> None:
    if row.wrong:
        findings.add(row, RowError(row.wrong))
        return
    try:
        if table.rows.columns is None:
            findings.seen.update(row.values)
        table.add(row)
    except RowError as error:
        findings.add(row, error)
