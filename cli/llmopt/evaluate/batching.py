from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from llmopt.domain import Completion, Request, Usage
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.providers.base import Provider

MOST = 100
"""Texts in one request; OpenAI takes 2,048, other servers fewer."""

DIVIDED: frozenset[ProviderErrorKind] = frozenset({"bad_request", "context_length"})
"""Refusals that may be about one text alone: empty, or longer than the model reads."""


class Batched:
    """A provider of vectors around another one, that asks for many texts at once.

    What is asked in one turn of the event loop goes out together. Each text gets its own
    vector and its share of the tokens, by its length: the shares add up. A batch that is
    refused for what is in it is halved, until the text stands alone that no model takes.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._waiting: list[tuple[Request, asyncio.Future[Completion]]] = []
        self._sending: set[asyncio.Task[None]] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the provider has it
        return getattr(self._provider, name)

    async def complete(self, request: Request) -> Completion:
        """Answer a request of one text.

        Raises:
            ProviderError: the call for the batch failed.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Completion] = loop.create_future()
        self._waiting.append((request, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._send_all)
        return await answer

    def _send_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), MOST):
            task = asyncio.create_task(self._send(waiting[start : start + MOST]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, batch: Sequence[tuple[Request, asyncio.Future[Completion]]]) -> None:
        requests = [request for request, _ in batch]
        texts = tuple(message for request in requests for message in request.messages)
        try:
            whole = await self._provider.complete(replace(requests[0], messages=texts))
            parts = _shared(whole, [len(message.content) for message in texts])
        except BaseException as error:
            if len(batch) > 1 and isinstance(error, ProviderError) and error.kind in DIVIDED:
                middle = len(batch) // 2
                await asyncio.gather(self._send(batch[:middle]), self._send(batch[middle:]))
                return
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for (_, answer), part in zip(batch, parts, strict=True):
                if not answer.done():
                    answer.set_result(part)


def _shared(whole: Completion, lengths: Sequence[int]) -> list[Completion]:
    """Divide a batch's completion: a line each, and tokens by length."""
    lines = (whole.text or "").split("\n")
    total, weight = whole.usage.input_tokens, sum(lengths) or 1
    parts, done, given = [], 0, 0
    for line, length in zip(lines, lengths, strict=True):
        done += length
        tokens = None if total is None else total * done // weight - given
        given += tokens or 0
        parts.append(replace(whole, text=line, usage=Usage(tokens, whole.usage.output_tokens)))
    return parts
