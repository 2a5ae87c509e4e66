"""A test-case file to cases: written out ones, and tables of data rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, CaseLimits, Place, Robustness, ScorerSpec
from llmopt.files.data import Columns, Table, fill_table
from llmopt.files.problems import Report, did_you_mean, hints, listing, shorten
from llmopt.files.reading import Parsed, read
from llmopt.files.robustness import Choice, choice, unknown
from llmopt.files.rows import format_of
from llmopt.files.schemas.testcases import CaseEntry, DataEntry, LimitsOfCase, TestcasesFile
from llmopt.files.scoring import (
    DEFAULT,
    misfit,
    needing_expectation,
    parse_score,
    wants_text,
)
from llmopt.files.source import Source, display_name
from llmopt.files.sources import Stamp, stamp
from llmopt.files.yaml_nodes import Mapping, Node, Scalar, Sequence


class Draft(NamedTuple):
    """A written-out case before it has its number; `id` is None where it gives none."""

    id: str | None
    vars: dict[str, Any]
    expect: Any
    score: ScorerSpec
    tags: tuple[str, ...]
    group: str | None
    place: Place
    robustness: Robustness | None
    limits: CaseLimits | None

    def case(self, index: int) -> Case:
        return Case(
            id=self.id or f"case-{index + 1}",
            index=index,
            vars=self.vars,
            expect=self.expect,
            score=self.score,
            tags=self.tags,
            group=self.group,
            place=self.place,
            robustness=self.robustness,
            limits=self.limits,
        )


class CasesRead(NamedTuple):
    """A test-case file's content, for one prompt."""

    prompt: str
    place: Place
    drafts: tuple[Draft, ...]
    tables: tuple[Table, ...]
    given: dict[str, Place]
    """Where each variable is given first; columns that are variables unasked are not counted."""
    empty: bool
    """Whether the file names no case at all."""
    data: dict[Path, Stamp | None]
    """The data files that it names, as they were before they were read."""


def read_testcases(
    root: Mapping, source: Source, project: Path, report: Report
) -> CasesRead | None:
    """Read a test-case file and the data files that it names."""
    parsed = read(TestcasesFile, root, source, report)
    if parsed is None:
        return None
    reader = _Reader(parsed, source, project, report)
    file = parsed.value
    drafts = [reader.draft(i, entry) for i, entry in enumerate(file.cases)]
    tables = [reader.table(i, entry) for i, entry in enumerate(file.data)]
    reader.check_shared_robustness(
        [draft.vars for draft in drafts if draft]
        + [names for table in tables if table is not None for names in table.shapes]
    )
    return CasesRead(
        file.prompt,
        parsed.place("prompt"),
        tuple(draft for draft in drafts if draft),
        tuple(table for table in tables if table is not None),
        reader.given,
        not file.cases and not file.data and not parsed.damaged(),
        reader.data,
    )


