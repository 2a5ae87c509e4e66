"""Files that are damaged: how they are told from others, and put out of the way."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from llmopt.errors import StoreError

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""SQLite's codes of a file that is damaged; the last one means: not the tables it should have."""


class DamagedError(Exception):
    """What a file holds is not what was stored."""


def is_damage(error: BaseException | None) -> bool:
    """Tell damage from a disk that is full, a file in use, a missing right."""
    if isinstance(error, StoreError):
        error = error.__cause__
    if isinstance(error, sqlite3.OperationalError):
        # Without a code it is Python's own complaint: a text that is not UTF-8.
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGE
    if isinstance(error, sqlite3.DatabaseError):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF in _DAMAGE
    return isinstance(error, DamagedError)


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a file and what belongs to it; another process may have done so already.

    Returns:
        What it is called now.
    """
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%d-%H%M%S}")
    for ending in ("-wal", "-shm", ""):
        file = path.with_name(path.name + ending)
        if file.exists():
            file.rename(aside.with_name(aside.name + ending))
    return aside
