from __future__ import annotations

from typing import Protocol

from llmopt.domain import Completion, Request


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
