from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmopt.domain import Completion
from llmopt.errors import StoreError
from llmopt.store import cache_upkeep as upkeep
from llmopt.store.cache_rows import (
    CACHE,
    COUNT,
    FIND,
    STORE,
    Row,
    checked,
    to_completion,
    to_row,
)
from llmopt.store.cache_upkeep import CacheStats, Removed
from llmopt.store.connection import Closing, connect, transaction, translated
from llmopt.store.damage import DamagedError, is_damage, set_aside

CACHE_FILE = "cache.db"

LINGER_SECONDS = 0.2
"""How long the first new entry waits for more, to be written in one batch."""


class ResponseCache(Closing):
    """Replies by the requests they answer (see `cache_key`), in one SQLite file.

    Several evaluations may share the file. A new entry is found at once, and written
    by a thread of its own a moment later, so that nobody who asks a model waits for
    the disk; `close` (or leaving the context) writes what is left.

    It is a convenience, and no run fails by it: a damaged file is set aside under a
    name of its own, and one that stops working is used no more. `notice` is told,
    once. `now` tells the time at which entries are stored and files set aside.

    Raises:
        StoreError: the file cannot be used, or a newer llmopt wrote it.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.path = path
        self._now = now
        self._notice = notice
        self._db = self._opened()
        # A connection of its own: while it waits for another process, lookups go on.
        self._writer: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llmopt-cache")
        self._writing: Future[None] | None = None
        self._lock = threading.Lock()
        self._waiting: dict[bytes, Row] = {}
        self._hits: dict[str, tuple[int, float | None]] = {}
        self._closing = threading.Event()
        self._trouble: Exception | None = None

    def get(self, key: bytes) -> Completion | None:
        """Return the reply kept under a key, with its original latency and cost, or None."""
        if not self._usable():
            return None
        try:
            row = self._waiting.get(key) or self._find(key)
            completion = None if row is None else to_completion(row)
        except (sqlite3.Error, DamagedError) as error:
            self._trouble = error
            self._usable()
            return None
        if row is not None and completion is not None:
            self._count(row.model, completion.cost)
        return completion

    def put(self, key: bytes, completion: Completion, *, model: str) -> None:
        """Keep a reply of a model (`provider/name`) under a key, in place of an older one.

        What JSON cannot hold, as a provider of somebody's own may return it, is not kept.
        """
        if not self._usable():
            return
        try:
            row = to_row(key, completion, model=model, stored_at=_utc(self._now()))
        except (TypeError, ValueError):
            return
        with self._lock:
            self._waiting[key] = row
        if self._writing is None or self._writing.done():
            self._writing = self._thread.submit(self._write, LINGER_SECONDS)

    def close(self) -> None:
        """Write what still waits, and let go of the file."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.submit(self._write)
        self._thread.shutdown(wait=True)
        self._let_go()
        if self._trouble:
            self._give_up(self._trouble)

    def stats(self) -> CacheStats:
        """Return what the cache holds and has saved.

        Raises:
            StoreError: the file cannot be read.
        """
        self._flush()
        with translated(self.path, CACHE):
            return upkeep.stats(self._db)

    def prune(
        self, *, older_than: timedelta | None = None, max_bytes: int | None = None
    ) -> Removed:
        """Remove entries stored longer ago than that, then the oldest beyond a size on disk.

        Raises:
            StoreError: the file cannot be written.
        """
        self._flush()
        with translated(self.path, CACHE):
            before, removed = upkeep.size(self._db), 0
            if older_than is not None:
                removed += upkeep.remove_older(self._db, _utc(self._now() - older_than))
            if max_bytes is None:
                upkeep.compact(self._db)
            else:
                removed += upkeep.shrink(self._db, max_bytes)
            return Removed(removed, before - upkeep.size(self._db))

    def clear(self) -> Removed:
        """Remove every entry.

        Raises:
            StoreError: the file cannot be written.
        """
        self._flush()
        with translated(self.path, CACHE):
            before = upkeep.size(self._db)
            removed = upkeep.clear(self._db)
            upkeep.compact(self._db)
            return Removed(removed, before - upkeep.size(self._db))

    def _find(self, key: bytes) -> Row | None:
        found = self._db.execute(FIND, (key,)).fetchone()
        return None if found is None else checked(found)

    def _count(self, model: str, cost: float | None) -> None:
        with self._lock:
            hits, saved = self._hits.get(model, (0, 0.0))
            known = None if saved is None or cost is None else saved + cost
            self._hits[model] = (hits + 1, known)

    def _flush(self) -> None:
        """Write what waits, so that what the file is asked next takes all into account.

        Raises:
            StoreError: the cache is closed, or was given up.
        """
        if self._usable():
            self._thread.submit(self._write).result()
        if not self._usable():
            raise StoreError(f"the response cache {self.path} is not open")

    def _write(self, linger: float = 0.0) -> None:
        """Write entries and hits, batch after batch while there are any; runs in the thread."""
        try:
            while self._trouble is None:
                self._closing.wait(linger)
                if not self._write_batch():
                    return
        except (StoreError, sqlite3.Error) as error:
            self._trouble = error

    def _write_batch(self) -> bool:
        with self._lock:
            batch = list(self._waiting.values())
            hits, self._hits = self._hits, {}
        if not batch and not hits:
            return False
        if self._writer is None:
            self._writer = connect(self.path, CACHE)
        with transaction(self._writer):
            self._writer.executemany(STORE, batch)
            self._writer.executemany(COUNT, [(model, *counted) for model, counted in hits.items()])
        with self._lock:
            for row in batch:
                if self._waiting.get(row.key) is row:
                    del self._waiting[row.key]
        return True

    def _usable(self) -> bool:
        """Tell whether the cache works; one that has stopped to is given up, here."""
        if self._trouble and not self._closing.is_set():
            self._closing.set()
            self._thread.shutdown(wait=True)
            self._let_go()
            self._give_up(self._trouble)
        return not self._closing.is_set()

    def _let_go(self) -> None:
        self._waiting.clear()
        self._db.close()
        if self._writer:
            self._writer.close()

    def _give_up(self, trouble: Exception) -> None:
        if not is_damage(trouble):
            self._notice(f"the response cache {self.path} is used no more: {trouble}")
            return
        try:
            aside = set_aside(self.path, self._now())
        except OSError:
            self._notice(f"the response cache {self.path} is damaged: delete it ({trouble})")
        else:
            self._notice(f"the response cache was damaged and is set aside as {aside}: {trouble}")

    def _opened(self) -> sqlite3.Connection:
        try:
            return connect(self.path, CACHE)
        except StoreError as error:
            if not is_damage(error):
                raise
        with translated(self.path, CACHE):
            aside = set_aside(self.path, self._now())
        self._notice(
            f"the response cache was damaged and is set aside as {aside}; a new one begins"
        )
        return connect(self.path, CACHE)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
