import asyncio
import sqlite3
import tracemalloc
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmopt.domain import (
    Call,
    Candidate,
    Completion,
    Failure,
    Measured,
    Run,
    Score,
    TokenCount,
    ToolCall,
    Trial,
    TrialKey,
    Usage,
)
from llmopt.errors import MissingError, StoreError
from llmopt.providers.recorded import line
from llmopt.store.connection import FileKind, connect
from llmopt.store.running import under_way
from llmopt.store.runs import RunStore
from llmopt.store.schema import RUNS
from llmopt.store.tallies import RoleTotal
from llmopt.store.writer import writing

SHORT = Candidate("mood", "short", "acme/one")
LONG = Candidate("mood", "long", "acme/one")


def a_run(run_id: str = "20260101-000000-aaaa") -> Run:
    return Run(
        id=run_id,
        status="running",
        started_at="2026-01-01T00:00:00+00:00",
        finished_at=None,
        seed=7,
        candidates=(LONG, SHORT),
        baselines={"mood": LONG},
        snapshot={"packages": {"llmopt": "0"}},
    )


def a_call(text: str | None = "good", *, cost: float | None = 0.5, tokens: int | None = 10) -> Call:
    usage = Usage(input_tokens=tokens, output_tokens=2)
    completion = Completion(text, usage, latency_ms=12.5, finish_reason="length")
    return Call("generation", "acme/one", completion, cost, TokenCount(11, exact=False))


def a_trial(number: int, *calls: Call, score: float | None = 1.0, candidate: int = 1) -> Trial:
    chosen = (LONG, SHORT)[candidate]
    return Trial(
        number=number,
        key=TrialKey(*chosen, f"case-{number}", 0),
        candidate_index=candidate,
        case_index=number,
        group="even" if number % 2 == 0 else None,
        fingerprint=number * 7,
        calls=calls,
        score=None if score is None else Score(score, "because"),
        failure=Failure("rate_limit", "slow down") if score is None else None,
    )


async def keep(store: RunStore, run: Run, trials: list[Trial]) -> None:
    async with writing(store, store.create(run)) as writer:
        for trial in trials:
            for seq, call in enumerate(trial.calls):
                await writer.call(trial.number, seq, call, trial.fingerprint)
            await writer.trial(trial)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".llmopt" / "runs.db"


async def test_a_run_comes_back_as_it_was_kept(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [])
        store.finish(a_run().id, "complete", "2026-01-01T00:01:00+00:00")
        found = store.find("latest")
    assert found.candidates == (LONG, SHORT)
    assert found.baselines == {"mood": LONG}
    assert (found.status, found.seed) == ("complete", 7)


async def test_outcomes_keep_the_unknown_apart_from_zero(path: Path) -> None:
    trials = [
        a_trial(0, a_call()),
        a_trial(1, a_call(cost=None, tokens=None), score=0.0),
        a_trial(2, score=None),
    ]
    with RunStore(path) as store:
        await keep(store, a_run(), trials)
        untouched, table = store.of(store.find("latest")).outcomes()
    assert len(untouched) == 0
    assert list(table.score[:2]) == [1.0, 0.0]
    assert table.score[2] != table.score[2]
    assert table.cost[0] == 0.5
    assert table.cost[1] != table.cost[1]
    assert list(table.input_tokens[:2]) == [10.0, 11.0]  # reported, then counted offline
    assert list(table.estimated) == [0, 1, 0]
    assert list(table.group) == [-1, 1, -1]  # one number for a cluster, a case alone its own
    assert list(table.cut) == [1, 1, 0]


async def test_tool_calls_tier_and_time_to_first_token_are_kept(path: Path) -> None:
    reply = replace(
        a_call().completion,
        first_token_ms=3.5,
        tool_calls=(ToolCall("look_up", '{"order": 7}'),),
        service_tier="flex",
    )
    with RunStore(path) as store:
        await keep(store, a_run(), [a_trial(0, replace(a_call(), completion=reply))])
        run = store.find("latest")
        names, rows = store.of(run).table()
        kept = dict(zip(names, next(rows), strict=True))
        assert list(store.of(run).outcomes()[1].first_token_ms) == [3.5]
    assert kept["tool_calls"] == '[["look_up", "{\\"order\\": 7}"]]'
    assert (kept["service_tier"], kept["first_token_ms"]) == ("flex", 3.5)


