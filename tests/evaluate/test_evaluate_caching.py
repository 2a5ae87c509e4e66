import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from llmopt.domain import (
    Completion,
    FinishReason,
    Message,
    Model,
    Price,
    Request,
    TrialKey,
    Usage,
)
from llmopt.errors import ProviderError
from llmopt.evaluate.caching import Cached, CacheMode, CacheUse, caching
from llmopt.providers.base import Provider
from llmopt.providers.openai_api import OpenAIModel
from llmopt.store.cache import ResponseCache

MODEL = Model("openai/small", "small", price=None)
PRICED = Model("openai/small", "small", price=Price(input=2.0, output=10.0))
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def a_request(content: str = "Is it sunny?", repeat: int = 0, **params: Any) -> Request:
    trial = TrialKey("mood", "short", "small", "sunny", repeat)
    return Request((Message("user", content),), params or {"temperature": 0}, trial)


class Answering:
    """Answers every request with its number, or as told; counts them."""

    def __init__(self, **reply: Any) -> None:
        self.asked: list[Request] = []
        self.opened = self.closed = 0
        self._reply: dict[str, Any] = {
            "usage": Usage(1000, 100),
            "latency_ms": 50.0,
            "finish_reason": "stop",
        }
        self._reply |= reply

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        return Completion(**{"text": f"reply {len(self.asked)}", **self._reply})

    def open(self) -> None:
        self.opened += 1

    async def aclose(self) -> None:
        self.closed += 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


@pytest.fixture
def cache(path: Path) -> Iterator[ResponseCache]:
    with ResponseCache(path) as cache:
        yield cache


def cached(
    provider: Provider,
    cache: ResponseCache,
    mode: CacheMode = "read-write",
    *,
    forced: bool = False,
    model: Model = MODEL,
    base_url: str | None = None,
) -> Cached:
    use = CacheUse(mode, forced=forced)
    return Cached(provider, cache, model=model, base_url=base_url, use=use)


async def test_the_second_time_nobody_is_asked(cache: ResponseCache) -> None:
    provider = Answering(provider_id="r1")
    around = cached(provider, cache)
    first = await around.complete(a_request())
    second = await around.complete(a_request())
    assert len(provider.asked) == 1
    assert (first.cached, second.cached) == (False, True)
    assert (second.text, second.usage, second.latency_ms) == ("reply 1", Usage(1000, 100), 50.0)
    assert (second.finish_reason, second.provider_id) == ("stop", "r1")


async def test_repeats_and_addresses_are_asked_apart(cache: ResponseCache) -> None:
    provider = Answering()
    await cached(provider, cache).complete(a_request())
    await cached(provider, cache).complete(a_request(repeat=1))
    await cached(provider, cache, base_url="http://other/v1").complete(a_request())
    assert len(provider.asked) == 3


async def test_a_hit_carries_the_original_cost(cache: ResponseCache) -> None:
    known = Model("openai/gpt-4o-mini", "small")
    around = cached(Answering(), cache, model=known)
    assert (await around.complete(a_request())).cost is None  # the engine prices what was asked
    hit = await around.complete(a_request())
    assert hit.cost == pytest.approx(1000 * 0.15e-6 + 100 * 0.6e-6)


async def test_an_unknown_cost_stays_unknown(cache: ResponseCache) -> None:
    around = cached(Answering(), cache, model=Model("openai/nobody-knows-it", "x"))
    await around.complete(a_request())
    hit = await around.complete(a_request())
    assert (hit.cached, hit.cost) == (True, None)
    assert cache.stats().saved is None


async def test_a_price_of_the_models_own_holds_for_cached_replies_as_it_stands_now(
    cache: ResponseCache,
) -> None:
    """A correction in llmopt.yaml must be seen; None leaves the pricing to the engine."""
    provider = Answering()
    await cached(provider, cache).complete(a_request())
    hit = await cached(provider, cache, model=PRICED).complete(a_request())
    assert (hit.cached, hit.cost) == (True, None)


@pytest.mark.parametrize(
    ("params", "takes_part"),
    [
        ({"temperature": 0}, True),
        ({"temperature": 0.0, "top_p": 1}, True),
        ({"temperature": 0.7, "seed": 0}, True),
        ({"temperature": 0.7}, False),
        ({"max_tokens": 4}, False),
        ({"seed": None, "temperature": None}, False),
    ],
)
async def test_only_what_is_meant_to_be_the_same_every_time_takes_part(
    cache: ResponseCache, params: dict[str, Any], *, takes_part: bool
) -> None:
    provider = Answering()
    around = cached(provider, cache)
    replies = [await around.complete(a_request(**params)) for _ in range(2)]
    assert len(provider.asked) == (1 if takes_part else 2)
    assert replies[1].cached is takes_part
    assert cache.stats().entries == (1 if takes_part else 0)


