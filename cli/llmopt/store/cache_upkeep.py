"""What the response cache holds, and how it is made smaller."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from llmopt.store.connection import transaction

ENTRY_BYTES = 200
"""About what an entry takes in the file beside its reply: its key twice, its model, its date."""


@dataclass(frozen=True, slots=True)
class ModelEntries:
    """What the cache holds of one model (`provider/name`), and what it has been good for.

    `bytes` is the length of the replies; `saved` the dollars that its `hits` cost at
    first, None as soon as one of them is not known.
    """

    model: str
    entries: int
    bytes: int
    hits: int
    saved: float | None


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What the cache holds: `bytes` on disk, when its entries were stored (UTC), by model."""

    entries: int = 0
    bytes: int = 0
    oldest: str | None = None
    newest: str | None = None
    models: tuple[ModelEntries, ...] = ()

    @property
    def hits(self) -> int:
        """Replies that it has given."""
        return sum(model.hits for model in self.models)

    @property
    def saved(self) -> float | None:
        """Dollars that those replies cost at first; None if that is not known of all."""
        saved = [model.saved for model in self.models if model.saved is not None]
        return sum(saved) if len(saved) == len(self.models) else None


@dataclass(frozen=True, slots=True)
class Removed:
    """What left the cache: entries, and bytes on disk."""

    entries: int
    bytes: int


def stats(db: sqlite3.Connection) -> CacheStats:
    """Count what the cache holds; models that once had hits are listed without entries, too."""
    entries, oldest, newest = db.execute(
        "SELECT count(*), min(stored_at), max(stored_at) FROM entries"
    ).fetchone()
    models = db.execute(
        "SELECT model, sum(entries), sum(bytes), sum(hits), CASE WHEN count(saved) = count(*)"
        " THEN sum(saved) END FROM ("
        "  SELECT model, count(*) AS entries, sum(length(reply)) AS bytes, 0 AS hits,"
        "   0.0 AS saved FROM entries GROUP BY model"
        "  UNION ALL SELECT model, 0, 0, hits, saved FROM hits"
        ") GROUP BY model ORDER BY 2 DESC, model"
    )
    found = tuple(ModelEntries(*row) for row in models)
    return CacheStats(entries, size(db), oldest, newest, found)


def size(db: sqlite3.Connection) -> int:
    """Return the bytes of the file, its pages in the write-ahead log counted as written."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_size,) = db.execute("PRAGMA page_size").fetchone()
    return int(pages * page_size)


def remove_older(db: sqlite3.Connection, stored_before: str) -> int:
    """Remove the entries stored before a moment; return how many."""
    return db.execute("DELETE FROM entries WHERE stored_at < ?", (stored_before,)).rowcount


def shrink(db: sqlite3.Connection, max_bytes: int) -> int:
    """Remove the oldest entries until the file takes at most `max_bytes`, or holds none.

    Return how many. How much room an entry takes is only known once the file is
    rewritten; what was removed too little is removed in further rounds.
    """
    removed, target = 0, max_bytes
    compact(db)
    while size(db) > max_bytes and _any(db):
        removed += _remove_beyond(db, target) or _remove_oldest(db)
        compact(db)
        target = target * max_bytes // size(db)
    return removed


def clear(db: sqlite3.Connection) -> int:
    """Remove every entry and what was counted of them; return how many entries."""
    with transaction(db):
        db.execute("DELETE FROM hits")
        return db.execute("DELETE FROM entries").rowcount


def compact(db: sqlite3.Connection) -> None:
    """Rewrite the file without the room of removed entries."""
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _any(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT EXISTS (SELECT 1 FROM entries)").fetchone()[0])


def _remove_beyond(db: sqlite3.Connection, max_bytes: int) -> int:
    """Remove all but the newest entries that take about `max_bytes` together."""
    return db.execute(
        "DELETE FROM entries WHERE number IN (SELECT number FROM (SELECT number,"
        f" sum(length(reply) + {ENTRY_BYTES}) OVER (ORDER BY stored_at DESC, number DESC) AS room"
        " FROM entries) WHERE room > ?)",
        (max_bytes,),
    ).rowcount


def _remove_oldest(db: sqlite3.Connection) -> int:
    return db.execute(
        "DELETE FROM entries WHERE number = (SELECT number FROM entries"
        " ORDER BY stored_at, number LIMIT 1)"
    ).rowcount
