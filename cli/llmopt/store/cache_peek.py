"""Looking into the response cache without changing it: no hit is counted, no file made."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

Holds = Callable[[bytes], bool]
"""Says whether the cache has an answer under a key (see `cache_key`)."""


@contextmanager
def peeking(path: Path) -> Iterator[Holds]:
    """Yield what says which keys a cache holds; a file that cannot be read holds none."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        yield lambda _: False
        return
    with closing(connection):

        def holds(key: bytes) -> bool:
            try:
                found = connection.execute("SELECT 1 FROM entries WHERE key = ?", (key,))
                return found.fetchone() is not None
            except sqlite3.Error:  # damaged, or no cache at all: a run would set it aside
                return False

        yield holds
