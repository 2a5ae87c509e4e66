from __future__ import annotations

from typing import Protocol

from llmopt.domain import Call, Completion, Request


class Ask(Protocol):
    """Sends one request to the candidate's model; the call is priced and kept on arrival."""

    async def __call__(self, request: Request) -> Call:
        """Return the call.

        Raises:
            ProviderError: the model did not answer.
        """
        ...


class Strategy(Protocol):
    """How a trial is answered: from the rendered request to the final completion."""

    async def answer(self, request: Request, ask: Ask) -> Completion:
        """Ask as often as the strategy needs and return the completion that gets scored.

        Raises:
            ProviderError: the model did not answer.
        """
        ...
