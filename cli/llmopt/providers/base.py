from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from llmopt.domain import Completion, Request
from llmopt.providers.quota import Quotas

BEYOND = 10**12
"""No count and no figure of one trial reaches it: what does is a fault of whoever says so,
and sums of such could overflow (the store's whole numbers have 64 bits)."""


class Provider(Protocol):
    """Answers requests for one model: the plug point of everything that can reply.

    One method. A provider is built once per model and run, may be called
    concurrently, and is told with `aclose`, if it has one, that the run is over.
    """

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises:
            ProviderError: the call failed; its `kind` says how.
        """
        ...


@runtime_checkable
class TellsQuotas(Protocol):
    """A provider whose API tells with every answer what is left of its rate limits.

    `on_quotas`, where somebody has set it, is called with that before `complete` returns
    or raises, and nothing else happens in between.
    """

    on_quotas: Callable[[Quotas], None] | None


@runtime_checkable
class BoundsReplies(Protocol):
    """A provider whose replies have an end even where the parameters set none."""

    def most_reply_tokens(self, params: Mapping[str, Any]) -> int:
        """Return the most tokens that a reply can have, of a request with these parameters."""
        ...
