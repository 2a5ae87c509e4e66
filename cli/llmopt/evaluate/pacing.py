"""Politeness and persistence: how fast a model is asked, and how often after a failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmopt.domain import Completion, Limits, Request, Usage
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.circuit import Circuit
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.line import CONGESTED, LONGEST_PAUSE, Line
from llmopt.providers.base import Provider, TellsQuotas

MAX_RETRIES = 5

MAX_REFUSALS = 10
"""Retries of a call whose model refuses it and says when to come back: that costs nothing,
and is no sign that it fails."""

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
"""Seconds before the first retry, and before any, where the model does not say how long."""

BYTES_PER_TOKEN = 4

REPLY_LIMITS = ("max_tokens", "max_completion_tokens")
"""Parameters that say how many tokens a reply may have."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a model was asked again: in all, by what had failed, and how long that took.

    `waited_ms` are the milliseconds waited before asking again, summed over calls, of
    which many wait at the same time.

    No cost is among them, for none is known: a failed call reports no usage. A refusal
    (`rate_limit`, `overloaded`) is free at the published rates; an answer that could
    not be read (`invalid_response`) or came too late (`timeout`) may have been charged.
    """

    total: int = 0
    by_kind: Mapping[ProviderErrorKind, int] = field(default_factory=dict)
    waited_ms: float = 0.0


def by_size(request: Request) -> int:
    """Estimate a request's input by its length: four bytes a token.

    That is as near as need be where an API tells of its limits with every answer: OpenAI's
    own limiter goes by the count of characters (its guide on rate limits), and what an
    answer reports takes the estimate's place.
    """
    return sum(len(message.content.encode()) for message in request.messages) // BYTES_PER_TOKEN


class Paced:
    """A provider around another one that asks politely and does not give up at once.

    It keeps to the declared limits and to those that the API tells of, lets fewer calls
    be under way where the model refuses many (see `Width`), waits as long as it is
    asked to, and retries what may pass: exactly after the pause that the model named (a
    second refusal adds chance to a short one), else after a backoff that doubles and is
    half random. Who was refused to the last is sent alone then, so that no call fails
    for the others' sake. A model that answers nobody is given up (see `Circuit`).
    Anything else the provider has (`open`, `aclose`, `base_url`)
    is there as if nothing stood around it.

    `concurrency` is how many calls may be under way at most. `tokens_of` estimates a
    request's input; it is asked only where tokens are limited. A request takes its
    input and its `max_tokens` from the limit of tokens until its usage is known. `on_pause`
    is told the seconds of a long pause that the model asks for.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        limits: Limits,
        concurrency: int,
        tokens_of: Callable[[Request], int] = by_size,
        clock: Clock | None = None,
        max_retries: int = MAX_RETRIES,
        on_pause: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._provider = provider
        self._tokens_of = tokens_of
        self._clock = clock or Clock()
        self._max_retries = max_retries
        self._line = Line(concurrency, limits, self._clock, on_pause)
        self._circuit = Circuit(self._clock)
        self._failures: Counter[ProviderErrorKind] = Counter()
        self._waited_ms = 0.0
        if isinstance(provider, TellsQuotas):
            provider.on_quotas = self._line.hear

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the provider has it
        return getattr(self._provider, name)

    @property
    def retries(self) -> Retries:
        """The retries so far."""
        return Retries(self._failures.total(), dict(self._failures), self._waited_ms)

    @property
    def width(self) -> int:
        """How many calls may be under way now."""
        return self._line.width

    async def complete(self, request: Request) -> Completion:
        """Answer one request, at the last of several attempts if need be.

        `latency_ms` is that of the attempt that was answered, without any wait.

        Raises:
            ProviderError: the call failed in a way that will not pass, or too often,
                or the model wants to be left alone for longer than is waited for.
        """
        began_at = self._clock.seconds()
        self._circuit.check()
        try:
            completion = await self._persist(request)
        except ProviderError as error:
            self._circuit.failed(error, began_at=began_at)
            raise
        self._circuit.answered()
        return completion

    async def _persist(self, request: Request) -> Completion:
        attempts = 0
        refused = False
        while True:
            try:
                return await self._attempt(request, alone=refused and attempts >= self._max_retries)
            except ProviderError as error:
                attempts += 1
                if error.retryable and _is_too_long(error):
                    raise _left_alone(error) from None
                if not error.retryable or not self._max_retries:
                    raise
                if attempts > self._patience(error):
                    raise _given_up(error, attempts) from None
                failure = error
            refused = failure.kind in CONGESTED
            await self._back_off(failure, attempts)
            self._circuit.check_again()

    async def _attempt(self, request: Request, *, alone: bool) -> Completion:
        tokens = self._weight(request) if self._line.weighs else 0
        ticket = await self._line.enter(tokens, alone=alone)
        sent_at = self._clock.seconds()
        try:
            completion = await self._provider.complete(request)
            self._line.answered(ticket, _total(completion.usage))
        except ProviderError as error:
            self._line.failed(ticket, error)
            self._circuit.missed(error, sent_at=sent_at)
            raise
        else:
            return completion
        finally:
            self._line.leave(ticket)

    def _patience(self, error: ProviderError) -> int:
        invited = error.kind in CONGESTED and error.retry_after_ms is not None
        return max(MAX_REFUSALS, self._max_retries) if invited else self._max_retries

    def _weight(self, request: Request) -> int:
        replies = (request.params.get(name) for name in REPLY_LIMITS)
        reply = next((size for size in replies if isinstance(size, int)), 0)
        return self._tokens_of(request) + reply

    async def _back_off(self, failure: ProviderError, attempts: int) -> None:
        started = self._clock.seconds()
        await self._clock.sleep(self._pause(failure, attempts))
        self._waited_ms += (self._clock.seconds() - started) * 1000
        self._failures[failure.kind] += 1

    def _pause(self, failure: ProviderError, attempts: int) -> float:
        if failure.retry_after_ms:
            pause = failure.retry_after_ms / 1000
            if pause >= FIRST_BACKOFF:
                return pause
            # Exactly so at first; who is refused again steps out of whatever rhythm that was.
            return pause * (1 + (attempts - 1) * self._clock.chance())
        longest = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (attempts - 1))
        return longest * (1 + self._clock.chance()) / 2


def _total(usage: Usage) -> int | None:
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    return usage.input_tokens + usage.output_tokens


def _is_too_long(error: ProviderError) -> bool:
    return (error.retry_after_ms or 0) > LONGEST_PAUSE * 1000


def _left_alone(error: ProviderError) -> ProviderError:
    """Say in an error for how long its model wants to be left alone."""
    minutes = (error.retry_after_ms or 0) / 60_000
    pause = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    return ProviderError(
        error.kind,
        f"it asks for a pause of {pause}, longer than is waited for: {error.message}",
        hint=error.hint,
        retry_after_ms=error.retry_after_ms,
    )


def _given_up(error: ProviderError, attempts: int) -> ProviderError:
    return ProviderError(
        error.kind,
        f"after {attempts} attempts: {error.message}",
        hint=error.hint,
        retry_after_ms=error.retry_after_ms,
    )
