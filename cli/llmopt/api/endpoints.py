"""How a configured model becomes one that a run can ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from llmopt.domain import Model
from llmopt.errors import MissingError
from llmopt.evaluate.batching import Batched
from llmopt.evaluate.caching import Around, CacheUse
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.engine import width_of
from llmopt.evaluate.guard import Followed, Guard
from llmopt.evaluate.judging import Helper, Judging
from llmopt.evaluate.pacing import Paced, by_size
from llmopt.prices.table import Pricer
from llmopt.providers import registry
from llmopt.providers.base import Provider
from llmopt.scorers.base import Need
from llmopt.tokens.counting import Counter, counter_for

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Makes the endpoints of one run: guarded next to the wire, paced around that, then cached.

    `paced` collects the providers that are paid for, by their model's name.
    """

    environ: Mapping[str, str]
    seconds: Callable[[], float]
    concurrency: int | None
    cached: Around
    guard: Guard
    notice: Callable[[str], None]
    paced: dict[str, Paced] = field(default_factory=dict)

    def of(self, models: Iterable[Model]) -> dict[str, Endpoint]:
        """Make the endpoints of candidates' models.

        Raises:
            MissingError: keys are not in the environment; it names them all.
        """
        return _made({model.name: partial(self._endpoint, model) for model in models})

    def judging(self, judges: Mapping[Need, Model], use: CacheUse) -> Judging:
        """Make those of the models that scorers ask; a candidate's as well shares its limits.

        Raises:
            MissingError: as `of`.
        """
        return Judging(
            _made({need: partial(self._helper, need, judges[need], use) for need in judges})
        )

    def _helper(self, need: Need, model: Model, use: CacheUse) -> Helper:
        make = self._endpoint if need.kind == "judge" else self._vectors
        return Helper(model, make(model, use))

    def _vectors(self, model: Model, use: CacheUse) -> Endpoint:
        counter, pricer = counter_for(model.identity), Pricer(model)
        provider = registry.build_embedder(model, environ=self.environ, clock=self.seconds)
        if not registry.is_local(model):
            provider = self._paced(provider, model, counter, pricer)
        # The cache is outermost: it keeps each text's vector, whatever it was asked with.
        return self._whole(self.cached(Batched(provider), model, use), model)

    def _endpoint(self, model: Model, use: CacheUse | None = None) -> Endpoint:
        counter, pricer = counter_for(model.identity), Pricer(model)
        provider: Provider | None = self.paced.get(model.name)
        if provider is None:
            provider = registry.build(model, environ=self.environ, clock=self.seconds)
            if not registry.is_local(model):
                provider = self._paced(provider, model, counter, pricer)
        return self._whole(self.cached(provider, model, use), model)

    def _whole(self, provider: Provider, model: Model) -> Endpoint:
        local = registry.is_local(model)
        if not local:
            provider = Followed(provider, self.guard.brake)
        limited = self.guard.limited or model.limits.tokens_per_minute is not None
        return Endpoint(
            provider, counter_for(model.identity), Pricer(model), counts_ahead=local or limited
        )

    def _paced(
        self, provider: Provider, model: Model, counter: Counter, pricer: Pricer
    ) -> Provider:
        paced = self.paced[model.name] = Paced(
            self.guard.around(provider, model, counter=counter, pricer=pricer),
            limits=model.limits,
            concurrency=width_of(model, self.concurrency),
            tokens_of=by_size
            if model.limits.tokens_per_minute is None
            else lambda request: counter.messages(request.messages).tokens,
            on_pause=lambda seconds: self.notice(
                f"{model.name} asks for a pause of {seconds:.0f} s: its calls wait"
            ),
        )
        return paced


def _made(makers: Mapping[K, Callable[[], V]]) -> dict[K, V]:
    """Make all of them, or say of all that cannot be made what they lack."""
    made: dict[K, V] = {}
    missing: dict[str, MissingError] = {}
    for key, make in makers.items():
        try:
            made[key] = make()
        except MissingError as error:
            missing.setdefault(error.message, error)
    if len(missing) == 1:
        raise next(iter(missing.values()))
    if missing:
        raise MissingError(
            "; ".join(missing), hint="set them, or choose models that need none of them with -m"
        )
    return made
