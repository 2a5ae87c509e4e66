"""The response cache's tables, and how replies become rows and replies again."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from llmopt.domain import Completion, ToolCall, Usage
from llmopt.store.connection import FileKind
from llmopt.store.damage import DamagedError

_FIRST = (
    """
    CREATE TABLE entries (
        number    INTEGER PRIMARY KEY,
        key       BLOB NOT NULL UNIQUE,
        model     TEXT NOT NULL,        -- provider/name
        stored_at TEXT NOT NULL,        -- UTC, ISO 8601
        reply     BLOB NOT NULL,        -- JSON, UTF-8
        checksum  INTEGER NOT NULL      -- CRC-32 of key and reply
    )
    """,
    "CREATE INDEX entries_by_age ON entries (stored_at)",
    # `saved` is NULL from the first hit on whose cost is not known.
    "CREATE TABLE hits (model TEXT PRIMARY KEY, hits INTEGER NOT NULL, saved REAL) WITHOUT ROWID",
)

CACHE = FileKind("response cache", (_FIRST,))

FIND = "SELECT key, model, stored_at, reply, checksum FROM entries WHERE key = ?"
STORE = (
    "INSERT OR REPLACE INTO entries (key, model, stored_at, reply, checksum) VALUES (?, ?, ?, ?, ?)"
)
COUNT = (
    "INSERT INTO hits VALUES (?, ?, ?) ON CONFLICT (model) DO UPDATE"
    " SET hits = hits + excluded.hits, saved = saved + excluded.saved"
)


class Row(NamedTuple):
    """One entry as it lies in the file."""

    key: bytes
    model: str
    stored_at: str
    reply: bytes
    checksum: int


def to_row(key: bytes, completion: Completion, *, model: str, stored_at: str) -> Row:
    """Return the row that keeps a reply, with its original latency and cost.

    Replies may hold lone surrogates (half an emoji, cut off), which SQLite takes as
    no text: hence bytes, encoded leniently.
    """
    usage = completion.usage
    content: dict[str, Any] = {
        "text": completion.text,
        "usage": (
            usage.input_tokens,
            usage.output_tokens,
            usage.cached_input_tokens,
            usage.cache_write_tokens,
            usage.reasoning_tokens,
        ),
        "latency_ms": completion.latency_ms,
        "finish_reason": completion.finish_reason,
        "provider_id": completion.provider_id,
        "cost": completion.cost,
    }
    # Few replies have these; most would keep nothing but their names.
    seldom = {
        "tool_calls": completion.tool_calls,
        "first_token_ms": completion.first_token_ms,
        "service_tier": completion.service_tier,
    }
    content |= {name: value for name, value in seldom.items() if value}
    reply = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Row(key, model, stored_at, reply, _checksum(key, reply))


def checked(found: tuple[Any, ...]) -> Row:
    """Return a row as `FIND` found it.

    Raises:
        DamagedError: it is not what was stored; a disk or a copy that failed can leave
            SQLite's own structures whole and the reply wrong, or missing.
    """
    row = Row(*found)
    if None in found or _checksum(row.key, row.reply) != row.checksum:
        raise DamagedError("an entry is not what was stored")
    return row


def to_completion(row: Row) -> Completion:
    """Return the reply that a row keeps, marked as cached."""
    content = json.loads(row.reply.decode("utf-8", "surrogatepass"))
    return Completion(
        text=content["text"],
        usage=Usage(*content["usage"]),
        latency_ms=content["latency_ms"],
        finish_reason=content["finish_reason"],
        provider_id=content["provider_id"],
        cost=content["cost"],
        tool_calls=tuple(ToolCall(*call) for call in content.get("tool_calls", ())),
        first_token_ms=content.get("first_token_ms"),
        service_tier=content.get("service_tier"),
        cached=True,
    )


def _checksum(key: bytes, reply: bytes) -> int:
    return zlib.crc32(reply, zlib.crc32(key))
