from __future__ import annotations

import codecs
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TextIO

PIPED_WIDTH = 100
"""Columns when nobody's terminal says how many: a log or a pipe."""

PLAIN = str.maketrans("\u2212\u2013\u2014\u2500\u00d7\u00b7\u2026\u2192\u25c6", "----x..>*")
"""One sign for each of ours that an old terminal may lack: a minus must stay one."""


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


def take_any_text(stream: TextIO) -> None:
    """Make a stream take every character, whatever encoding its system chose for it.

    A file or a pipe gets UTF-8: JSON is that by its standard (RFC 8259, 8.1), and a page of
    codes from the machine that wrote a file is known to nobody who reads it. A terminal keeps
    its own, and shows the nearest that it has.
    """
    if not isinstance(stream, TextIOWrapper):
        return
    if stream.isatty():
        codecs.register_error("llmopt.nearest", _nearest)
        stream.reconfigure(errors="llmopt.nearest")
    else:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Replace what cannot be encoded, as the error handlers of `codecs` do."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(PLAIN)
    return "".join(sign if sign.isascii() else "?" for sign in lost), error.end


def _write(stream: TextIO, text: str) -> None:
    """Write to a reader who may have gone: what the command came to does not hang on that."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # for what comes after, and what Python still holds
        os.close(nowhere)
