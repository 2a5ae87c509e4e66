from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from llmopt.decide.judgement import Rule
from llmopt.domain import Model
from llmopt.evaluate.caching import CacheUse
from llmopt.evaluate.judges import judge_cache
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.scoring import Scoring
from llmopt.evaluate.sequential import UntilDecided
from llmopt.evaluate.worst_case import WorstCase, check_bounds
from llmopt.measure.forecast import Forecast, by_model, floor_of
from llmopt.measure.history import judgements_seen, replies_seen, showable
from llmopt.measure.judged import Hearing, Judged
from llmopt.measure.outlay import Looking, Outlays
from llmopt.measure.peeked import Peeked
from llmopt.prices.table import Pricer, table_date
from llmopt.providers import registry
from llmopt.providers.base import Provider
from llmopt.scorers.base import Need
from llmopt.store.cache_peek import peeking
from llmopt.store.runs import RunStore
from llmopt.tokens.counting import counter_for


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the run that is forecast would be carried out."""

    cache: CacheUse
    cache_path: Path
    rule: Rule
    until: UntilDecided | None
    concurrency: int | None
    max_cost: float | None
    environ: Mapping[str, str]
    seconds: Callable[[], float]


def forecast_of(
    plan: Plan,
    store: RunStore | None,
    wishes: Wishes,
    *,
    scoring: Scoring,
    judges: Mapping[Need, Model],
    kept: Kept | None = None,
    whole: bool,
) -> Forecast:
    """Work out a plan's figures; `whole`: also what its cases can show, which takes longer.

    `judges` are the models that scorers ask, `kept` are the trials of an earlier attempt.

    Raises:
        StoreError: the store cannot be read.
        UsageError: there is a limit on dollars that nobody could keep.
    """
    kept, making = kept or Kept(), _Making(wishes)
    providers = {model.name: made for model in plan.models if (made := making.of(model))}
    judging_by = {n: made for n, judge in judges.items() if (made := making.of(judge, n))}
    if wishes.max_cost is not None:
        made_of = [*((judges[n], made) for n, made in judging_by.items())]
        made_of += [(one, providers[one.name]) for one in plan.models if one.name in providers]
        check_bounds(plan, _worst_cases(made_of), tuple(judges.values()))
    with peeking(wishes.cache_path) as peek:
        peeked = Peeked(peek, wishes.cache)
        adding = Outlays(plan, Looking(peeked, replies_seen(store, plan), providers, kept))
        hearing = Hearing(
            scoring=scoring,
            comparing=scoring.comparing(plan, kept.said),
            models=judges,
            providers=judging_by,
            peeked=Peeked(peek, judge_cache(wishes.cache, anew=kept.retries)),
            seen=judgements_seen(store, plan, judges.values()),
            done=kept.trials,
            known=adding.known,
            size=adding.size,
        )
        judged = Judged(hearing)
        found = adding.add_up(judged if judges else None)
    by_candidate, judging = {one.candidate: one for one in found}, judged.outlays()
    return Forecast(
        outlays=found,
        models=by_model(plan, found, judging, concurrency=wishes.concurrency),
        kept_trials=len(kept.asked),
        floor=floor_of(plan, by_candidate, judging, wishes.until, wishes.rule)
        if wishes.until
        else None,
        showable=showable(store, plan, wishes.rule) if whole else (),
        keyless=list(making.keyless),
        price_table_date=table_date(),
        rule=wishes.rule,
        max_cost=wishes.max_cost,
    )


def _worst_cases(made: Iterable[tuple[Model, Provider]]) -> dict[str, WorstCase]:
    return {
        model.name: WorstCase(provider, counter_for(model.identity), Pricer(model))
        for model, provider in made
    }


class _Making:
    """Makes providers, which ask nobody; collects the names of those without a key."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self.keyless: dict[str, None] = {}

    def of(self, model: Model, need: Need | None = None) -> Provider | None:
        """Make one; None for a local one, which has no address and no key, but may hold a file."""
        if registry.is_local(model):
            return None
        made, missing = registry.build_to_describe(
            model,
            environ=self._wishes.environ,
            clock=self._wishes.seconds,
            vectors=need is not None and need.kind == "embedding",
        )
        if missing:
            self.keyless[model.name] = None
        return made
