"""Where a report goes: the files asked for, stdout, and the summary of a GitHub step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from llmopt.commands.flags import ReportFormat
from llmopt.commands.terminal import Terminal
from llmopt.errors import UsageError
from llmopt.report.github import SUMMARY_LIMIT, as_summary
from llmopt.report.targets import Formats

if TYPE_CHECKING:  # imports numpy, which counting tokens does without
    from llmopt.decide.result import Result
    from llmopt.measure.forecast import Forecast

T = TypeVar("T")
PIECES = 500
"""Pieces of a long text that are written to stdout at once."""
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def check_outputs(paths: Iterable[Path], formats: Formats[T]) -> None:
    """Refuse files that could not be written, before anything is paid for.

    Raises:
        UsageError: an unknown ending, a folder that does not exist, or no right to write.
    """
    for path in (formats.target(asked).path for asked in paths):
        if not path.absolute().parent.is_dir():
            raise UsageError(
                f"cannot write '{path}': there is no folder '{path.parent}'",
                hint="make the folder first",
            )
        if path.is_dir():
            raise UsageError(f"cannot write '{path}': it is a folder", hint="name a file")
        if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
            raise UsageError(
                f"cannot write '{path}': permission denied", hint="name a file that can be written"
            )


def write_report(
    report: T,
    formats: Formats[T],
    terminal: Terminal,
    *,
    format: StrEnum,
    paths: Iterable[Path],
    table: Callable[[T], str],
    folder: str = "",
    environ: Mapping[str, str] | None = None,
) -> None:
    """Write a report to the files asked for, then to stdout; `table` is for people.

    `--format github` also appends to the step's summary, where GitHub names one.

    Raises:
        UsageError: a file cannot be written after all.
    """
    for target in map(formats.target, paths):
        write_file(target.path, formats.text(target.format, report, folder=folder))
    if format == ReportFormat.table:
        terminal.data(table(report))
        return
    terminal.data(formats.text(format, report, folder=folder))
    summary = (os.environ if environ is None else environ).get(SUMMARY_VARIABLE)
    if format == ReportFormat.github and summary:
        path = Path(summary)
        room = SUMMARY_LIMIT - (path.stat().st_size if path.exists() else 0)
        if room > 0:
            text = as_summary(formats.seen_from(report, folder), room=room)
            write_file(path, text, mode="a")


def write_evaluation(
    result: Result,
    terminal: Terminal,
    *,
    format: ReportFormat,
    paths: Iterable[Path],
    folder: str,
) -> None:
    """Write an evaluation as asked for; see `write_report`."""
    from llmopt.report.formats import EVALUATION, as_text

    write_report(
        result,
        EVALUATION,
        terminal,
        format=format,
        paths=paths,
        table=lambda one: as_text(one, width=terminal.width, color=terminal.color),
        folder=folder,
    )


def write_forecast(
    plan: Forecast, terminal: Terminal, *, format: ReportFormat, paths: Iterable[Path]
) -> None:
    """Write a plan as asked for; see `write_report`."""
    from llmopt.report.forecast import FORECAST, as_table

    write_report(
        plan,
        FORECAST,
        terminal,
        format=format,
        paths=paths,
        table=lambda one: as_table(one, width=terminal.width, color=terminal.color),
    )


def write_pieces(pieces: Iterable[str], path: Path | None, terminal: Terminal) -> None:
    """Write a text that is too long to be held: to a file, or to stdout.

    Raises:
        UsageError: the file cannot be written.
    """
    if path is None:
        waiting = iter(pieces)
        while block := "".join(islice(waiting, PIECES)):
            terminal.data(block)
        return
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UsageError(
            f"cannot write '{path}': {error.strerror}", hint="name a file that can be written"
        ) from error


def write_file(path: Path, text: str, *, mode: Literal["w", "a"] = "w") -> None:
    """Write a file that the user asked for.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"cannot write '{path}': {error.strerror}", hint="name a file that can be written"
        ) from error
