"""Questions to the person at the terminal, for what cannot be taken back."""

from __future__ import annotations

import sys

from llmopt.commands.terminal import Terminal
from llmopt.errors import UsageError


def agreed(question: str, terminal: Terminal, *, what: str) -> bool:
    """Ask on stderr, since stdout is data; anything but yes is no.

    Raises:
        UsageError: nobody is there to answer; `what` is then not done.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"{what}: nobody is at a terminal to be asked", hint="--yes does it without asking"
        )
    terminal.err.write(f"{question} [y/N] ")
    terminal.err.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
