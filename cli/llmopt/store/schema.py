"""The tables of the run store, and how older stores become newer ones.

`PRAGMA user_version` counts the migrations that a file has seen. A migration is
never edited once released: the next one follows it.
"""

from __future__ import annotations

import sqlite3

from llmopt.errors import StoreError

_FIRST = (
    """
    CREATE TABLE runs (
        number      INTEGER PRIMARY KEY,
        id          TEXT NOT NULL UNIQUE,
        status      TEXT NOT NULL,
        started_at  TEXT NOT NULL,
        finished_at TEXT,
        seed        INTEGER NOT NULL,
        candidates  TEXT NOT NULL,      -- JSON: [[prompt, variant, model], ...]
        baselines   TEXT NOT NULL,      -- JSON: indices into candidates
        snapshot    TEXT NOT NULL       -- JSON
    )
    """,
    # Written the moment a completion arrives; `score` is only what a replay brought.
    """
    CREATE TABLE calls (
        run                 INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        trial               INTEGER NOT NULL,
        seq                 INTEGER NOT NULL,
        role                TEXT NOT NULL,
        model               TEXT NOT NULL,
        text                TEXT,
        input_tokens        INTEGER,
        output_tokens       INTEGER,
        cached_input_tokens INTEGER,
        cache_write_tokens  INTEGER,
        reasoning_tokens    INTEGER,
        counted_input       INTEGER,
        counted_output      INTEGER,
        cost                REAL,       -- dollars
        latency_ms          REAL,
        finish_reason       TEXT,
        provider_id         TEXT,
        score               REAL,
        PRIMARY KEY (run, trial, seq)
    ) WITHOUT ROWID
    """,
    # Written when the trial is scored or has failed; the figures sum over its calls.
    """
    CREATE TABLE trials (
        run             INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
        trial           INTEGER NOT NULL,
        candidate       INTEGER NOT NULL,
        case_index      INTEGER NOT NULL,
        case_id         TEXT NOT NULL,
        case_group      TEXT,
        repeat          INTEGER NOT NULL,
        fingerprint     INTEGER NOT NULL,   -- of what was asked and expected
        score           REAL,
        reason          TEXT,
        failure_kind    TEXT,
        failure_message TEXT,
        input_tokens    INTEGER,
        output_tokens   INTEGER,
        estimated       INTEGER NOT NULL,
        cost            REAL,
        latency_ms      REAL,
        cut             INTEGER NOT NULL,
        PRIMARY KEY (run, trial)
    ) WITHOUT ROWID
    """,
)

MIGRATIONS = (_FIRST,)


def migrate(connection: sqlite3.Connection, *, path: str) -> None:
    """Bring the file to the newest schema, in one transaction that holds or leaves it as it was.

    Raises:
        StoreError: a newer llmopt wrote the file.
    """
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")  # whoever comes second waits here, then finds it done
    try:
        for migration in _pending(connection, path):
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _pending(connection: sqlite3.Connection, path: str) -> tuple[tuple[str, ...], ...]:
    version = _version(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path} was written by a newer llmopt (store version {version})",
            hint="upgrade llmopt, or move the file away to start a new store",
        )
    return MIGRATIONS[version:]


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
