"""A limit on dollars: no call is sent whose worst case might pass it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from llmopt.evaluate.brake import Brake


@dataclass(frozen=True, slots=True)
class Spending:
    """What a run with a budget has spent, in dollars.

    `assumed` is the part of `spent` that no provider reported: `assumed_calls` calls that
    broke off, or came back without usage, count with the most they can have cost.
    `ended` says that the budget ended the run.
    """

    limit: float
    spent: float
    assumed: float
    assumed_calls: int
    ended: bool


class Budget:
    """Dollars that a run may spend; calls take their worst case from it, first come first served.

    A call whose worst case does not fit waits until calls under way have come back and
    left what they did not need. If none is under way, the run is over: the brake is pulled.
    """

    def __init__(self, limit: float, brake: Brake) -> None:
        self._limit = limit
        self._brake = brake
        self._spent = self._assumed = self._reserved = 0.0
        self._under_way = self._assumed_calls = 0
        self._ended = False
        self._turn = asyncio.Lock()
        self._back = asyncio.Event()

    @property
    def spending(self) -> Spending:
        return Spending(
            self._limit, self._spent, self._assumed, self._assumed_calls, ended=self._ended
        )

    async def take(self, worst_now: Callable[[], float]) -> float:
        """Reserve the worst case of a call, and return it; every one must be settled.

        `worst_now` says what it is, again and again while there is no money for it.
        """
        async with self._turn:
            while self._spent + self._reserved + (worst := worst_now()) > self._limit:
                if not self._under_way:
                    self._ended = True
                    self._brake.pull("budget")
                    await self._brake.park()
                self._back.clear()
                await self._back.wait()
            self._reserved += worst
            self._under_way += 1
            return worst

    def settle(self, worst: float, cost: float | None) -> None:
        """Give back what a call did not need; None is a cost that nobody knows."""
        self._under_way -= 1
        self._reserved = self._reserved - worst if self._under_way else 0.0
        self._spent += worst if cost is None else cost
        if cost is None:
            self._assumed += worst
            self._assumed_calls += 1
        self._back.set()