async def test_totals_with_an_unknown_part_are_unknown(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run("a"), [a_trial(0, a_call()), a_trial(1, a_call())])
        await keep(store, a_run("b"), [a_trial(0, a_call()), a_trial(1, a_call(cost=None))])
        assert store.of(store.find("a")).totals() == {"generation": RoleTotal(2, 20, 4, 1.0)}
        assert store.of(store.find("b")).totals() == {"generation": RoleTotal(2, 20, 4, None)}


async def test_cached_calls_count_as_calls_and_tokens_but_spend_nothing(path: Path) -> None:
    asked, kept, unpriced = a_call(), a_call(), a_call(cost=None)
    trials = [
        a_trial(number, replace(call, completion=replace(call.completion, cached=cached)))
        for number, (call, cached) in enumerate([(asked, False), (kept, True), (unpriced, True)])
    ]
    with RunStore(path) as store:
        await keep(store, a_run(), trials)
        run = store.find("latest")
        assert store.of(run).totals() == {"generation": RoleTotal(3, 30, 6, 0.5, cached=2)}
        _, figures = store.of(run).outcomes()
        names, rows = store.of(run).table()
        assert [dict(zip(names, row, strict=True))["cached"] for row in rows] == [0, 1, 1]
    assert list(figures.cost[:2]) == [0.5, 0.5]  # candidates compare by the original cost
    assert figures.cost[2] != figures.cost[2]


async def test_failed_trials_are_listed_with_their_kind(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [a_trial(3, score=None), a_trial(4, a_call())])
        (failure,) = store.of(store.find("latest")).failures()
        ((_, trials, errors),) = store.runs()
    assert (failure.kind, failure.case, failure.candidate) == ("rate_limit", "case-3", SHORT)
    assert (trials, errors) == (2, 1)


async def test_a_kept_run_goes_on_without_what_is_to_be_forgotten(path: Path) -> None:
    with RunStore(path) as store:
        number = store.create(a_run())
        trials = [a_trial(0, a_call()), a_trial(1, score=None), a_trial(2, a_call())]
        async with writing(store, number) as writer:
            for trial in trials:
                for seq, call in enumerate(trial.calls):
                    await writer.call(trial.number, seq, call, trial.fingerprint)
                await writer.trial(trial)
            await writer.call(3, 0, a_call(), 21)  # arrived, but never scored
        scored = Measured(1.0, cost=0.5, tokens=12)
        failed = Measured(None, None, None)
        assert list(store.of(a_run()).measured()) == [
            (0, 0, scored),
            (1, 7, failed),
            (2, 14, scored),
        ]
        assert store.reopen(a_run(), [1, 2]) == number
        assert list(store.of(a_run()).measured()) == [(0, 0, scored)]
        totals = store.of(a_run()).totals()
        assert totals["generation"].calls == 1
        # What the others cost is no less paid for: trial 2 and the one that was cut off.
        assert (totals["retries"].calls, totals["retries"].cost) == (2, 1.0)
        assert store.find("latest").status == "partial", "nobody runs it"
        with under_way(path, a_run().id):
            assert store.find("latest").status == "running"
            assert [run.status for run, _, _ in store.runs()] == ["running"]


async def test_the_table_has_one_row_per_trial_with_its_last_reply(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [a_trial(0, a_call("draft"), a_call("final")), a_trial(1)])
        names, rows = store.of(store.find("latest")).table()
        first, second = (dict(zip(names, row, strict=True)) for row in rows)
    assert (first["response"], first["cost"], first["input_tokens"]) == ("final", 1.0, 20)
    assert (second["response"], second["cost"], second["input_tokens"]) == (None, None, None)


