"""The tables of the run store."""

from __future__ import annotations

from llmopt.store.connection import FileKind

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
    # Calls of attempts that were made anew have the role `retries` and `seq` below 0.
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
        first_token_ms      REAL,       -- of streamed replies
        finish_reason       TEXT,
        tool_calls          TEXT,       -- JSON: [[name, arguments], ...]
        service_tier        TEXT,
        provider_id         TEXT,
        score               REAL,
        cached              INTEGER NOT NULL,   -- 1: not paid for in this run
        fingerprint         INTEGER NOT NULL,   -- of what its trial asks and expects
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
        perturbation    TEXT,
        perturbed       TEXT,               -- JSON: the perturbed variables
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
        first_token_ms  REAL,
        cut             INTEGER NOT NULL,
        disagreed       INTEGER,            -- 1: a judge asked in both orders said both
        PRIMARY KEY (run, trial)
    ) WITHOUT ROWID
    """,
)

RUNS = FileKind("run store", (_FIRST,))