async def test_forced_everything_takes_part(cache: ResponseCache) -> None:
    provider = Answering()
    around = cached(provider, cache, forced=True)
    for _ in range(2):
        await around.complete(a_request(temperature=1.0))
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("mode", "asked", "entries"),
    [("read-write", 2, 2), ("read", 3, 1), ("write", 4, 2), ("off", 4, 1)],
)
async def test_a_mode_reads_and_writes_what_it_says(
    cache: ResponseCache, mode: CacheMode, asked: int, entries: int
) -> None:
    provider = Answering()
    await cached(provider, cache).complete(a_request("kept before"))
    around = cached(provider, cache, mode)
    await around.complete(a_request("kept before"))
    for _ in range(2):
        await around.complete(a_request("new"))
    assert len(provider.asked) == asked
    assert cache.stats().entries == entries


async def test_writing_alone_puts_the_new_reply_in_place_of_the_old(cache: ResponseCache) -> None:
    provider = Answering()
    await cached(provider, cache).complete(a_request())
    assert (await cached(provider, cache, "write").complete(a_request())).text == "reply 2"
    assert (await cached(provider, cache).complete(a_request())).text == "reply 2"


@pytest.mark.parametrize(
    "reply", [{"finish_reason": "error"}, {"text": None}, {"text": None, "score": 1.0}]
)
async def test_a_reply_cut_off_by_an_error_or_without_text_is_not_kept(
    cache: ResponseCache, reply: dict[str, Any]
) -> None:
    provider = Answering(**reply)
    around = cached(provider, cache)
    for _ in range(2):
        await around.complete(a_request())
    assert len(provider.asked) == 2
    assert cache.stats().entries == 0


@pytest.mark.parametrize("reason", ["stop", "length", "tool", "filter", None])
async def test_every_other_end_of_a_reply_is_kept(
    cache: ResponseCache, reason: FinishReason | None
) -> None:
    around = cached(Answering(finish_reason=reason), cache)
    for _ in range(2):
        reply = await around.complete(a_request())
    assert (reply.cached, reply.finish_reason) == (True, reason)


