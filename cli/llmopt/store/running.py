"""Which runs are under way: a file beside the store that whoever runs trials holds locked.

The lock is SQLite's own, on an empty database: it works wherever the store does, and the
operating system lets go of it when its process ends, however that ends. A run's status
alone cannot tell: one that was killed stays `running` for ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from llmopt.errors import StoreError, UnderWayError
from llmopt.store.connection import translated
from llmopt.store.schema import RUNS

ENDING = ".running"


@contextmanager
def under_way(store: Path, run_id: str) -> Iterator[None]:
    """Hold a run, so that nobody else runs its trials or deletes it.

    Raises:
        UnderWayError: another process holds it.
        StoreError: the folder of the store cannot be used.
    """
    path = _path(store, run_id)
    with translated(path, RUNS):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    with closing(lock):
        try:
            with translated(path, RUNS):
                lock.execute("PRAGMA journal_mode = MEMORY")  # no second file
                lock.execute("BEGIN EXCLUSIVE")
        except StoreError as error:
            if _is_held(error):
                raise UnderWayError(
                    f"run {run_id} is under way in another process",
                    hint="wait until it has ended, or stop it with Ctrl-C",
                ) from error
            raise
        try:
            yield
        finally:
            lock.close()
            with suppress(OSError):
                path.unlink(missing_ok=True)


def is_under_way(store: Path, run_id: str) -> bool:
    """Tell whether another process holds a run; nothing is made or changed."""
    path = _path(store, run_id)
    if not path.exists():
        return False
    try:
        with translated(path, RUNS), closing(sqlite3.connect(path, timeout=0)) as lock:
            lock.execute("SELECT 1 FROM sqlite_master").fetchone()
    except StoreError as error:
        if _is_held(error):
            return True
        raise
    return False


def any_under_way(store: Path) -> bool:
    """Tell whether another process runs trials of any run of a store."""
    names = (path.name.removesuffix(ENDING) for path in store.parent.glob(f"*{ENDING}"))
    return any(is_under_way(store, name) for name in names)


def _path(store: Path, run_id: str) -> Path:
    return store.with_name(f"{run_id}{ENDING}")


def _is_held(error: StoreError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
