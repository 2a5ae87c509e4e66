"""How calls to one model wait for each other, seen from outside: when each arrives at the model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.evaluate.simulated import (
    LATENCY,
    WELL,
    Scripted,
    ask_often,
    refusal,
    request,
    simulate,
)

from llmopt.domain import Completion, Limits, Request, Usage
from llmopt.errors import ProviderError
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.pacing import Paced, by_size
from llmopt.providers.base import Provider
from llmopt.providers.quota import Quota, Quotas

UNLIMITED = Limits()


def paced(
    provider: Provider, clock: Clock, *, concurrency: int = 8, limits: Limits = UNLIMITED
) -> Paced:
    return Paced(
        provider, limits=limits, concurrency=concurrency, tokens_of=lambda _: 10, clock=clock
    )


async def ask_all(provider: Provider, texts: str) -> None:
    await asyncio.gather(*[provider.complete(request(text)) for text in texts])


def test_no_more_calls_are_under_way_than_allowed() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        await ask_all(paced(model, clock, concurrency=3), "abcdefgh")
        assert model.most == 3
        assert model.arrivals == pytest.approx([0, 0, 0, 0.05, 0.05, 0.05, 0.1, 0.1])

    simulate(main)


def test_calls_are_sent_in_the_order_in_which_they_came() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        await ask_all(paced(model, clock, concurrency=2), "abcdefghijklm")
        assert "".join(model.asked) == "abcdefghijklm"

    simulate(main)


def test_a_pause_that_a_person_would_notice_is_told_once() -> None:
    told: list[float] = []

    async def main(clock: Clock) -> None:
        refusals = [*[refusal(20_000)] * 3, refusal(9_000)]
        model = Scripted(*refusals, clock=clock)
        provider = Paced(model, limits=UNLIMITED, concurrency=3, clock=clock, on_pause=told.append)
        await ask_all(provider, "abc")

    simulate(main)
    assert told == [20.0]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_call_given_up_while_it_waits_holds_up_nobody(place: int) -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        provider = paced(model, clock, concurrency=1)
        calls = [asyncio.create_task(provider.complete(request(text))) for text in "abcd"]
        await clock.sleep(0.01)
        calls[1 + place].cancel()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(outcome, Completion) for outcome in done].count(True) == 3
        assert model.arrivals == pytest.approx([0, 0.05, 0.1])

    simulate(main)


def test_a_call_given_up_while_it_is_under_way_makes_room() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock, latency=60)
        provider = paced(model, clock, concurrency=1)
        hanging = asyncio.create_task(provider.complete(request()))
        await clock.sleep(1)
        model.latency = 0
        hanging.cancel()
        await provider.complete(request())
        assert model.arrivals == [0, 1]

    simulate(main)


@pytest.mark.parametrize("seed", range(5))
def test_whoever_gives_up_whenever_no_place_is_lost(seed: int) -> None:
    async def main(clock: Clock) -> None:
        outcomes: list[Completion | Exception] = [refusal(80), WELL, refusal()]
        model = Scripted(*outcomes * 20, clock=clock)
        provider = paced(model, clock, limits=Limits(requests_per_minute=3000))
        calls = [asyncio.create_task(provider.complete(request())) for _ in range(100)]
        for call in calls[::2]:
            await clock.sleep(clock.chance() * 0.05)
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        for _ in range(8):  # wide again after what was refused
            await ask_all(provider, "abcdefgh")
        model.most = 0
        await ask_all(provider, "abcdefgh")
        assert model.most == 8

    simulate(main, seed=seed)


def test_a_provider_that_breaks_makes_room_too() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(KeyError("a bug"), clock=clock)
        provider = paced(model, clock, concurrency=1)
        with pytest.raises(KeyError):
            await provider.complete(request())
        await provider.complete(request())

    simulate(main)


def test_requests_keep_to_their_limit() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        provider = paced(model, clock, limits=Limits(requests_per_minute=20))
        await ask_all(provider, "abcdef")
        assert model.arrivals == pytest.approx([0, 0, 3, 6, 9, 12])

    simulate(main)


def test_tokens_keep_to_their_limit_by_input_and_largest_reply() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(*[Completion("positive")] * 3, clock=clock)
        provider = paced(model, clock, limits=Limits(tokens_per_minute=6000))  # 600 at once
        for _ in range(3):
            await provider.complete(request(max_tokens=590))
        assert model.arrivals == pytest.approx([0, 6, 12], abs=0.01)

    simulate(main)


def test_tokens_that_were_not_used_are_free_for_others_at_once() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        provider = paced(model, clock, limits=Limits(tokens_per_minute=6000))
        big = replace(request(), params={"max_tokens": 590})
        await asyncio.gather(*[provider.complete(big) for _ in range(3)])
        assert model.arrivals == pytest.approx([0, 0.15, 0.3])  # without: 0, 6, 12

    simulate(main)


def test_tokens_of_a_refused_call_were_not_used() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(100), clock=clock)
        provider = paced(model, clock, limits=Limits(tokens_per_minute=6000))
        await provider.complete(request(max_tokens=590))
        assert model.arrivals == pytest.approx([0, 0.15])

    simulate(main)


def test_more_tokens_than_reserved_hold_back_those_that_follow() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(Completion("a long one", Usage(10, 1190)), clock=clock)
        provider = paced(model, clock, limits=Limits(tokens_per_minute=6000))
        await provider.complete(request())
        await provider.complete(request())
        assert model.arrivals == pytest.approx([0, 6.1], abs=0.01)

    simulate(main)


def test_a_request_larger_than_the_limit_is_sent_all_the_same() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(Completion("positive"), clock=clock)
        provider = paced(model, clock, limits=Limits(tokens_per_minute=60))
        await provider.complete(request(max_tokens=100_000))
        assert model.arrivals == [0]

    simulate(main)


def test_tokens_are_not_counted_where_nobody_limits_them() -> None:
    def never(_: Request) -> int:
        raise AssertionError("counted in vain")

    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        await Paced(model, limits=UNLIMITED, concurrency=1, tokens_of=never, clock=clock).complete(
            request()
        )

    simulate(main)


def test_an_input_is_taken_for_a_token_in_four_bytes_until_the_answer_tells() -> None:
    assert by_size(request("Say whether this is good.")) == 6
    assert by_size(request("\u8fd9\u4e2a\u5f88\u597d")) == 3


def test_a_pause_asked_for_holds_for_all_callers_to_the_millisecond() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(1234), clock=clock)
        provider = paced(model, clock, concurrency=1)
        await ask_all(provider, "abc")
        assert model.arrivals[1] == pytest.approx(0.05 + 1.234, abs=1e-6)
        assert model.arrivals[1] >= 0.05 + 1.234 - 1e-6
        assert len(model.arrivals) == 4

    simulate(main)


@pytest.mark.parametrize(("seconds", "spread"), [(0.5, 0.5), (60, 1)])
def test_after_a_pause_calls_go_out_one_by_one(seconds: float, spread: float) -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(*[refusal(seconds * 1000)] * 8, clock=clock, latency=10)
        provider = paced(model, clock, concurrency=8)
        await ask_all(provider, "abcdefgh")
        again = model.arrivals[8:]
        assert again[0] == pytest.approx(10 + seconds, abs=1e-6)
        assert again == sorted(again)
        first_four = again[:4]  # the width is halved: the others wait for room
        assert len(set(first_four)) == 4
        assert first_four[-1] <= again[0] + spread

    simulate(main)


def test_a_pause_ends_when_a_call_that_was_sent_later_is_answered() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(60_000), clock=clock)
        provider = paced(model, clock, concurrency=2)
        await ask_all(provider, "abcd")
        texts = dict(zip(model.arrivals[1:], model.asked[1:], strict=True))
        assert model.asked == ["a", "b", "c", "d", "a"]
        assert model.arrivals == pytest.approx([0, 0, 0.05, 0.05, 60.05])
        assert texts[model.arrivals[-1]] == "a", "who was refused waits as long as asked to"

    simulate(main)


class Slowly(Scripted):
    """Takes as many tenths of a second as the text says."""

    async def complete(self, request: Request) -> Completion:
        self.latency = int(request.messages[0].content) / 10
        return await super().complete(request)


def test_a_refusal_older_than_an_answer_pauses_nobody_else() -> None:
    async def main(clock: Clock) -> None:
        model = Slowly(refusal(60_000), clock=clock)
        provider = paced(model, clock)
        both = asyncio.create_task(ask_all(provider, "91"))
        await clock.sleep(1)
        await provider.complete(request("1"))
        await both
        assert model.arrivals == pytest.approx([0, 0, 1, 60.9])

    simulate(main)


def test_only_an_answer_to_a_later_call_than_all_refused_ends_a_pause() -> None:
    async def main(clock: Clock) -> None:
        model = Slowly(refusal(20_000), WELL, refusal(10_000), clock=clock)
        provider = paced(model, clock)
        three = asyncio.create_task(ask_all(provider, "231"))
        await clock.sleep(1)
        await provider.complete(request("5"))
        await three
        assert min(model.arrivals[3:]) == pytest.approx(20.2)

    simulate(main)


def test_a_pause_too_long_to_wait_for_fails_all_calls_and_sends_none() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(3_600_000), clock=clock)
        provider = paced(model, clock, concurrency=1)
        asks = "^it asks for a pause of 60 minutes, longer than is waited for"
        with pytest.raises(ProviderError, match=rf"{asks}: HTTP 429: Slow down\.$"):
            await provider.complete(request())
        with pytest.raises(ProviderError, match=rf"{asks}: not sent, .*: HTTP 429") as caught:
            await provider.complete(request())
        assert caught.value.kind == "rate_limit"
        assert caught.value.retry_after_ms == pytest.approx(3_600_000)
        assert model.arrivals == [0]
        await clock.sleep(3_600)
        await provider.complete(request())
        assert len(model.arrivals) == 2

    simulate(main)


def test_those_already_waiting_are_not_left_to_a_pause_too_long() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(3_600_000), clock=clock)
        provider = paced(model, clock, concurrency=1)
        calls = [provider.complete(request(text)) for text in "abc"]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(outcome, ProviderError) for outcome in outcomes)
        assert clock.seconds() == pytest.approx(0.05)

    simulate(main)


def test_one_slow_model_never_holds_up_another() -> None:
    async def main(clock: Clock) -> None:
        slow = Scripted(refusal(60_000), clock=clock)
        quick = Scripted(clock=clock)
        waiting = asyncio.create_task(paced(slow, clock).complete(request()))
        await clock.sleep(1)
        await ask_all(paced(quick, clock), "abcdefgh")
        assert clock.seconds() == pytest.approx(1.05)
        assert not waiting.done()
        await waiting

    simulate(main)


@pytest.mark.parametrize("unit", ["requests", "tokens"])
def test_what_the_api_tells_of_its_limits_is_kept_to(unit: str) -> None:
    class Telling(Scripted):
        on_quotas: Callable[[Quotas], None] | None = None

        async def complete(self, request: Request) -> Completion:
            completion = await super().complete(request)
            left = 3 - len(self.arrivals)
            if self.on_quotas and left >= 0:
                requests, tokens = Quota(10, left, rate=0.5), Quota(100, left * 10, rate=5)
                told = Quotas(requests, None) if unit == "requests" else Quotas(None, tokens)
                self.on_quotas(told)
            return completion

    async def main(clock: Clock) -> None:
        model = Telling(*[Completion("positive", Usage(10, 0))] * 5, clock=clock)
        provider = paced(model, clock)
        for _ in range(5):
            await provider.complete(request())
        assert model.arrivals == pytest.approx([0, 0.05, 0.1, 2.15, 4.15])

    simulate(main)


def test_a_call_that_hangs_does_not_hold_up_one_that_is_sent_alone_for_ever() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(Completion("after an hour"), *[refusal()] * 5, clock=clock)
        provider = paced(model, clock)
        model.latency = 3600
        hanging = asyncio.create_task(provider.complete(request("hanging")))
        await clock.sleep(1)
        model.latency = 0.05
        await provider.complete(request())
        assert not hanging.done()
        assert clock.seconds() < 60
        last_wait = model.arrivals[-1] - model.arrivals[-2]
        assert 30 + 4 <= last_wait <= 30 + 8 + LATENCY, (
            "a backoff, and no longer than half a minute"
        )
        await hanging

    simulate(main)


def test_only_refusals_are_a_reason_to_send_a_call_alone() -> None:
    async def main(clock: Clock) -> None:
        failures = [refusal(1, kind="server")] * 5
        model = Scripted(WELL, *failures, clock=clock, latency=3600)
        provider = paced(model, clock)
        hanging = asyncio.create_task(provider.complete(request()))
        await clock.sleep(1)
        model.latency = LATENCY
        await provider.complete(request())
        assert clock.seconds() < 2
        await hanging

    simulate(main)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 500])
def test_no_minute_has_more_requests_than_the_limit(per_minute: int) -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(clock=clock)
        provider = paced(model, clock, limits=Limits(requests_per_minute=per_minute))
        await clock.sleep(100)
        await ask_often(provider, 3 * per_minute, workers=8)
        sent = model.arrivals
        for start in sent:
            assert sum(start <= at < start + 60 for at in sent) <= per_minute
        assert sent[-1] - sent[0] < 3.1 * 60

    simulate(main)


class Metered(Scripted):
    """A model whose replies are as long as they may be, or a tenth of that, in turn."""

    def __init__(self, clock: Clock, latency: float) -> None:
        super().__init__(clock=clock, latency=latency)
        self.taken: list[tuple[float, int]] = []

    async def complete(self, request: Request) -> Completion:
        length = request.params["max_tokens"] // (1 if len(self.taken) % 2 else 10)
        self.taken.append((self._clock.seconds(), 10 + length))
        return replace(await super().complete(request), usage=Usage(10, length))

    def busiest(self, name: Callable[[int], int], seconds: float = 60) -> int:
        """Return the most of something that any span of so many seconds has seen."""
        return max(
            sum(name(tokens) for at, tokens in self.taken if start <= at < start + seconds)
            for start, _ in self.taken
        )


@pytest.mark.parametrize("latency", [0.05, 5.0])
def test_two_models_at_one_server_each_keep_to_their_own_limits_in_every_minute(
    latency: float,
) -> None:
    async def main(clock: Clock) -> None:
        one, two = Metered(clock, latency), Metered(clock, latency)
        first = paced(one, clock, limits=Limits(tokens_per_minute=6000))
        second = paced(two, clock, limits=Limits(requests_per_minute=30))
        calls = [request(max_tokens=size) for size in (590, 90, 290) for _ in range(25)]
        await asyncio.gather(*[model.complete(call) for call in calls for model in (first, second)])
        assert len(one.taken) == len(two.taken) == 75
        assert 5000 < one.busiest(lambda tokens: tokens) <= 1.1 * 6000
        assert two.busiest(lambda _: 1) == 30

    simulate(main)
