"""Which of a plan's requests the response cache would answer."""

from __future__ import annotations

from dataclasses import replace

from llmopt.domain import Completion, Model, Request
from llmopt.evaluate.caching import CacheUse
from llmopt.providers.registry import is_local
from llmopt.store.cache_key import cache_key
from llmopt.store.cache_peek import Peek


class Peeked:
    """The response cache as one run would use it, and what that run would add to it."""

    def __init__(self, peek: Peek, use: CacheUse) -> None:
        self._peek = peek
        self._use = use
        self._sent: set[bytes] = set()

    @property
    def shares(self) -> bool:
        """Whether equal requests of the run are sent once."""
        return self._use.reads and self._use.writes

    def knows(self, model: Model) -> bool:
        """Say whether the run may find answers of a model in the cache as it is now."""
        return self._use.reads and self._peek.knows(model.id)

    def key(self, model: Model, address: str | None, request: Request) -> bytes | None:
        """Return the request's key; None where it takes no part."""
        if is_local(model) or not self._use.covers(request):
            return None
        if self._use.alike:
            request = replace(request, trial=request.trial._replace(repeat=0))
        return cache_key(model, address, request)

    def answers(self, key: bytes | None) -> bool:
        """Say whether the cache has the answer, or will have it once an equal request was sent."""
        if key is None:
            return False
        if self._use.reads and self._peek.holds(key):
            return True
        if not self.shares:
            return False
        again = key[:8] in self._sent
        self._sent.add(key[:8])
        return again

    def reply(self, key: bytes | None) -> Completion | None:
        """Return the answer that the cache has already."""
        return self._peek.answer(key) if key is not None and self._use.reads else None
