"""Changes in folders, as the operating system tells of them, by way of `watchfiles`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from llmopt.errors import MissingError, UsageError

BURST_MS = 1600
"""The longest that a burst of changes is waited for."""
QUIET_MS = 100
"""A burst is over when nothing has changed for so long."""
POLL_MS = 300
"""Between two looks, where WATCHFILES_FORCE_POLLING asks for them: network drives tell nothing."""
ASKED_ON_WINDOWS_MS = 1000  # a wait without an end does not see Ctrl-C there


def check_noticing() -> None:
    """Check that changes can be noticed here.

    Raises:
        MissingError: the package for it is not installed.
    """
    try:
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise MissingError(
            "--watch needs the package watchfiles", hint="pip install 'llmopt[watch]'"
        ) from error


@contextmanager
def noticing(folders: Collection[Path]) -> Iterator[Callable[[], None]]:
    """Notice what changes in these folders, not below them, from now on.

    What is yielded waits for a change and the end of its burst, and returns at once for
    one that has been noticed meanwhile.

    Raises:
        FileNotFoundError: one of the folders is gone.
        UsageError: the system refuses.
    """
    from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

    forced = os.environ.get("WATCHFILES_FORCE_POLLING", "").lower()
    polling = forced not in {"", "false", "disable", "disabled"}
    try:
        notify = RustNotify([str(path) for path in folders], False, polling, POLL_MS, False, True)  # noqa: FBT003 - it takes them by position alone
    except FileNotFoundError:
        raise
    except (OSError, WatchfilesRustInternalError) as error:
        raise UsageError(
            f"the folders of the project cannot be watched: {error}",
            hint="WATCHFILES_FORCE_POLLING=1 looks at them again and again instead",
        ) from error

    def wait() -> None:
        timeout = ASKED_ON_WINDOWS_MS if sys.platform == "win32" else 0
        said = notify.watch(BURST_MS, QUIET_MS, timeout, None)
        while said == "timeout":
            said = notify.watch(BURST_MS, QUIET_MS, timeout, None)
        if said == "signal":
            raise KeyboardInterrupt

    with notify:
        yield wait