@pytest.mark.parametrize("asked", ["20260101-000000-aaaa", "20260101", "latest"])
async def test_a_run_is_found_by_id_by_beginning_and_as_latest(path: Path, asked: str) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [])
        assert store.find(asked).id == a_run().id


async def test_an_unknown_or_ambiguous_id_says_so(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run("2026-a"), [])
        await keep(store, a_run("2026-b"), [])
        with pytest.raises(MissingError, match="fits several runs"):
            store.find("2026")
        with pytest.raises(MissingError, match="no run '2027'"):
            store.find("2027")
        with pytest.raises(MissingError, match=r"no run '\*'"):
            store.find("*")


async def test_rows_are_on_disk_when_the_body_ends_by_an_exception(path: Path) -> None:
    with RunStore(path) as store:

        async def cut_short() -> None:
            async with writing(store, store.create(a_run())) as writer:
                await writer.trial(a_trial(0))
                raise RuntimeError("power cut")

        with pytest.raises(RuntimeError, match="power cut"):
            await cut_short()
    with RunStore(path) as reopened:
        ((_, trials, _),) = reopened.runs()
    assert trials == 1


async def test_a_cancelled_run_keeps_what_had_arrived(path: Path) -> None:
    arrived = asyncio.Event()

    async def work(store: RunStore) -> None:
        async with writing(store, store.create(a_run())) as writer:
            await writer.trial(a_trial(0))
            arrived.set()
            await asyncio.Event().wait()

    with RunStore(path) as store:
        task = asyncio.create_task(work(store))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        ((_, trials, _),) = store.runs()
    assert trials == 1


async def test_half_an_emoji_in_a_reply_does_no_harm(path: Path) -> None:
    with RunStore(path) as store:
        await keep(
            store, a_run(), [a_trial(0, a_call("cut off \ud83d")), a_trial(1, a_call("ä😀"))]
        )
        names, rows = store.of(store.find("latest")).table()
        replies = [dict(zip(names, row, strict=True))["response"] for row in rows]
    assert replies == ["cut off \N{REPLACEMENT CHARACTER}", "ä😀"]


async def test_whatever_cannot_be_written_stops_the_producers_and_nobody_hangs(
    path: Path,
) -> None:
    with RunStore(path) as store:
        number = store.create(a_run())

        async def produce() -> None:
            async with writing(store, number) as writer:
                await writer.call(0, 0, a_call(tokens=2**64), 0)
                for n in range(1, 5000):  # more than the queue holds
                    await writer.call(n, 0, a_call(), 0)
                    await asyncio.sleep(0)

        with pytest.raises(OverflowError):
            await asyncio.wait_for(produce(), timeout=30)


async def test_a_failing_disk_stops_the_producers_and_nobody_hangs(path: Path) -> None:
    with RunStore(path) as store:
        number = store.create(a_run())
        store._db.execute("PRAGMA query_only = ON")

        async def produce() -> None:
            async with writing(store, number) as writer:
                for n in range(5000):  # more than the queue holds
                    await writer.trial(a_trial(n))
                    await asyncio.sleep(0)

        with pytest.raises(StoreError, match="cannot use the run store"):
            await asyncio.wait_for(produce(), timeout=30)


def test_a_store_from_a_newer_llmopt_is_left_alone(path: Path) -> None:
    RunStore(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(RUNS.migrations) + 1}")
    db.close()
    with pytest.raises(StoreError, match="newer llmopt") as raised:
        RunStore(path)
    assert raised.value.hint is not None
    assert "upgrade llmopt" in raised.value.hint


def test_a_damaged_store_says_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, it only says so" * 100)
    with pytest.raises(StoreError) as raised:
        RunStore(path)
    assert raised.value.hint is not None
    assert "move it away" in raised.value.hint


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot use the run store .*: File exists: ") as caught:
        RunStore(tmp_path / "file" / "runs.db")
    assert "move away what is there" in str(caught.value.hint)


def test_the_store_stays_out_of_version_control(path: Path) -> None:
    RunStore(path).close()
    assert "*" in (path.parent / ".gitignore").read_text().splitlines()