class _Reader:
    def __init__(
        self, parsed: Parsed[TestcasesFile], source: Source, project: Path, report: Report
    ) -> None:
        self._parsed = parsed
        self._source = source
        self._project = project
        self._report = report
        self.given: dict[str, Place] = {}
        self.data: dict[Path, Stamp | None] = {}
        self._defaults = defaults = parsed.value.defaults
        self._tags = _tags(defaults.tags)
        self._vars = defaults.vars
        self._group = defaults.group
        self._robustness = choice(defaults.robustness)
        self._note_vars("defaults", "vars", names=defaults.vars)
        self._score = self._score_at(DEFAULT, has=parsed.value.score is not None)

    def _score_at(
        self, default: ScorerSpec | None, *path: str | int, has: bool
    ) -> ScorerSpec | None:
        if not has:
            return default
        return parse_score(self._parsed.node(*path, "score"), self._source, self._report)

    def _note_vars(self, *path: str | int, names: dict[str, Any]) -> None:
        for name in names:
            if name not in self.given:
                self.given[name] = self._parsed.key_place(*path, name)

    def draft(self, i: int, entry: CaseEntry) -> Draft | None:
        score = self._score_at(self._score, "cases", i, has=entry.score is not None)
        self._note_vars("cases", i, "vars", names=entry.vars)
        if score is None or self._parsed.damaged("cases", i):
            return None
        values = {**self._vars, **entry.vars}
        return Draft(
            id=entry.id,
            vars=values,
            expect=self._expect(i, entry, score),
            score=score,
            tags=tuple(dict.fromkeys([*self._tags, *_tags(entry.tags)])),
            group=entry.group or self._group,
            place=self._parsed.place("cases", i),
            robustness=self._robustness_of(i, entry, values),
            limits=_limits(defaults=self._defaults, own=entry),
        )

    def _robustness_of(self, i: int, entry: CaseEntry, values: dict[str, Any]) -> Robustness | None:
        """What the case says, else what the file says of all its cases."""
        own = choice(entry.robustness)
        path: tuple[str | int, ...] = ("cases", i) if own else ("defaults",)
        chosen = own or self._robustness
        if chosen is None:
            return None
        for variable in own.robustness if own else ():
            if variable not in values:
                message, hint = unknown(variable, values, who="the case does not have")
                where = self._parsed.key_place(*path, "robustness", variable)
                self._report.error(where, message, hint)
        misfit = chosen.misfit(values)
        if misfit:
            variable, why = misfit
            case = f" (case '{shorten(entry.id)}')" if entry.id else ""
            self._report.error(
                self._parsed.place(*path, "robustness", variable),
                why + case,
                hint="text can be perturbed in every way, a list in its 'order'; "
                "'all' takes what fits",
            )
        return chosen.robustness

    def check_shared_robustness(self, given: list[Iterable[str]]) -> None:
        """The variables that the file perturbs must be those of some case of it."""
        known = {name for names in given for name in names}
        for variable in self._robustness.robustness if self._robustness and given else ():
            if variable not in known:
                message, hint = unknown(variable, known, who="no case of this file has")
                where = self._parsed.key_place("defaults", "robustness", variable)
                self._report.error(where, message, hint)

    def _expect(self, i: int, entry: CaseEntry, score: ScorerSpec) -> object:
        node = self._parsed.node("cases", i, "expect")
        needs = needing_expectation(score)
        name = f"case '{shorten(entry.id)}'" if entry.id else "the case"
        if entry.expect is None:
            if needs:
                self._report.error(
                    self._parsed.place("cases", i),
                    f"{name} has no 'expect', which scorer '{needs[0]}' needs",
                    hint="add 'expect', or choose another scorer with 'score'",
                )
            return None
        expect = _written(node, entry.expect) if wants_text(score) else entry.expect
        reason = misfit(score, expect)
        if reason:
            self._report.error(self._source.place(node.start), f"'expect' of {name}: {reason}")
        return expect

    def table(self, i: int, entry: DataEntry) -> Table | None:
        score = self._score_at(self._score, "data", i, has=entry.score is not None)
        path = self._path(i, entry)
        if score is None or path is None or self._parsed.damaged("data", i):
            return None
        needs = needing_expectation(score)
        if needs and entry.expect is None:
            self._report.error(
                self._parsed.place("data", i),
                f"the data names no 'expect' column, which scorer '{needs[0]}' needs",
                hint="add expect: COLUMN, or choose another scorer with 'score'",
            )
            return None
        return self._filled(i, entry, path, score)

    def _filled(self, i: int, entry: DataEntry, path: Path, score: ScorerSpec) -> Table | None:
        rows = format_of(path)
        if rows is None:
            self._report.error(
                self._parsed.place("data", i, "file"),
                f"'{shorten(path.name)}' is no data file that llmopt reads",
                hint="data files end in .csv, .tsv or .jsonl",
            )
            return None
        own = choice(entry.robustness)
        columns = Columns(
            id=entry.id,
            vars=entry.vars,
            expect=entry.expect,
            tags=entry.tags,
            group=entry.group,
            score=score,
            shared_vars=self._vars,
            shared_tags=self._tags,
            shared_group=self._group,
            robustness=own or self._robustness,
            limits=_limits(defaults=self._defaults),
        )
        self._note_vars("data", i, "vars", names=dict(entry.vars or {}))
        table = Table(path, display_name(path, self._project.resolve()), rows, columns)
        seen = fill_table(table, path, self._report)
        if seen is not None:
            self._check_columns(i, table, seen)
            self._check_rows_robustness(i, table, own)
        return table

    def _check_rows_robustness(self, i: int, table: Table, own: Choice | None) -> None:
        known = {name for names in table.shapes for name in names}
        for variable in own.robustness if own and known else ():
            if variable not in known:
                message, hint = unknown(variable, known, who="no row has")
                where = self._parsed.key_place("data", i, "robustness", variable)
                self._report.error(where, message, hint)

    def _check_columns(self, i: int, table: Table, seen: set[str]) -> None:
        unknown = {c: where for c, where in table.columns.named().items() if c not in seen}
        if not len(table) and not (seen and unknown) and not self._report.has_errors(table.name):
            self._report.warning(self._parsed.place("data", i, "file"), "the file has no rows")
        if not seen:
            return
        for column, where in unknown.items():
            known = list(table.rows.columns or sorted(seen))
            odd = len(known) == 1 and ";" in known[0]
            self._report.error(
                self._parsed.place("data", i, *where),
                f"{table.name} has no column '{shorten(column)}'",
                hint="llmopt reads commas between values; this file seems to use ';'"
                if odd
                else hints(did_you_mean(column, known), f"columns are: {listing(known)}"),
            )

    def _path(self, i: int, entry: DataEntry) -> Path | None:
        """The data file, which must be there and inside the project."""
        place = self._parsed.place("data", i, "file")
        folder = self._source.path.parent
        self.data.setdefault(folder / entry.file, stamp(folder / entry.file))
        try:
            path = (folder / entry.file).resolve()
            inside = path.is_relative_to(self._project.resolve())
            there = inside and path.is_file()
        except (OSError, ValueError, RuntimeError):
            inside, there = True, False
        if not inside:
            self._report.error(
                place,
                f"'{shorten(entry.file)}' lies outside the project",
                hint="data files must be in the folder of llmopt.yaml or below it",
            )
            return None
        if not there:
            near = did_you_mean(entry.file, sorted(_data_files(folder)))
            self._report.error(place, f"there is no file '{shorten(entry.file)}'", hint=near)
            return None
        return path


def _limits(*, defaults: LimitsOfCase, own: LimitsOfCase | None = None) -> CaseLimits | None:
    """The limits of a case, its own before those of the file; None where neither sets any."""
    shared = {name: getattr(defaults, name) for name in LimitsOfCase.model_fields}
    given = (
        {name: getattr(own, name) for name in own.model_fields_set & shared.keys()} if own else {}
    )
    limits = {name: value for name, value in (shared | given).items() if value is not None}
    return CaseLimits(**limits) if limits else None


def _data_files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if format_of(path)]


def _tags(tags: str | list[str]) -> tuple[str, ...]:
    return (tags,) if isinstance(tags, str) else tuple(tags)


def _written(node: Node, value: object) -> object:
    """An expectation as its text stands in the file: 1.10 stays "1.10"."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence) and isinstance(value, list):
        return [_written(one, item) for one, item in zip(node.items, value, strict=True)]
    return value
