from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt.decide.figures import Figures, figures
from llmopt.decide.judgement import Rule
from llmopt.decide.verdict import Verdict, verdicts
from llmopt.domain import Candidate, Run
from llmopt.store.runs import RoleTotal, RunStore, StoredFailure

LISTED_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """A run with everything worked out that any report says of it, once.

    `failures` holds the first thousand failed trials; `errors` counts them all.
    """

    run: Run
    candidates: tuple[Figures, ...]
    verdicts: Mapping[Candidate, Verdict]
    totals: Mapping[str, RoleTotal]
    failures: tuple[StoredFailure, ...]

    @property
    def errors(self) -> int:
        return sum(figures.errors for figures in self.candidates)

    @property
    def trials(self) -> int:
        return sum(figures.trials for figures in self.candidates)


def judge(store: RunStore, run: Run) -> Result:
    """Read a run's trials and work out its figures and verdicts.

    Raises:
        StoreError: the store cannot be read.
    """
    tables = store.outcomes(run)
    candidates = figures(tables, run.baselines)
    return Result(
        run=run,
        candidates=candidates,
        verdicts=verdicts(
            tables,
            {one.candidate: one for one in candidates},
            run.baselines,
            rule=Rule(**run.snapshot["rule"]),
            cases_total=run.snapshot["cases_total"],
            anytime=run.status != "complete" or run.snapshot["until_decided"],
        ),
        totals=store.totals(run),
        failures=tuple(store.failures(run, limit=LISTED_FAILURES)),
    )
