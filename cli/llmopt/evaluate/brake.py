"""Ending a run before its plan does: nothing more is sent, what was sent is kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Literal, NoReturn

from llmopt.domain import TrialKey

StopReason = Literal["interrupt", "budget"]

GRACE_SECONDS = 10.0
"""How long an interrupted run waits for the answers under way. A run whose budget is used up
waits as long as they take: nobody is in a hurry, and they are paid for."""


class Brake:
    """Whether a run is to stop, and which of its trials are worth waiting for then.

    A trial is worth it from the moment a call of its own is sent until it is stored; one
    that waits for its turn, or to be sent again after a refusal, is not. Everybody who
    would begin something new parks instead, and is cancelled in the end.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.cut = False
        """Whether the run was ended before its plan was done."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: float | None = None
        self._changed = asyncio.Event()
        self._sent: Counter[TrialKey] = Counter()
        self._answered: set[TrialKey] = set()

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

    def waits(self, trial: TrialKey) -> None:
        """Note that a trial is about to ask: until it does, it is not worth waiting for."""
        self._answered.discard(trial)
        self._wake()

    def sent(self, trial: TrialKey) -> None:
        """Note that a call of this trial is under way."""
        self._sent[trial] += 1

    def back(self, trial: TrialKey, *, answered: bool) -> None:
        """Note that a call of this trial has come back."""
        self._sent[trial] -= 1
        if not self._sent[trial]:
            del self._sent[trial]
        if answered:
            self._answered.add(trial)
        self._wake()

    def stored(self, trial: TrialKey) -> None:
        """Note that a trial is over."""
        self._answered.discard(trial)
        self._wake()

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
        while not self.pulled or self._sent or self._answered:
            left = None if self._until is None else self._until - self._now()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return
            self._changed.clear()

    def _wake(self) -> None:
        if self.pulled:
            self._changed.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
