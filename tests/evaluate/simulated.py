"""Simulated time, and models in it: what takes minutes is over at once, always the same way."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from llmopt.domain import Completion, Message, Request, TrialKey, Usage
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.clock import Clock
from llmopt.providers.base import Provider

T = TypeVar("T")
LATENCY = 0.05
WELL = Completion("positive", Usage(10, 5))


class _Leaping(selectors.DefaultSelector):
    """Where everybody waits for a time, it is that time; where it is for ever, that is an error."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits for what nobody will do")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def simulate(main: Callable[[Clock], Coroutine[Any, Any, T]], *, seed: int = 0) -> T:
    """Run `main` from second 0 of a time in which nothing really waits."""
    loop = _Loop()
    clock = Clock(loop.time, asyncio.sleep, random.Random(seed).random)  # noqa: S311 - a simulation
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(clock))


def request(text: str = "Works perfectly.", **params: Any) -> Request:
    trial = TrialKey("sentiment", "concise", "a-model", "one", 0)
    return Request((Message("user", text),), params, trial)


def refusal(pause_ms: float | None = None, kind: ProviderErrorKind = "rate_limit") -> ProviderError:
    return ProviderError(kind, "HTTP 429: Slow down.", retry_after_ms=pause_ms)


class Scripted:
    """A model that does what it is told to, call by call, and then answers well.

    `arrivals` are the seconds at which calls came, `asked` their texts, `most` how many
    were under way at once.
    """

    def __init__(
        self, *outcomes: Completion | Exception, clock: Clock, latency: float = LATENCY
    ) -> None:
        self.arrivals: list[float] = []
        self.asked: list[str] = []
        self.most = 0
        self.latency = latency
        self._outcomes = deque(outcomes)
        self._clock = clock
        self._under_way = 0

    async def complete(self, request: Request) -> Completion:
        self.arrivals.append(self._clock.seconds())
        self.asked.append(request.messages[0].content)
        outcome = self._outcomes.popleft() if self._outcomes else WELL
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            await self._clock.sleep(self.latency)
        finally:
            self._under_way -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class Moody:
    """A model that refuses by a rule of its own: `refuses(calls under way besides)`.

    A refusal takes `refusal_latency` seconds and asks for a pause of `pause_ms`.
    """

    def __init__(
        self,
        refuses: Callable[[int], bool],
        *,
        sleep: Callable[[float], Awaitable[object]],
        pause_ms: float | None = 50,
        refusal_latency: float = LATENCY,
    ) -> None:
        self.refused = 0
        self.answered = 0
        self._refuses = refuses
        self._sleep = sleep
        self._pause_ms = pause_ms
        self._refusal_latency = refusal_latency
        self._under_way = 0

    async def complete(self, request: Request) -> Completion:
        if self._refuses(self._under_way):
            self.refused += 1
            await self._sleep(self._refusal_latency)
            raise refusal(self._pause_ms)
        self._under_way += 1
        await self._sleep(LATENCY)
        self._under_way -= 1
        self.answered += 1
        return WELL


async def ask_often(provider: Provider, calls: int, *, workers: int) -> int:
    """Ask as the engine does, so many workers drawing the next call; return how many failed."""
    left = iter(range(calls))
    failed = 0

    async def work() -> None:
        nonlocal failed
        for number in left:
            try:
                await provider.complete(request(str(number)))
            except ProviderError:
                failed += 1

    await asyncio.gather(*[work() for _ in range(workers)])
    return failed
