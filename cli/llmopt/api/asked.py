"""What a run is asked for, and what that comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.api.manner import Manner
from llmopt.decide.judgement import Rule
from llmopt.domain import Model, Run, Suite
from llmopt.evaluate.judges import resolve_judges, self_judged
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.plan import Plan, Selection, make_plan
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.scoring import Scoring
from llmopt.evaluate.sequential import UntilDecided
from llmopt.measure.forecast import Forecast
from llmopt.measure.forecasting import Wishes, forecast_of
from llmopt.scorers.base import Need
from llmopt.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked a run for; kept with it, so that it can go on."""

    models: tuple[str, ...]
    selection: Selection
    rule: Rule
    until_decided: UntilDecided | None

    @classmethod
    def of(cls, run: Run) -> Asked:
        """Read back what `as_record` wrote."""
        record = run.snapshot["asked"]
        every = record["until_decided"]
        return cls(
            models=tuple(record["models"]),
            selection=Selection(**record["selection"]),
            rule=Rule(**run.snapshot["rule"]),
            until_decided=None if every is None else UntilDecided(**every),
        )

    def as_record(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "rule": asdict(self.rule),
            "until_decided": self.until_decided is not None,
            "asked": {
                "models": list(self.models),
                "selection": asdict(self.selection),
                "until_decided": self.until_decided and asdict(self.until_decided),
            },
        }

    def wishes(self, manner: Manner, cache_path: Path) -> Wishes:
        """Return what a forecast of the run must know."""
        return Wishes(
            cache=manner.cache_use,
            cache_path=cache_path,
            rule=self.rule,
            until=self.until_decided,
            concurrency=manner.concurrency,
            max_cost=manner.max_cost,
            environ=manner.outside.environ,
            seconds=manner.outside.seconds,
        )


class Prepared(NamedTuple):
    """What a run will do, and with whom."""

    plan: Plan
    scoring: Scoring
    judges: Mapping[Need, Model]
    warnings: tuple[str, ...]

    def forecast(
        self, store: RunStore | None, wishes: Wishes, *, kept: Kept | None = None, whole: bool
    ) -> Forecast:
        """Return its figures: see `forecast_of`."""
        return forecast_of(
            self.plan,
            store,
            wishes,
            scoring=self.scoring,
            judges=self.judges,
            kept=kept,
            whole=whole,
        )


def prepared(suite: Suite, asked: Asked) -> Prepared:
    """Work out what a run will do, before anything is asked.

    Raises:
        UsageError: it cannot be done.
    """
    models = resolve_models(suite, asked.models, folder=Path.cwd())
    plan = make_plan(suite, models, asked.selection)
    scoring = Scoring(suite)
    scoring.prepare(plan)
    scoring.comparing(plan, {})  # the baseline must be there
    judges = resolve_judges(suite, scoring.needs(plan))
    return Prepared(plan, scoring, judges, tuple(self_judged(plan, judges)))
