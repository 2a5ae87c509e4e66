"""Pacing around a real provider on real sockets; here the waits are real, a few milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from tests.wire.asking import Api, request
from tests.wire.formats import openai_error
from tests.wire.server import ModelServer, Reply

from llmopt.domain import Limits
from llmopt.errors import ProviderError
from llmopt.evaluate.pacing import Paced

SLOW_DOWN = openai_error("Slow down.", kind="requests")


@pytest.fixture
async def openai(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    async with ModelServer() as server:
        yield Api("openai", server)


def paced(api: Api) -> Paced:
    return Paced(api.provider(), limits=Limits(), concurrency=8, tokens_of=lambda _: 10)


async def test_a_refused_call_is_sent_again_after_the_pause_and_answered(openai: Api) -> None:
    openai.server.script(*[Reply(429, SLOW_DOWN, {"retry-after-ms": "3"})] * 4)
    async with aclosing(paced(openai)) as provider:
        done = await asyncio.gather(*[provider.complete(request()) for _ in range(12)])
        retries = provider.retries
    assert [completion.text for completion in done] == ["positive"] * 12
    assert len(openai.server.seen) == 16, "the SDK's own retries are off"
    assert (retries.total, retries.by_kind) == (4, {"rate_limit": 4})
    assert retries.waited_ms >= 4 * 3


async def test_all_attempts_are_counted_and_told(openai: Api) -> None:
    """Who is told when to come back comes back ten times."""
    openai.server.script(*[Reply(429, SLOW_DOWN, {"retry-after-ms": "1"})] * 11)
    async with aclosing(paced(openai)) as provider:
        with pytest.raises(ProviderError, match=r"^after 11 attempts: HTTP 429: Slow down\.$"):
            await provider.complete(request())
    assert len(openai.server.seen) == 11


async def test_what_will_not_pass_is_asked_once(openai: Api) -> None:
    openai.server.script(Reply(401, openai_error("No such key.")))
    async with aclosing(paced(openai)) as provider:
        with pytest.raises(ProviderError, match="No such key"):
            await provider.complete(request())
    assert len(openai.server.seen) == 1


async def test_a_limit_told_in_headers_is_kept_to(openai: Api) -> None:
    spent = {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "500ms",  # one every 5 ms
    }
    openai.server.script(Reply(body=openai.well().body, headers=spent))
    async with aclosing(paced(openai)) as provider:
        loop = asyncio.get_running_loop()
        await provider.complete(request())
        answered = loop.time()
        await provider.complete(request())
        assert loop.time() - answered >= 0.005


async def test_the_provider_around_has_its_address(openai: Api) -> None:
    async with aclosing(paced(openai)) as provider:
        assert provider.base_url == openai.base_url
