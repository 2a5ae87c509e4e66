"""Ending a run before its plan does: nothing more is sent, what was sent is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NoReturn

from llmopt.domain import TrialKey

StopReason = Literal["interrupt", "budget"]

GRACE_SECONDS = 10.0
"""How long an interrupted run waits for the answers under way. A run whose budget is used up
waits as long as they take: nobody is in a hurry, and they are paid for."""


class Asking:
    """One call of a trial from the wish to ask to the answer, whoever stands in between.

    It waits (for its turn, for another's answer, to be sent again) until it is `sent`, and
    again once it is `back` without an answer.
    """

    def __init__(self, trial: TrialKey, brake: Brake) -> None:
        self.trial = trial
        self._brake = brake
        self.waits = True

    def sent(self) -> None:
        """Note that it is under way."""
        self._set(waits=False)

    def back(self, *, answered: bool) -> None:
        """Note that it has come back; what was answered does not wait any more."""
        self._set(waits=not answered)

    def _set(self, *, waits: bool) -> None:
        self._brake.under_way += self.waits - waits
        self.waits = waits
        self._brake.wake()


_asking: ContextVar[Asking | None] = ContextVar("_asking", default=None)
"""The call that this task, or one that it has begun, is about."""


class Brake:
    """Whether a run is to stop, and which of its trials are worth waiting for then.

    A trial is worth it while a call of its own is under way, and once it is answered until
    it is stored; one that waits for something else is not: whoever it waits for may be
    parked. Everybody who would begin something new parks, and is cancelled in the end.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.cut = False
        """Whether the run was ended before its plan was done."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: float | None = None
        self._changed = asyncio.Event()
        self._open: Counter[TrialKey] = Counter()
        self._answered: set[TrialKey] = set()
        self.under_way = 0
        """Calls that are sent and not back, or back with an answer that is on its way."""

    @property
    def pulled(self) -> bool:
        """Whether nothing more is to be begun."""
        return self.reason is not None

    def interrupt(self) -> None:
        """Stop for the user's sake; safe to call from a signal handler."""
        self.reason = "interrupt"
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.pull, "interrupt")

    def pull(self, reason: StopReason) -> None:
        """Stop the run; an interrupt ends the patience with one that its budget ended."""
        if reason == "interrupt" and self._until is None:
            self._until = asyncio.get_running_loop().time() + GRACE_SECONDS
        self.reason = reason
        self._changed.set()

    async def park(self) -> NoReturn:
        """Wait to be cancelled."""
        while True:
            await asyncio.get_running_loop().create_future()

    @contextmanager
    def asking(self, trial: TrialKey) -> Iterator[Asking]:
        """Follow a call of a trial, from the outermost who has part in it to the wire."""
        outer = _asking.get()
        if outer is not None and outer.trial == trial:
            yield outer
            return
        call = Asking(trial, self)
        mark = _asking.set(call)
        self._open[trial] += 1
        self.wake()
        try:
            yield call
            self._answered.add(trial)
        finally:
            _asking.reset(mark)
            call.back(answered=False)
            self._open[trial] -= 1
            if not self._open[trial]:
                del self._open[trial]
            self.wake()

    def stored(self, trial: TrialKey) -> None:
        """Note that a trial is over."""
        self._answered.discard(trial)
        self.wake()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` to its end, or until the brake is pulled and nothing is worth waiting for."""
        self._loop = asyncio.get_running_loop()
        if self.reason == "interrupt":  # before there was a loop to tell
            self.pull(self.reason)
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._standstill())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            if not task.done():
                self.cut = True
                task.cancel()
            await asyncio.wait({task})
        if not (task.cancelled() and self.cut and self.pulled):
            task.result()

    async def _standstill(self) -> None:
        while not self.pulled or self._busy():
            left = None if self._until is None else self._until - self._now()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return
            self._changed.clear()

    def _busy(self) -> bool:
        """Whether anything is worth waiting for."""
        return self.under_way > 0 or any(trial not in self._open for trial in self._answered)

    def wake(self) -> None:
        """Have it looked again whether there is anything to wait for."""
        if self.pulled:
            self._changed.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
