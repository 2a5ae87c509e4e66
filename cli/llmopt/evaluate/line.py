from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

from llmopt.domain import Limits
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.buckets import Meter, Recent
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.width import Round, Width
from llmopt.providers.quota import Quotas

CONGESTED: frozenset[ProviderErrorKind] = frozenset({"rate_limit", "overloaded"})
"""What is refused because there is too much of it; a failing server is not helped by less."""

LONGEST_PAUSE = 600.0
"""Seconds; a model that wants to be left alone for longer (a day's quota) is not waited for."""

TOLD_PAUSE = 10.0
"""Seconds; somebody who waits for a run wants to know why nothing happens for longer."""

SHORTEST_PAUSE = 0.5
"""Seconds; a shorter pause holds for the refused call alone. Where one call in five is refused
for 50 ms, standing still for each would take longer than all the calls (measured: 13 times);
where most are refused, the width shrinks."""

LONGEST_SPREAD = 1.0
"""Seconds over which calls are sent again after a pause, at most; no more than the pause was."""

LONGEST_DRAIN = 30.0
"""Seconds for which a call that is to be sent alone holds up the others; one may hang."""

ON_TIME = 1e-6
"""Seconds too short to be waited for; clocks and sums of floats are not finer."""


@dataclass(slots=True)
class Ticket:
    """A call that may be sent: its number in the line, its round, its share of the limits."""

    number: int
    round: Round
    tokens: float
    used: float


class Line:
    """Where the calls to one model wait until they may be sent, first come, first served.

    Only the first in line looks at what holds it back, and with it all behind it: the
    width (too many calls under way), a pause that the model asked for, the limits of
    requests and tokens. It is woken by what changes, or when its time has come.

    A pause asked for by one refusal holds for the whole model, unless it is short. It
    ends before its time when a call that was sent later than the refused one is
    answered: the model takes calls, so the refusal was about that one alone. After a
    pause the calls go out one by one, spread at random over a time no longer than it.
    `on_pause` is told the seconds of one that a person would notice.
    """

    def __init__(
        self,
        most: int,
        limits: Limits,
        clock: Clock,
        on_pause: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._on_pause = on_pause
        self._width = Width(most)
        self._requests = Meter(limits.requests_per_minute, clock.seconds)
        self._recent = Recent(limits.requests_per_minute, clock.seconds)
        self._tokens = Meter(limits.tokens_per_minute, clock.seconds)
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        self._heard: Quotas | None = None
        self._under_way = 0
        self._sent = 0
        self._answered = 0  # the latest number answered
        self._refused = 0  # the latest number whose refusal asked for a pause
        self._refusal: ProviderError | None = None
        self._open_at = -math.inf
        self._told_until = -math.inf
        self._spread = 0.0
        self._spread_until = -math.inf

    @property
    def width(self) -> int:
        """How many calls may be under way now."""
        return self._width.limit

    @property
    def weighs(self) -> bool:
        """Whether tokens are limited, so that it matters how many a call takes."""
        return self._tokens.limits

    async def enter(self, tokens: float, *, alone: bool = False) -> Ticket:
        """Wait for the turn of a call that takes about so many tokens; every ticket must `leave`.

        A call that is to be sent `alone` waits, for a while, until no other is under way.

        Raises:
            ProviderError: the model wants to be left alone for longer than is waited for.
        """
        async with self._turn:
            alone_until = self._clock.seconds() + LONGEST_DRAIN if alone else -math.inf
            while (wait := self._wait(tokens, alone_until)) > ON_TIME:
                await self._change(wait)
            return self._send(tokens)

    def answered(self, ticket: Ticket, tokens: int | None) -> None:
        """Take in that a call was answered, and the tokens it took; None is unknown."""
        self._width.answered(ticket.round)
        self._answered = max(self._answered, ticket.number)
        if tokens is not None:
            ticket.used = tokens
        if ticket.number > self._refused:
            self._open_at = self._spread_until = -math.inf

    def failed(self, ticket: Ticket, error: ProviderError) -> None:
        """Take in that a call failed."""
        if error.kind in CONGESTED:
            self._width.refused(ticket.round)
            ticket.used = 0.0  # it was not worked on
        pause = (error.retry_after_ms or 0) / 1000
        if error.retryable and pause >= SHORTEST_PAUSE and ticket.number > self._answered:
            self._pause(ticket, error, pause)

    def leave(self, ticket: Ticket) -> None:
        """Give back a ticket, whatever became of its call."""
        self._under_way -= 1
        self._requests.end(1, used=1)
        self._tokens.end(ticket.tokens, used=ticket.used)
        if self._heard:
            self._take_in(self._heard)
            self._heard = None
        self._changed.set()

    def hear(self, quotas: Quotas) -> None:
        """Keep what the model tells of its limits until the call that it came with leaves."""
        self._heard = quotas

    def _take_in(self, quotas: Quotas) -> None:
        if quotas.requests:
            self._requests.hear(quotas.requests)
        if quotas.tokens:
            self._tokens.hear(quotas.tokens)

    def _wait(self, tokens: float, alone_until: float) -> float:
        """Return the seconds until a call may be sent: endless where one must come back first."""
        now = self._clock.seconds()
        if self._under_way and now < alone_until:
            return alone_until - now
        if self._under_way >= self._width.limit:
            return math.inf
        pause = self._open_at - now
        if pause > LONGEST_PAUSE and self._refusal:
            raise ProviderError(
                self._refusal.kind,
                f"not sent, after a refusal of another call: {self._refusal.message}",
                hint=self._refusal.hint,
                retry_after_ms=pause * 1000,
            )
        return max(pause, self._recent.wait(), self._requests.wait(1), self._tokens.wait(tokens))

    async def _change(self, seconds: float) -> None:
        """Wait until something changes, at most so long."""
        timer = None if math.isinf(seconds) else asyncio.create_task(self._ring(seconds))
        try:
            await self._changed.wait()
        finally:
            self._changed.clear()
            if timer:
                timer.cancel()

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._changed.set()

    def _send(self, tokens: float) -> Ticket:
        self._under_way += 1
        self._sent += 1
        self._recent.send()
        self._requests.begin(1)
        self._tokens.begin(tokens)
        now = self._clock.seconds()
        if now < self._spread_until:
            self._open_at = now + self._clock.chance() * self._spread / self._width.limit
        return Ticket(self._sent, self._width.send(), tokens, used=tokens)

    def _pause(self, ticket: Ticket, error: ProviderError, seconds: float) -> None:
        now = self._clock.seconds()
        until = now + seconds
        self._refused = max(self._refused, ticket.number)
        if TOLD_PAUSE <= seconds <= LONGEST_PAUSE and now >= self._told_until:
            self._told_until = until
            self._on_pause(seconds)
        if until > self._open_at:
            self._refusal = error
            self._open_at = until
            self._spread = min(seconds, LONGEST_SPREAD)
            self._spread_until = until + self._spread
