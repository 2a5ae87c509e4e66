"""What the SQLite files of llmopt share: how they are opened, grow newer, and fail.

`PRAGMA user_version` counts the migrations that a file has seen. A migration is
never edited once released: the next one follows it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from llmopt.errors import StoreError

BUSY_SECONDS = 30
"""How long a command waits for another one that is writing to the same file."""

RETRY_SECONDS = 0.005

_IN_THE_WAY = "move away what is there, or name a folder with LLMOPT_HOME"

Migration = tuple[str, ...]
"""The statements that bring a file from one version to the next."""


class FileKind(NamedTuple):
    """One kind of file: what messages call it, and how its tables came about."""

    name: str
    migrations: tuple[Migration, ...]


def connect(path: Path, kind: FileKind) -> sqlite3.Connection:
    """Open a file, making its folder and its tables where they are missing.

    Write-ahead logging lets readers look on while one process writes, and a killed
    process leaves nothing to repair.

    Raises:
        StoreError: the folder or the file cannot be used.
    """
    if path.is_dir():
        raise StoreError(f"the {kind.name} {path} is a folder", hint="move it away")
    with translated(path, kind):
        _make_folder(path.parent)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _log_ahead(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, path, kind)
        except BaseException:
            connection.close()
            raise
    return connection


def is_there(path: Path) -> bool:
    """Say whether a file is there; its folder may be missing, but not be something else.

    Raises:
        StoreError: a file, or a link that leads nowhere, stands where its folder would be.
    """
    folder = path.parent
    if os.path.lexists(folder) and not folder.is_dir():
        raise StoreError(f"cannot use {path}: {folder} is no folder", hint=_IN_THE_WAY)
    return path.exists()


class Closing:
    """A file that is open: leaving the `with` closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        raise NotImplementedError


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep all that the body writes, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has ended it itself on some errors of the disk
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path, kind: FileKind) -> Iterator[None]:
    """Turn what SQLite and the disk raise into a StoreError that says how to mend it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        why = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else error
        message = f"cannot use the {kind.name} {path}: {why}"
        raise StoreError(message, hint=_hint(error)) from error


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, waiting for others that do the same with a new file.

    SQLite fails at once here where it otherwise waits: its own waiting could deadlock.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return


def _migrate(connection: sqlite3.Connection, path: Path, kind: FileKind) -> None:
    """Bring the file to the newest version, or leave it as it was.

    Raises:
        StoreError: a newer llmopt wrote the file, or somebody else.
    """
    newest = len(kind.migrations)
    if _version(connection) == newest:
        return
    with transaction(connection):  # whoever comes second waits here, then finds it done
        version = _version(connection)
        if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise StoreError(
                f"{path} is a database of something else, no {kind.name}",
                hint="move it away, or name another folder with LLMOPT_HOME",
            )
        if version > newest:
            raise StoreError(
                f"{path} was written by a newer llmopt ({kind.name} version {version})",
                hint=f"upgrade llmopt, or move the file away to start a new {kind.name}",
            )
        for migration in kind.migrations[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {newest}")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _hint(error: Exception) -> str:
    text = str(error).lower()
    if "full" in text or "no space" in text:
        return "free some disk space; everything stored so far is intact"
    if "readonly" in text or "read-only" in text or isinstance(error, PermissionError):
        return "make the folder writable, or name another one with LLMOPT_HOME"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return _IN_THE_WAY
    if "locked" in text:
        return "another llmopt is writing; try again when it has finished"
    if "malformed" in text or "not a database" in text:
        return "the file is damaged: move it away, and the next run starts a new one"
    return "check the folder's permissions and free space"


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# llmopt's own files: replies and figures, not for version control\n*\n")
