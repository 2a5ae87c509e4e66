import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Completion, Usage
from llmopt.errors import StoreError
from llmopt.store.cache import ResponseCache
from llmopt.store.cache_rows import CACHE, checked, to_completion, to_row
from llmopt.store.connection import FileKind, _log_ahead, connect

MODEL = "acme/one"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
REPLY = Completion(
    "good",
    Usage(10, 2, 4, 0, 1),
    latency_ms=412.5,
    finish_reason="length",
    provider_id="reply-1",
    cost=0.25,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".llmopt" / "cache.db"


def key(number: int) -> bytes:
    return number.to_bytes(32)


def filled(path: Path, count: int, *, text: str = "good", model: str = MODEL) -> None:
    """Keep `count` replies, the last at noon, each a day younger than the one before."""
    for number in range(count):
        moment = NOON - timedelta(days=count - 1 - number)
        with ResponseCache(path, now=lambda: moment) as cache:  # noqa: B023 - used at once
            cache.put(key(number), Completion(text, cost=0.5), model=model)


def test_a_reply_comes_back_as_it_was_after_a_restart(path: Path) -> None:
    with ResponseCache(path) as cache:
        assert cache.get(key(1)) is None
        cache.put(key(1), REPLY, model=MODEL)
    with ResponseCache(path) as cache:
        found = cache.get(key(1))
        assert cache.get(key(2)) is None
    assert found == Completion(
        "good",
        Usage(10, 2, 4, 0, 1),
        latency_ms=412.5,
        finish_reason="length",
        provider_id="reply-1",
        cost=0.25,
        cached=True,
    )


@given(
    st.text(st.characters(exclude_categories=())),  # lone surrogates as well
    st.none() | st.floats(allow_nan=False),
    st.none() | st.integers(0, 2**70),
)
def test_every_text_and_figure_survives_unknown_ones_stay_unknown(
    text: str, cost: float | None, tokens: int | None
) -> None:
    completion = Completion(text, Usage(tokens), cost=cost, latency_ms=cost)
    row = to_row(key(1), completion, model=MODEL, stored_at="")
    found = to_completion(checked(tuple(row)))
    assert found.text == text
    assert (found.cost, found.latency_ms, found.usage) == (cost, cost, Usage(tokens))


def test_a_new_entry_is_found_before_it_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmopt.store.cache.LINGER_SECONDS", 3600.0)
    with ResponseCache(path) as cache:
        cache.put(key(1), REPLY, model=MODEL)
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT count(*) FROM entries").fetchone() == (0,)
        found = cache.get(key(1))
    assert found is not None
    assert found.text == "good"


def test_the_newer_of_two_replies_is_kept(path: Path) -> None:
    with ResponseCache(path) as cache:
        cache.put(key(1), Completion("old"), model=MODEL)
        cache.put(key(1), Completion("new"), model=MODEL)
    with ResponseCache(path) as cache:
        cache.put(key(1), Completion("newest"), model=MODEL)
    with ResponseCache(path) as cache:
        found = cache.get(key(1))
        assert cache.stats().entries == 1
    assert found is not None
    assert found.text == "newest"


def test_new_entries_are_written_in_batches(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []

    def traced(path: Path, kind: FileKind) -> sqlite3.Connection:
        connection = connect(path, kind)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr("llmopt.store.cache.connect", traced)
    with ResponseCache(path) as cache:
        for number in range(500):
            cache.put(key(number), REPLY, model=MODEL)
    assert sum(text.startswith("INSERT OR REPLACE INTO entries") for text in statements) == 500
    assert statements.count("COMMIT") < 50


def test_what_a_reply_cannot_hold_is_not_kept_and_does_no_harm(path: Path) -> None:
    with ResponseCache(path) as cache:
        cache.put(key(1), Completion("good", Usage(object())), model=MODEL)  # type: ignore[arg-type]
        assert cache.get(key(1)) is None


WRITER = """
import sys
from pathlib import Path
from llmopt.domain import Completion
from llmopt.store.cache import ResponseCache

first = int(sys.argv[2])
sys.stdin.read(1)
with ResponseCache(Path(sys.argv[1]), notice=lambda text: sys.exit(text)) as cache:
    for number in range(first, first + 200):
        key = number.to_bytes(32)
        cache.get(key)
        cache.put(key, Completion(f"reply {number}"), model="acme/one")
"""


def test_two_processes_fill_one_new_cache_at_the_same_time(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [
        subprocess.Popen([*command, str(first)], stdin=subprocess.PIPE) for first in (0, 100)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    with ResponseCache(path) as cache:
        replies = [cache.get(key(number)) for number in range(301)]
    assert [reply.text if reply else None for reply in replies] == [
        *(f"reply {number}" for number in range(300)),
        None,
    ]


def test_opening_waits_where_sqlite_fails_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes that turn write-ahead logging on in a new file at the same moment."""
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    statements, slept = [busy, busy, None], list[float]()

    class Busy:
        def execute(self, _: str) -> None:
            if error := statements.pop(0):
                raise error

    monkeypatch.setattr("llmopt.store.connection.time.sleep", slept.append)
    _log_ahead(cast("sqlite3.Connection", Busy()))
    assert (len(statements), len(slept)) == (0, 2)


def test_lookups_go_on_while_another_process_writes(path: Path) -> None:
    filled(path, 1)
    with ResponseCache(path) as cache, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        cache.put(key(7), REPLY, model=MODEL)
        assert cache.get(key(0)) is not None
        other.execute("ROLLBACK")
    with ResponseCache(path) as cache:
        assert cache.get(key(7)) is not None


def overwritten(path: Path) -> None:
    path.write_bytes(b"this is not a database, it only says so" * 100)


def without_tables(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(CACHE.migrations)}")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def another_reply(path: Path) -> None:
    content = path.read_bytes()
    assert content.count(b'"good"') == 1
    path.write_bytes(content.replace(b'"good"', b'"evil"'))


@pytest.mark.parametrize("damage", [overwritten, without_tables, cut_short, another_reply])
def test_a_damaged_cache_is_set_aside_by_name_and_the_next_one_works(
    path: Path, damage: Callable[[Path], None]
) -> None:
    filled(path, 1)
    damage(path)
    told: list[str] = []
    with ResponseCache(path, now=lambda: NOON, notice=told.append) as cache:
        assert cache.get(key(0)) is None
        cache.put(key(1), REPLY, model=MODEL)
        cache.get(key(0))
    aside = path.with_name("cache.db.damaged-20260131-120000")
    assert aside.exists()
    (notice,) = told
    assert str(aside) in notice
    with ResponseCache(path, notice=told.append) as cache:
        cache.put(key(2), REPLY, model=MODEL)
        assert cache.get(key(2)) is not None
    assert len(told) == 1


def test_a_cache_that_cannot_be_written_is_used_no_more_and_says_so_once(path: Path) -> None:
    filled(path, 1)
    told: list[str] = []
    with ResponseCache(path, notice=told.append) as cache:
        cache.put(key(1), REPLY, model=MODEL)
        cache._flush()
        assert cache._writer is not None
        cache._writer.execute("PRAGMA query_only = ON")
        cache.put(key(2), REPLY, model=MODEL)
        with pytest.raises(StoreError, match="not open"):
            cache.stats()
        cache.put(key(3), REPLY, model=MODEL)
        assert cache.get(key(0)) is None
    (notice,) = told
    assert "used no more" in notice
    assert path.exists()


def test_a_cache_from_a_newer_llmopt_is_left_alone(path: Path) -> None:
    filled(path, 1)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(CACHE.migrations) + 1}")
    with pytest.raises(StoreError, match="newer llmopt"):
        ResponseCache(path)
    assert not list(path.parent.glob("*.damaged-*"))


def test_stats_tell_entries_dates_hits_and_dollars_by_model(path: Path) -> None:
    filled(path, 2)
    with ResponseCache(path, now=lambda: NOON) as cache:
        cache.put(key(8), Completion("fine", cost=None), model="acme/two")
        for number in (0, 0, 1):
            cache.get(key(number))
        cache.get(key(9))
        stats = cache.stats()
    assert (stats.entries, stats.hits, stats.saved) == (3, 3, 1.5)
    assert (stats.oldest, stats.newest) == (
        "2026-01-30T12:00:00+00:00",
        "2026-01-31T12:00:00+00:00",
    )
    assert [(m.model, m.entries, m.hits, m.saved) for m in stats.models] == [
        ("acme/one", 2, 3, 1.5),
        ("acme/two", 1, 0, 0.0),
    ]
    assert stats.bytes >= sum(model.bytes for model in stats.models) > 0


def test_hits_add_up_over_runs_and_one_of_unknown_cost_makes_the_saving_unknown(
    path: Path,
) -> None:
    filled(path, 1)
    for _ in range(2):
        with ResponseCache(path) as cache:
            cache.get(key(0))
    with ResponseCache(path) as cache:
        assert (cache.stats().hits, cache.stats().saved) == (2, 1.0)
        cache.put(key(1), Completion("fine", cost=None), model=MODEL)
        cache.get(key(1))
        cache.get(key(0))
        assert (cache.stats().hits, cache.stats().saved) == (4, None)


def test_pruning_by_age_removes_what_is_older(path: Path) -> None:
    filled(path, 5)
    with ResponseCache(path, now=lambda: NOON) as cache:
        assert cache.prune(older_than=timedelta(days=2)).entries == 2
        assert [cache.get(key(number)) is not None for number in range(5)] == [
            False,
            False,
            True,
            True,
            True,
        ]


def test_pruning_by_size_keeps_the_newest_that_fit(path: Path) -> None:
    filled(path, 8, text="x" * 50_000)
    with ResponseCache(path) as cache:
        removed = cache.prune(max_bytes=220_000)
        stats = cache.stats()
        kept = [number for number in range(8) if cache.get(key(number))]
    assert stats.bytes <= 220_000
    assert path.stat().st_size <= 220_000
    assert kept in ([5, 6, 7], [4, 5, 6, 7])
    assert removed.entries == 8 - len(kept)
    assert removed.bytes > 100_000


def test_a_cache_too_small_for_anything_ends_up_empty(path: Path) -> None:
    filled(path, 3)
    with ResponseCache(path) as cache:
        assert cache.prune(max_bytes=1).entries == 3
        assert cache.stats().entries == 0


def test_clearing_removes_everything_and_frees_the_room(path: Path) -> None:
    filled(path, 3, text="x" * 50_000)
    with ResponseCache(path) as cache:
        cache.get(key(0))
        removed = cache.clear()
        stats = cache.stats()
    assert removed.entries == 3
    assert removed.bytes > 100_000
    assert (stats.entries, stats.hits, stats.saved, stats.models) == (0, 0, 0, ())


def test_closing_twice_and_using_it_afterwards_does_no_harm(path: Path) -> None:
    cache = ResponseCache(path)
    cache.put(key(1), REPLY, model=MODEL)
    cache.close()
    cache.close()
    cache.put(key(2), REPLY, model=MODEL)
    assert cache.get(key(1)) is None
    assert not [t for t in threading.enumerate() if t.name.startswith("llmopt-cache")]