def test_opening_twice_migrates_once(path: Path) -> None:
    with RunStore(path), RunStore(path) as second:
        assert list(second.runs()) == []


def grown(*statements: str) -> FileKind:
    """Return the kind of file that the run store will be, one migration from now."""
    return FileKind("run store", (*RUNS.migrations, statements))


def test_a_store_of_the_first_version_is_brought_to_the_next_with_all_it_holds(path: Path) -> None:
    with RunStore(path) as store:
        asyncio.run(keep(store, a_run(), [a_trial(0, a_call())]))
    kind = grown("ALTER TABLE trials ADD COLUMN note TEXT", "UPDATE trials SET note = 'old'")
    with closing(connect(path, kind)) as db:
        assert db.execute("SELECT score, note FROM trials").fetchall() == [(1.0, "old")]
        assert db.execute("PRAGMA user_version").fetchone() == (len(kind.migrations),)
    with closing(connect(path, kind)) as db:  # and no second time
        assert db.execute("SELECT count(*) FROM trials").fetchone() == (1,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    with RunStore(path) as store:
        asyncio.run(keep(store, a_run(), [a_trial(0, a_call())]))
    with pytest.raises(StoreError, match="no such table: nowhere"):
        connect(path, grown("ALTER TABLE trials ADD COLUMN note TEXT", "DELETE FROM nowhere"))
    with RunStore(path) as store:
        assert [run.id for run, _, _ in store.runs()] == [a_run().id]
        assert len(list(store.of(store.find("latest")).measured())) == 1


def begun(path: Path) -> tuple[RunStore, list[str]]:
    told: list[str] = []
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return RunStore.fit_for_writing(path, now=lambda: now, notice=told.append), told


@pytest.mark.parametrize("how", ["garbage", "a page", "the middle", "cut short"])
def test_a_damaged_store_is_set_aside_by_name_and_a_new_one_begins(path: Path, how: str) -> None:
    with RunStore(path) as store:
        asyncio.run(keep(store, a_run(), [a_trial(n, a_call("x" * 500)) for n in range(200)]))
    content = bytearray(path.read_bytes())
    if how == "garbage":
        content[:] = b"garbage"
    elif how == "a page":
        content[4096:8192] = bytes(range(256)) * 16
    elif how == "the middle":
        content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
    else:
        del content[len(content) // 2 :]
    path.write_bytes(content)
    store, told = begun(path)
    with store, pytest.raises(MissingError):
        store.find("latest")
    aside = path.with_name("runs.db.damaged-20260102-030405")
    assert told == [f"the run store was damaged and is set aside as {aside}; a new one begins"]
    assert aside.read_bytes() == content


async def test_a_sound_store_is_opened_as_it_is(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [a_trial(0, a_call())])
    store, told = begun(path)
    with store:
        assert store.find("latest").id == a_run().id
    assert told == []


def test_somebody_else_s_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreError, match="is a database of something else, no run store"):
        begun(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_a_folder_in_its_place_is_said_to_be_one(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="is a folder"):
        begun(path)


async def test_trials_are_read_back_as_they_were_written(path: Path) -> None:
    written = [a_trial(0, a_call(), a_call("bad")), a_trial(1), a_trial(2, a_call(), score=None)]
    with RunStore(path) as store:
        await keep(store, a_run(), written)
        kept = store.of(store.find("latest"))
        found = list(kept.trials())
        assert [line(trial) for trial in found] == [line(trial) for trial in written]
        assert [(one.number, one.group, one.failure) for one in found] == [
            (one.number, one.group, one.failure) for one in written
        ]
        assert kept.tally() == (3, 1, 0, 0, 0)


async def test_trials_are_read_one_by_one(path: Path) -> None:
    with RunStore(path) as store:
        await keep(store, a_run(), [a_trial(n, a_call("x" * 10_000)) for n in range(500)])
        kept = store.of(store.find("latest"))
        tracemalloc.start()
        try:
            assert sum(1 for _ in kept.trials()) == 500
            assert tracemalloc.get_traced_memory()[1] < 500_000
        finally:
            tracemalloc.stop()
