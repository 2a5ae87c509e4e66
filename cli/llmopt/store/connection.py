from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llmopt.errors import StoreError
from llmopt.store.schema import migrate

BUSY_SECONDS = 30
"""How long a command waits for another one that is writing to the same store."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the store, making its folder and its tables where they are missing.

    Write-ahead logging lets readers look on while one process writes, and a killed
    process leaves nothing to repair.

    Raises:
        StoreError: the folder or the file cannot be used.
    """
    with translated(path):
        _make_folder(path.parent)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path=str(path))
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk raise into a StoreError that says how to mend it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"cannot use the run store {path}: {error}", hint=_hint(error)) from error


def _hint(error: Exception) -> str:
    text = str(error).lower()
    if "full" in text or "no space" in text:
        return "free some disk space; everything stored so far is intact"
    if "readonly" in text or "read-only" in text or isinstance(error, PermissionError):
        return "make the folder writable, or name another one with LLMOPT_HOME"
    if "locked" in text:
        return "another llmopt is writing; try again when it has finished"
    if "malformed" in text or "not a database" in text:
        return "the file is damaged: move it away, and the next run starts a new store"
    return "check the folder's permissions and free space"


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# llmopt's run store: replies and figures, not for version control\n*\n")
