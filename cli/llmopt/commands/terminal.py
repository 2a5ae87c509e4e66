from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

PIPED_WIDTH = 100
"""Columns when nobody's terminal says how many: a log or a pipe."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command writes: data to `out`, everything else to `err`."""

    out: TextIO
    err: TextIO
    width: int
    color: bool
    """Whether `out` takes colour."""
    live: bool
    """Whether a person watches `err`, so that progress may move."""

    @classmethod
    def detect(cls, environ: Mapping[str, str] | None = None) -> Terminal:
        """Look at the process's own streams and NO_COLOR, FORCE_COLOR, COLUMNS."""
        environ = os.environ if environ is None else environ
        is_tty = sys.stdout.isatty()
        color = is_tty and environ.get("TERM") != "dumb"
        if environ.get("NO_COLOR"):
            color = False
        elif environ.get("FORCE_COLOR"):
            color = True
        fallback = (80 if is_tty else PIPED_WIDTH, 24)
        return cls(
            out=sys.stdout,
            err=sys.stderr,
            width=shutil.get_terminal_size(fallback).columns,
            color=color,
            live=sys.stderr.isatty() and environ.get("TERM") != "dumb",
        )

    def data(self, text: str) -> None:
        """Write what the command was asked for."""
        _write(self.out, text)

    def say(self, text: str) -> None:
        """Write what a person may want to know besides."""
        _write(self.err, text + "\n")


def _write(stream: TextIO, text: str) -> None:
    """Write to a reader who may have gone: what the command came to does not hang on that."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # for what comes after, and what Python still holds
        os.close(nowhere)
