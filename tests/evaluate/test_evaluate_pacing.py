from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from tests.evaluate.simulated import (
    LATENCY,
    WELL,
    Moody,
    Scripted,
    ask_often,
    refusal,
    request,
    simulate,
)

from llmopt.domain import Completion, Limits
from llmopt.errors import RETRYABLE, ProviderError, ProviderErrorKind
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.pacing import Paced, Retries
from llmopt.providers.base import Provider

TIMES = 2.5
"""How much longer than without a refusal a run may take."""


def paced(provider: Provider, clock: Clock, *, concurrency: int = 8, retries: int = 5) -> Paced:
    return Paced(
        provider,
        limits=Limits(),
        concurrency=concurrency,
        tokens_of=lambda _: 10,
        clock=clock,
        max_retries=retries,
    )


@pytest.mark.parametrize("kind", sorted(RETRYABLE))
def test_what_may_pass_is_tried_again(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        provider = paced(Scripted(refusal(kind=kind), refusal(kind=kind), clock=clock), clock)
        assert await provider.complete(request()) is WELL
        assert (provider.retries.total, provider.retries.by_kind) == (2, {kind: 2})

    simulate(main)


@pytest.mark.parametrize("kind", ["authentication", "bad_request", "context_length"])
def test_what_will_not_pass_fails_at_once_as_it_is(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        error = refusal(1000, kind=kind)
        model = Scripted(error, clock=clock)
        provider = paced(model, clock)
        with pytest.raises(ProviderError) as caught:
            await provider.complete(request())
        assert caught.value is error
        assert provider.retries == Retries()
        await provider.complete(request())
        assert model.arrivals == [0, LATENCY], "nobody else waits"

    simulate(main)


def test_after_the_last_retry_the_last_error_says_how_often_it_was_tried() -> None:
    async def main(clock: Clock) -> None:
        errors = [ProviderError("server", f"HTTP 500: {n}", hint="wait") for n in range(1, 9)]
        model = Scripted(*errors, clock=clock)
        provider = paced(model, clock)
        with pytest.raises(ProviderError) as caught:
            await provider.complete(request())
        assert caught.value.message == "after 6 attempts: HTTP 500: 6"
        assert (caught.value.kind, caught.value.hint) == ("server", "wait")
        assert len(model.arrivals) == 6
        assert provider.retries.total == 5

    simulate(main)


def test_without_retries_an_error_passes_as_it_is() -> None:
    async def main(clock: Clock) -> None:
        error = refusal()
        with pytest.raises(ProviderError) as caught:
            await paced(Scripted(error, clock=clock), clock, retries=0).complete(request())
        assert caught.value is error

    simulate(main)


def test_the_backoff_doubles_and_is_half_random() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(*[refusal(kind="server")] * 5, clock=clock, latency=0)
        await paced(model, clock).complete(request())
        pairs = zip(model.arrivals, model.arrivals[1:], strict=False)
        shares = [
            (b - a) / longest for (a, b), longest in zip(pairs, [0.5, 1, 2, 4, 8], strict=True)
        ]
        assert all(0.5 <= share <= 1 for share in shares)
        assert len(set(shares)) == 5

    simulate(main)


def test_no_backoff_is_longer_than_thirty_seconds() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(*[refusal(kind="server")] * 8, clock=clock, latency=0)
        await paced(model, clock, retries=12).complete(request())
        assert 15 <= model.arrivals[-1] - model.arrivals[-2] <= 30

    simulate(main)


def test_a_named_pause_takes_the_place_of_the_backoff_and_is_counted() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(7.5), refusal(20_000, kind="server"), clock=clock)
        provider = paced(model, clock)
        await provider.complete(request())
        gaps = [b - a - LATENCY for a, b in zip(model.arrivals, model.arrivals[1:], strict=False)]
        assert gaps == pytest.approx([0.0075, 20], abs=1e-6)
        assert provider.retries.waited_ms == pytest.approx(20_007.5, abs=1e-3)
        assert provider.retries.by_kind == {"rate_limit": 1, "server": 1}

    simulate(main)


def test_the_latency_is_that_of_the_attempt_that_was_answered() -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(refusal(60_000), Completion("positive", latency_ms=50.0), clock=clock)
        assert (await paced(model, clock).complete(request())).latency_ms == 50.0

    simulate(main)


@pytest.mark.parametrize(
    ("kind", "width"), [("rate_limit", 4), ("overloaded", 4), ("server", 8), ("timeout", 8)]
)
def test_only_too_much_at_a_time_makes_fewer_at_a_time(kind: ProviderErrorKind, width: int) -> None:
    async def main(clock: Clock) -> None:
        model = Scripted(*[refusal(kind=kind)] * 8, clock=clock)
        provider = paced(model, clock)
        asking = asyncio.create_task(ask_often(provider, 8, workers=8))
        await clock.sleep(1.5 * LATENCY)
        assert provider.width == width
        await asking

    simulate(main)


def test_whatever_else_the_provider_has_is_still_there() -> None:
    class Real(Scripted):
        base_url = "http://127.0.0.1:11434/v1"
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    async def main(clock: Clock) -> None:
        model = Real(clock=clock)
        provider = paced(model, clock)
        await provider.aclose()
        assert model.closed
        assert provider.base_url == "http://127.0.0.1:11434/v1"
        assert getattr(provider, "open", None) is None

    simulate(main)


# What follows are whole runs: 2,000 calls by 50 workers, 50 ms each, 2 seconds if nothing fails.
CALLS, WORKERS = 2000, 50
IDEAL = CALLS * LATENCY / WORKERS


def run(
    refuses: Callable[[int], bool], *, seed: int = 0, refusal_latency: float = LATENCY
) -> tuple[float, Moody, int]:
    """Run them; return the seconds that took, the model, and how many calls failed."""

    async def main(clock: Clock) -> tuple[float, Moody, int]:
        model = Moody(refuses, sleep=clock.sleep, refusal_latency=refusal_latency)
        provider = paced(model, clock, concurrency=WORKERS)
        failed = await ask_often(provider, CALLS, workers=WORKERS)
        return clock.seconds(), model, failed

    return simulate(main, seed=seed)


def every_fifth() -> Callable[[int], bool]:
    count = iter(range(10**6))
    return lambda _: next(count) % 5 == 4


def one_in_five(seed: int) -> Callable[[int], bool]:
    chance = random.Random(seed)  # noqa: S311 - a simulation
    return lambda _: chance.random() < 0.2


def test_a_run_without_refusals_takes_no_longer_than_the_model() -> None:
    seconds, model, failed = run(lambda _: False)
    assert seconds == pytest.approx(IDEAL)
    assert (model.answered, failed) == (CALLS, 0)


@pytest.mark.parametrize("refusal_latency", [0.002, LATENCY])
def test_a_model_that_refuses_every_fifth_call_is_not_slowed_down_much(
    refusal_latency: float,
) -> None:
    seconds, model, failed = run(every_fifth(), refusal_latency=refusal_latency)
    assert seconds <= TIMES * IDEAL
    assert (model.answered, failed) == (CALLS, 0)


@pytest.mark.parametrize("refusal_latency", [0.002, LATENCY])
@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_refuses_a_fifth_by_chance_is_not_slowed_down_much(
    seed: int, refusal_latency: float
) -> None:
    seconds, model, failed = run(one_in_five(seed), seed=seed, refusal_latency=refusal_latency)
    assert seconds <= TIMES * IDEAL
    assert model.answered + failed == CALLS
    assert failed <= 2, "0.2 to the 6th of 2,000 is 0.1"


@pytest.mark.parametrize("refusal_latency", [0.002, LATENCY])
@pytest.mark.parametrize("places", [3, 10, 25])
def test_a_model_with_room_for_fewer_is_kept_busy_and_no_call_fails(
    places: int, refusal_latency: float
) -> None:
    seconds, model, failed = run(
        lambda under_way: under_way >= places, refusal_latency=refusal_latency
    )
    assert (model.answered, failed) == (CALLS, 0)
    assert seconds <= 1.5 * CALLS * LATENCY / places
    assert model.refused <= CALLS
