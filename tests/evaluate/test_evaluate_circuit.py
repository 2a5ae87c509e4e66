from __future__ import annotations

import asyncio

import pytest
from tests.evaluate.simulated import LATENCY, Scripted, request, simulate

from llmopt.domain import Completion, Limits, Request
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.circuit import PROBE_SECONDS, SILENT_SECONDS
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.pacing import Paced
from llmopt.providers.base import Provider


class Dead:
    """Fails every call in one way until `alive_at` seconds."""

    def __init__(
        self,
        clock: Clock,
        kind: ProviderErrorKind,
        *,
        alive_at: float = float("inf"),
        pause_ms: float | None = None,
    ) -> None:
        self.calls = 0
        self._clock = clock
        self._kind = kind
        self._alive_at = alive_at
        self._pause_ms = pause_ms

    async def complete(self, _: Request) -> Completion:
        self.calls += 1
        await self._clock.sleep(LATENCY)
        if self._clock.seconds() >= self._alive_at:
            return Completion("well")
        raise ProviderError(
            self._kind, "no answer", hint="is it up?", retry_after_ms=self._pause_ms
        )


def paced(provider: Provider, clock: Clock, *, concurrency: int = 8) -> Paced:
    return Paced(
        provider,
        limits=Limits(),
        concurrency=concurrency,
        tokens_of=lambda _: 10,
        clock=clock,
    )


async def outcomes(provider: Paced, calls: int, *, at_once: int = 8) -> list[str]:
    """Ask so often, a few at a time; return each reply, or what the failure said."""
    free = asyncio.Semaphore(at_once)

    async def one() -> str:
        async with free:
            try:
                return (await provider.complete(request())).text or ""
            except ProviderError as error:
                return f"{error.kind}: {error.message} ({error.hint})"

    return list(await asyncio.gather(*(one() for _ in range(calls))))


def test_a_dead_server_costs_one_round_of_attempts_not_one_a_call() -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, "connection")
        told = await outcomes(paced(model, clock), 1000)
        assert model.calls <= 8 * 6
        assert clock.seconds() < PROBE_SECONDS
        assert told[0] == "connection: after 6 attempts: no answer (is it up?)"
        assert told[-1] == "connection: not asked any more: after 6 attempts: no answer (is it up?)"

    simulate(main)


def test_a_server_that_comes_back_is_found_by_one_call() -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, "connection", alive_at=40.0)
        provider = paced(model, clock)
        await outcomes(provider, 20)
        asked = model.calls
        await asyncio.sleep(PROBE_SECONDS)
        assert await outcomes(provider, 1) == ["well"]
        assert model.calls == asked + 1
        assert set(await outcomes(provider, 10)) == {"well"}

    simulate(main)


def test_while_one_call_tries_again_the_others_still_fail_at_once() -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, "connection")
        provider = paced(model, clock)
        await outcomes(provider, 8)
        await asyncio.sleep(PROBE_SECONDS)
        asked = model.calls
        await outcomes(provider, 20)
        assert model.calls == asked + 6

    simulate(main)


@pytest.mark.parametrize("kind", ["server", "overloaded", "rate_limit", "invalid_response"])
def test_a_model_that_answers_nobody_for_long_is_given_up(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, kind)
        told = await outcomes(paced(model, clock), 2000)
        assert clock.seconds() < SILENT_SECONDS + 30
        assert model.calls < 500
        assert told[0] == f"{kind}: after 6 attempts: no answer (is it up?)"
        assert told[-1] == f"{kind}: not asked any more: no answer (is it up?)"

    simulate(main)


@pytest.mark.parametrize("kind", ["server", "rate_limit"])
def test_a_model_that_is_silent_for_a_minute_is_waited_for(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        told = await outcomes(paced(Dead(clock, kind, alive_at=60.0), clock), 200)
        assert not any("not asked" in each for each in told)
        assert told[-1] == "well"

    simulate(main)


def test_a_silent_model_that_comes_back_is_found_by_one_call() -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, "server", alive_at=130.0)
        provider = paced(model, clock)
        await outcomes(provider, 200)
        asked = model.calls
        await asyncio.sleep(130.0 - clock.seconds() + PROBE_SECONDS)
        assert await outcomes(provider, 1) == ["well"]
        assert model.calls == asked + 1
        assert set(await outcomes(provider, 10)) == {"well"}

    simulate(main)


def test_hanging_calls_are_not_all_waited_for() -> None:
    async def main(clock: Clock) -> None:
        late = ProviderError("timeout", "no answer in time")
        model = Scripted(*[late] * 1000, clock=clock, latency=600.0)
        told = await outcomes(paced(model, clock), 100)
        assert clock.seconds() < 2 * 600
        assert len(model.arrivals) == 8
        assert {each.partition(":")[0] for each in told} == {"timeout"}

    simulate(main)


def test_a_model_that_asks_for_long_pauses_has_time_for_several() -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, "rate_limit", alive_at=150.0, pause_ms=60_000)
        assert set(await outcomes(paced(model, clock), 8)) == {"well"}

    simulate(main)


@pytest.mark.parametrize("kind", ["authentication", "permission", "not_found"])
def test_a_wrong_key_is_believed_after_three_refusals(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, kind)
        told = await outcomes(paced(model, clock), 100, at_once=1)
        assert model.calls == 3
        assert told[-1] == f"{kind}: not asked any more: no answer (is it up?)"

    simulate(main)


@pytest.mark.parametrize("kind", ["bad_request", "context_length", "content_filter"])
def test_what_is_the_request_s_own_fault_gives_no_model_up(kind: ProviderErrorKind) -> None:
    async def main(clock: Clock) -> None:
        model = Dead(clock, kind)
        await outcomes(paced(model, clock), 50)
        assert model.calls == 50

    simulate(main)


def test_answers_in_between_keep_a_model_in_use() -> None:
    async def main(clock: Clock) -> None:
        refusals = [ProviderError("permission", "no", hint="is it up?") for _ in range(2)]
        model = Scripted(*refusals, Completion("well"), *refusals, clock=clock)
        told = await outcomes(paced(model, clock), 6, at_once=1)
        assert not any("not asked" in each for each in told)

    simulate(main)
