from __future__ import annotations

from llmopt.domain import Completion, Request
from llmopt.strategies.base import Ask


class Single:
    """One request, one completion: what a plain variant does."""

    async def answer(self, request: Request, ask: Ask) -> Completion:
        return (await ask(request)).completion
