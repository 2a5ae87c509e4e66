from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from llmopt.domain import Completion, Model, Request
from llmopt.errors import StoreError
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.providers.registry import is_local
from llmopt.store.cache import ResponseCache
from llmopt.store.cache_key import cache_key

CacheMode = Literal["read-write", "read", "write", "off"]


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How a run uses the response cache.

    `read` asks what is not in it and keeps nothing, `write` asks everything anew and
    keeps it. Only requests meant to be answered the same every time take part: of
    temperature 0 or with a seed; `forced`: all of them. `alike`: repeats share an answer.
    """

    mode: CacheMode = "read-write"
    forced: bool = False
    alike: bool = False

    @property
    def reads(self) -> bool:
        return self.mode in {"read-write", "read"}

    @property
    def writes(self) -> bool:
        return self.mode in {"read-write", "write"}

    def covers(self, request: Request) -> bool:
        """Say whether a request takes part."""
        if self.mode == "off":
            return False
        params = request.params
        return self.forced or params.get("temperature") == 0 or params.get("seed") is not None


class Around(Protocol):
    """Puts the cache around a model's provider."""

    def __call__(
        self, provider: Provider, model: Model, use: CacheUse | None = None, /
    ) -> Provider:
        """Return what answers in its place; `use` differs from the run's where it is given."""
        ...


class Cached:
    """A provider around another one that asks it only for what the response cache lacks.

    A reply from the cache is marked `cached` and carries the latency and the cost of
    the original, so candidates compare as if all had been asked; one rate is applied
    anew: a price of the model's own, because who corrects it in llmopt.yaml must see
    it work. Identical requests under way at the same time are sent once, and the
    others get that answer, marked `cached` as well. A reply without text, or cut off
    by an error, is not kept.

    `base_url` is the address that the provider asks, wherever it was configured.
    `before_asking` is called before the first request that is sent.
    """

    def __init__(
        self,
        provider: Provider,
        cache: ResponseCache,
        *,
        model: Model,
        base_url: str | None,
        use: CacheUse,
        before_asking: Callable[[], None] = lambda: None,
    ) -> None:
        self._provider = provider
        self._cache = cache
        self._model = model
        self._base_url = base_url
        self._use = use
        self._before_asking = before_asking
        self._pricer = Pricer(model)
        self._under_way: dict[bytes, asyncio.Future[Completion | Exception | None]] = {}

    async def complete(self, request: Request) -> Completion:
        """Answer one request, from the cache if it can be.

        Raises:
            ProviderError: the call failed; its `kind` says how.
        """
        key = self._key(request) if self._use.covers(request) else None
        if key is None:
            return await self._send(request)
        if self._use.reads and (found := self._cache.get(key)) is not None:
            return found if self._model.price is None else replace(found, cost=None)
        while (asked := self._under_way.get(key)) is not None:
            answer = await asyncio.shield(asked)
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:  # else whoever asked was cancelled: ask in their place
                return replace(answer, cached=True)
        return await self._ask(key, request)

    def _key(self, request: Request) -> bytes | None:
        if self._use.alike:
            request = replace(request, trial=request.trial._replace(repeat=0))
        return cache_key(self._model, self._base_url, request)

    async def aclose(self) -> None:
        """Tell the provider that the run is over."""
        if close := getattr(self._provider, "aclose", None):
            await close()

    async def _ask(self, key: bytes, request: Request) -> Completion:
        asked = self._under_way[key] = asyncio.get_running_loop().create_future()
        outcome: Completion | Exception | None = None
        try:
            outcome = await self._send(request)
            self._keep(key, request, outcome)
        except Exception as error:
            outcome = error
            raise
        else:
            return outcome
        finally:
            del self._under_way[key]
            asked.set_result(outcome)

    async def _send(self, request: Request) -> Completion:
        self._before_asking()
        return await self._provider.complete(request)

    def _keep(self, key: bytes, request: Request, completion: Completion) -> None:
        if not self._use.writes or completion.text is None or completion.finish_reason == "error":
            return
        if completion.cost is None:
            completion = replace(completion, cost=self._pricer.charge(request, completion))
        self._cache.put(key, completion, model=self._model.id)


@contextmanager
def caching(
    path: Path,
    models: tuple[Model, ...],
    use: CacheUse,
    *,
    now: Callable[[], datetime],
    notice: Callable[[str], None],
) -> Iterator[Around]:
    """Open the cache in a file for one run, and yield what puts it around the run's providers.

    Providers whose replies are not worth keeping stay as they are; so do all when the
    cache is off or cannot be used, which `notice` is told. All that are wrapped are
    opened, as far as they have an `open`, when the first of them must be asked: a run
    answered from the cache alone does not wait for the SDKs to be imported.
    """
    if use.mode == "off" or all(is_local(model) for model in models):
        yield _uncached
        return
    try:
        cache = ResponseCache(path, now=now, notice=notice)
    except StoreError as error:
        notice(f"running without the response cache: {error.message}")
        yield _uncached
        return
    with cache:
        yield _Wrapping(cache, use)


def _uncached(provider: Provider, _: Model, _use: CacheUse | None = None, /) -> Provider:
    return provider


class _Wrapping:
    def __init__(self, cache: ResponseCache, use: CacheUse) -> None:
        self._cache = cache
        self._use = use
        self._unopened: list[Provider] = []

    def __call__(
        self, provider: Provider, model: Model, use: CacheUse | None = None, /
    ) -> Provider:
        if is_local(model):
            return provider
        self._unopened.append(provider)
        return Cached(
            provider,
            self._cache,
            model=model,
            base_url=getattr(provider, "base_url", model.base_url),
            use=use or self._use,
            before_asking=self._open_all,
        )

    def _open_all(self) -> None:
        while self._unopened:
            if prepare := getattr(self._unopened.pop(), "open", None):
                prepare()
