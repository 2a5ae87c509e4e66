from __future__ import annotations

import os
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
        UsageError: an unknown ending, a folder that does not exist, or no right to write.
    """
    for path in paths:
        formats.format_of(path)
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


def write_result(
    result: Result,
    terminal: Terminal,
    *,
    format: Format,
    paths: Iterable[Path],
) -> None:
    """Write a result to the files asked for, then to stdout.

    Raises:
        UsageError: a file cannot be written after all.
    """
    for path in paths:
        write_file(path, formats.FORMATS[formats.format_of(path)](result))
    if format is Format.table:
        from llmopt.report.terminal import report

        terminal.data(report(result, width=terminal.width, color=terminal.color))
    else:
        terminal.data(formats.FORMATS[format](result))


def write_file(path: Path, text: str) -> None:
    """Write a file that the user asked for.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write '{path}': {error.strerror}", hint="name a file that can be written"
        ) from error
