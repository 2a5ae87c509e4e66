"""Looking into the response cache without changing it: no hit is counted, no file made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from llmopt.domain import Completion
from llmopt.store.cache_rows import FIND, checked, to_completion
from llmopt.store.damage import DamagedError


class Peek:
    """What a cache holds under a key (see `cache_key`); what cannot be read is not there."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection

    def holds(self, key: bytes) -> bool:
        """Say whether there is an answer."""
        return self._one("SELECT 1 FROM entries WHERE key = ?", key) is not None

    def knows(self, model_id: str) -> bool:
        """Say whether there is any answer of a model."""
        return self._one("SELECT 1 FROM entries WHERE model = ? LIMIT 1", model_id) is not None

    def answer(self, key: bytes) -> Completion | None:
        """Return the answer."""
        found = self._one(FIND, key)
        try:
            return None if found is None else to_completion(checked(found))
        except DamagedError:  # a run would set the whole file aside
            return None

    def _one(self, query: str, key: bytes | str) -> tuple[object, ...] | None:
        if self._connection is None:
            return None
        try:
            found: tuple[object, ...] | None = self._connection.execute(query, (key,)).fetchone()
        except sqlite3.Error:  # damaged, or no cache at all: a run would set it aside
            return None
        return found


@contextmanager
def peeking(path: Path) -> Iterator[Peek]:
    """Yield what says what a cache holds; a file that cannot be read holds nothing."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        yield Peek(None)
        return
    with closing(connection):
        yield Peek(connection)
