from __future__ import annotations

import os
from contextlib import suppress
from typing import NoReturn

from llmopt.commands.messages import error_document, error_lines
from llmopt.commands.terminal import Terminal
from llmopt.errors import InterruptedRun

INTERRUPTED = 130

SHOW_CURSOR = "\x1b[?25h"


def leave_at_once(run_id: str, terminal: Terminal, *, as_json: bool) -> NoReturn:
    """End the process where it stands: a scorer or a model may never give it back.

    The store bears that: every transaction in it is whole. Called by a signal, in the
    middle of whatever is written at the time, which then cannot be written to.
    """
    stopped = InterruptedRun(run_id)
    with suppress(OSError, RuntimeError):
        for line in error_lines(stopped):
            terminal.say(line)
        if terminal.live:  # a progress bar hides it
            terminal.err.write(SHOW_CURSOR)
            terminal.err.flush()
    with suppress(OSError, RuntimeError):
        if as_json:
            terminal.data(error_document(stopped))
    os._exit(INTERRUPTED)
