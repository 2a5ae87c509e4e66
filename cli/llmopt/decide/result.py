from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt.decide.figures import Figures, figures
from llmopt.domain import Run
from llmopt.store.runs import RoleTotal, RunStore, StoredFailure

LISTED_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """A run with everything worked out that any report says of it, once.

    `failures` holds the first thousand failed trials; `errors` counts them all.
    """

    run: Run
    candidates: tuple[Figures, ...]
    totals: Mapping[str, RoleTotal]
    failures: tuple[StoredFailure, ...]

    @property
    def errors(self) -> int:
        return sum(figures.errors for figures in self.candidates)

    @property
    def trials(self) -> int:
        return sum(figures.trials for figures in self.candidates)


def judge(store: RunStore, run: Run) -> Result:
    """Read a run's trials and work out its figures.

    Raises:
        StoreError: the store cannot be read.
    """
    return Result(
        run=run,
        candidates=figures(store.outcomes(run), run.baselines),
        totals=store.totals(run),
        failures=tuple(store.failures(run, limit=LISTED_FAILURES)),
    )