class Waiting(Answering):
    """Answers when `let_go` is set, or fails then."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.arrived = asyncio.Semaphore(0)
        self.let_go = asyncio.Event()
        self._error = error

    async def complete(self, request: Request) -> Completion:
        reply = await super().complete(request)
        self.arrived.release()
        await self.let_go.wait()
        if self._error:
            raise self._error
        return reply


@pytest.fixture
async def under_way() -> AsyncIterator[list[asyncio.Task[Completion]]]:
    tasks: list[asyncio.Task[Completion]] = []
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def started(around: Cached, tasks: list[asyncio.Task[Completion]], count: int) -> None:
    tasks += [asyncio.create_task(around.complete(a_request())) for _ in range(count)]


@pytest.mark.parametrize("mode", ["read-write", "write", "read"])
async def test_identical_requests_under_way_are_sent_once_and_all_get_the_answer(
    cache: ResponseCache, under_way: list[asyncio.Task[Completion]], mode: CacheMode
) -> None:
    provider = Waiting()
    started(cached(provider, cache, mode), under_way, 3)
    await provider.arrived.acquire()
    provider.let_go.set()
    replies = await asyncio.gather(*under_way)
    assert len(provider.asked) == 1
    assert [reply.text for reply in replies] == ["reply 1"] * 3
    assert [reply.cached for reply in replies] == [False, True, True]  # one was paid for
    assert {reply.latency_ms for reply in replies} == {50.0}


@pytest.mark.parametrize("error", [ProviderError("rate_limit", "slow down"), KeyError("usage")])
async def test_identical_requests_under_way_fail_together(
    cache: ResponseCache, under_way: list[asyncio.Task[Completion]], error: Exception
) -> None:
    provider = Waiting(error)
    around = cached(provider, cache)
    started(around, under_way, 2)
    await provider.arrived.acquire()
    provider.let_go.set()
    results = await asyncio.gather(*under_way, return_exceptions=True)
    assert results == [error, error]
    assert len(provider.asked) == 1
    with pytest.raises(type(error)):
        await around.complete(a_request())
    assert len(provider.asked) == 2  # a failure is not kept


async def test_when_the_one_who_asks_is_cancelled_another_asks_in_its_place(
    cache: ResponseCache, under_way: list[asyncio.Task[Completion]]
) -> None:
    provider = Waiting()
    started(cached(provider, cache), under_way, 3)
    await provider.arrived.acquire()
    under_way[0].cancel()
    await provider.arrived.acquire()
    provider.let_go.set()
    replies = await asyncio.gather(*under_way[1:])
    assert [reply.text for reply in replies] == ["reply 2"] * 2
    assert len(provider.asked) == 2


async def test_cancelling_one_who_waits_leaves_the_others_alone(
    cache: ResponseCache, under_way: list[asyncio.Task[Completion]]
) -> None:
    provider = Waiting()
    started(cached(provider, cache), under_way, 3)
    await provider.arrived.acquire()
    await asyncio.sleep(0)
    under_way[1].cancel()
    provider.let_go.set()
    replies = await asyncio.gather(under_way[0], under_way[2])
    assert [reply.text for reply in replies] == ["reply 1"] * 2
    assert len(provider.asked) == 1


async def test_requests_that_take_no_part_are_each_sent(
    cache: ResponseCache, under_way: list[asyncio.Task[Completion]]
) -> None:
    provider = Waiting()
    around = cached(provider, cache)
    warm = a_request(temperature=1.0)
    under_way += [asyncio.create_task(around.complete(warm)) for _ in range(2)]
    provider.let_go.set()
    replies = await asyncio.gather(*under_way)
    assert [reply.text for reply in replies] == ["reply 1", "reply 2"]


async def test_neither_key_nor_headers_nor_the_question_are_in_the_files(path: Path) -> None:
    model = Model(
        "openai/small",
        "small",
        base_url="http://user:pa55word@127.0.0.1:9/v1",
        headers={"x-team": "team-secret"},
    )
    environ = {"OPENAI_API_KEY": "sk-very-secret"}
    asked = OpenAIModel(model, environ=environ, clock=lambda: 0.0)
    with ResponseCache(path) as cache:
        around = cached(Answering(), cache, model=model, base_url=asked.base_url)
        await around.complete(a_request("a private question"))
        cache.stats()
        found = content(path.parent)  # the write-ahead log as well
    found += content(path.parent)
    assert b"reply 1" in found
    for secret in ("sk-very-secret", "team-secret", "pa55word", "127.0.0.1", "private question"):
        assert secret.encode() not in found


def damaged(path: Path) -> Path:
    path.write_bytes(b"this is not a database, it only says so" * 100)
    return path


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def content(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def wrapping(path: Path, models: tuple[Model, ...], told: list[str], **use: Any) -> Any:
    return caching(path, models, CacheUse(**use), now=lambda: NOON, notice=told.append)


async def test_models_whose_replies_cost_nothing_are_not_wrapped(path: Path) -> None:
    told: list[str] = []
    free = Model("embedded/rules", "rules"), Model("recorded/past.jsonl", "past")
    provider = Answering()
    with wrapping(path, (*free, MODEL), told) as around:
        assert [around(provider, model) is provider for model in (*free, MODEL)] == [
            True,
            True,
            False,
        ]
    assert told == []


async def test_where_no_reply_costs_anything_there_is_no_file(tmp_path: Path) -> None:
    free = Model("embedded/rules", "rules")
    provider = Answering()
    with wrapping(tmp_path / "cache.db", (free,), []) as around:
        assert around(provider, free) is provider
    assert files(tmp_path) == []


async def test_switched_off_there_is_no_file(tmp_path: Path) -> None:
    provider = Answering()
    with wrapping(tmp_path / "cache.db", (MODEL,), [], mode="off") as around:
        assert around(provider, MODEL) is provider
    assert files(tmp_path) == []


async def test_a_cache_that_cannot_be_used_is_said_and_the_run_goes_on(tmp_path: Path) -> None:
    in_the_way = damaged(tmp_path / "file")
    told: list[str] = []
    provider = Answering()
    with wrapping(in_the_way / "cache.db", (MODEL,), told) as around:
        reply = await around(provider, MODEL).complete(a_request())
    assert reply.text == "reply 1"
    (notice,) = told
    assert notice.startswith("running without the response cache: cannot use")


async def test_a_damaged_cache_is_said_and_the_run_is_cached_anew(path: Path) -> None:
    told: list[str] = []
    provider = Answering()
    with wrapping(damaged(path), (MODEL,), told) as around:
        for _ in range(2):
            await around(provider, MODEL).complete(a_request())
    assert len(provider.asked) == 1
    (notice,) = told
    assert f"{path}.damaged-20260131-120000" in notice


async def test_providers_are_opened_together_and_only_when_one_must_be_asked(path: Path) -> None:
    one, two = Answering(), Answering()
    models = MODEL, Model("openai/large", "large")
    with wrapping(path, models, []) as around:
        first, _ = around(one, models[0]), around(two, models[1])
        await first.complete(a_request())
        await first.complete(a_request("another"))
    assert (one.opened, two.opened) == (1, 1)
    with wrapping(path, models, []) as around:
        first, second = around(one, models[0]), around(two, models[1])
        assert (await first.complete(a_request())).cached
        await first.aclose()
        await second.aclose()
    assert (one.opened, two.opened, one.closed, two.closed) == (1, 1, 1, 1)


async def test_the_address_that_a_provider_asks_counts_wherever_it_was_configured(
    path: Path,
) -> None:
    class Elsewhere(Answering):
        base_url = "https://elsewhere.example.com/v1"

    with wrapping(path, (MODEL,), []) as around:
        await around(Answering(), MODEL).complete(a_request())
        elsewhere = Elsewhere()
        assert not (await around(elsewhere, MODEL).complete(a_request())).cached
        assert (await around(elsewhere, MODEL).complete(a_request())).cached
