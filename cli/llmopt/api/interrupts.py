"""Ctrl-C or SIGTERM while a run is under way: the first asks it to stop, the second leaves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ENDING: Mapping[signal.Signals, Callable[..., object] | signal.Handlers] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,  # by a CI system, a container, `timeout`
}
"""The signals that ask a process to end, and who handles each where nobody else does."""


@contextmanager
def on_interrupt(first: Callable[[], None], again: Callable[[], None]) -> Iterator[None]:
    """Call `first` at the first such signal and `again` at every later one, while the body runs.

    Both are called wherever the main thread happens to be, also in a scorer that never
    returns. Nothing changes in another thread, or for a signal that somebody handles already.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = False

    def handle(*_: object) -> None:
        nonlocal pressed
        act, pressed = (again if pressed else first), True
        act()

    ours = [each for each, usual in ENDING.items() if signal.getsignal(each) is usual]
    for each in ours:
        signal.signal(each, handle)
    try:
        yield
    finally:
        for each in ours:
            signal.signal(each, ENDING[each])
