from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from llmopt.commands.flags import Format
from llmopt.commands.terminal import Terminal
from llmopt.decide.result import Result
from llmopt.errors import UsageError
from llmopt.report import formats


def check_outputs(paths: Iterable[Path]) -> None:
    """Refuse files that could not be written, before anything is paid for.

    Raises:
        UsageError: an unknown ending, or a folder that does not exist.
    """
    for path in paths:
        formats.format_of(path)
        if not path.absolute().parent.is_dir():
            raise UsageError(
                f"cannot write '{path}': there is no folder '{path.parent}'",
                hint="make the folder first",
            )


def write_result(
    result: Result,
    terminal: Terminal,
    *,
    format: Format,
    paths: Iterable[Path],
) -> None:
    """Write a result to the files asked for, then to stdout."""
    for path in paths:
        path.write_text(formats.FORMATS[formats.format_of(path)](result), encoding="utf-8")
    if format is Format.table:
        from llmopt.report.terminal import report

        terminal.data(report(result, width=terminal.width, color=terminal.color))
    else:
        terminal.data(formats.FORMATS[format](result))
