from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from llmopt.domain import Completion, Model, Request, Usage
from llmopt.errors import UsageError
from llmopt.providers.base import Provider
from llmopt.providers.embedded.responder import respond
from llmopt.tokens.counting import counter_for

NAME = "rules"


class EmbeddedModel:
    """Rules and a lexicon behind the provider's one method; free, offline, deterministic.

    It is no language model. It sees the rendered messages and the parameters that a
    real model would see, and nothing else of the request.
    """

    def __init__(self, model: Model, clock: Callable[[], float]) -> None:
        self._counter = counter_for(model.identity)
        self._clock = clock

    async def complete(self, request: Request) -> Completion:
        params = request.params
        started = self._clock()
        reply = respond(
            [(message.role, message.content) for message in request.messages],
            max_tokens=params.get("max_tokens"),
            stop=_listed(params.get("stop")),
            truncate=self._counter.truncate,
        )
        elapsed = self._clock() - started
        return Completion(
            text=reply.text,
            usage=Usage(
                input_tokens=self._counter.messages(request.messages).tokens,
                output_tokens=self._counter.reply(reply.text).tokens,
                cached_input_tokens=0,
                cache_write_tokens=0,
                reasoning_tokens=0,
            ),
            latency_ms=elapsed * 1000,
            finish_reason=reply.finish_reason,
        )


def provider(
    model: Model,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
) -> Provider:
    """Make the embedded model.

    Raises:
        UsageError: the id is another than `embedded/rules`.
    """
    if model.wire_name != NAME:
        raise UsageError(
            f"there is no embedded model '{model.wire_name}'", hint=f"use embedded/{NAME}"
        )
    return EmbeddedModel(model, clock)


def _listed(stop: str | Sequence[str] | None) -> Sequence[str]:
    if stop is None:
        return ()
    return (stop,) if isinstance(stop, str) else stop
