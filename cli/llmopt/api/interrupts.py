"""Ctrl-C while a run is under way: the first asks it to stop, the second leaves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt(first: Callable[[], None], again: Callable[[], None]) -> Iterator[None]:
    """Call `first` at the first Ctrl-C and `again` at every later one, while the body runs.

    Both are called wherever the main thread happens to be, also in a scorer that never
    returns. Nothing changes in another thread, or where somebody handles Ctrl-C already.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return
    pressed = False

    def handle(*_: object) -> None:
        nonlocal pressed
        act, pressed = (again if pressed else first), True
        act()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
