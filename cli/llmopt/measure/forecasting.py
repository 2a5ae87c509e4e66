from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmopt.decide.judgement import Rule
from llmopt.domain import Model
from llmopt.evaluate.caching import CacheUse
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.sequential import UntilDecided
from llmopt.measure.forecast import Forecast, by_model, floor_of
from llmopt.measure.history import replies_seen, showable
from llmopt.measure.outlay import Looking, outlays
from llmopt.prices.table import table_date
from llmopt.providers import registry
from llmopt.providers.base import Provider
from llmopt.store.cache_peek import peeking
from llmopt.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the run that is forecast would be carried out."""

    cache: CacheUse
    cache_path: Path
    rule: Rule
    until: UntilDecided | None
    concurrency: int | None
    environ: Mapping[str, str]
    seconds: Callable[[], float]


def forecast_of(
    plan: Plan,
    store: RunStore | None,
    wishes: Wishes,
    *,
    judges: Sequence[Model] = (),
    kept: frozenset[int] = frozenset(),
    whole: bool,
) -> Forecast:
    """Work out a plan's figures; `whole`: also what its cases can show, which takes longer.

    `judges` are the models that scorers ask, `kept` the numbers of trials whose candidate
    is not asked again.

    Raises:
        StoreError: the store cannot be read.
    """
    providers, keyless = _providers(plan, wishes)
    with peeking(wishes.cache_path) as holds:
        looking = Looking(wishes.cache, holds, replies_seen(store, plan), providers, kept)
        found = outlays(plan, looking)
    by_candidate = {one.candidate: one for one in found}
    return Forecast(
        outlays=found,
        models=by_model(plan, found, judges, concurrency=wishes.concurrency),
        kept_trials=len(kept),
        floor=floor_of(plan, by_candidate, wishes.until, wishes.rule) if wishes.until else None,
        showable=showable(store, plan, wishes.rule) if whole else (),
        keyless=keyless,
        price_table_date=table_date(),
        rule=wishes.rule,
    )


def _providers(plan: Plan, wishes: Wishes) -> tuple[dict[str, Provider], list[str]]:
    """Make the providers of a plan's models, which ask nobody; name those without a key."""
    made: dict[str, Provider] = {}
    keyless: list[str] = []
    for model in plan.models:
        if registry.is_local(model):  # it has no address and no key, but may hold a file
            continue
        made[model.name], missing = registry.build_to_describe(
            model, environ=wishes.environ, clock=wishes.seconds
        )
        if missing:
            keyless.append(model.name)
    return made, keyless
