from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from llmopt.domain import Run
from llmopt.errors import UsageError
from llmopt.evaluate.plan import Plan
from llmopt.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Kept:
    """Trials of an earlier attempt: the scores of those that still hold, and those to run anew."""

    scores: Mapping[int, float | None]
    stale: frozenset[int]


def reconcile(plan: Plan, store: RunStore, run: Run, *, retry_errors: bool) -> Kept:
    """Find out which kept trials answer what the plan asks.

    A trial whose template, parameters, model, variables or expectation changed since
    is stale, and so is, with `retry_errors`, one that failed.

    Raises:
        UsageError: the plan has other candidates than the run.
        StoreError: the store cannot be read.
    """
    if tuple(planned.candidate for planned in plan.candidates) != run.candidates:
        raise UsageError(
            f"the variants or models have changed since run {run.id}, so it cannot go on",
            hint="start a new run: `llmopt eval`",
        )
    asked = {
        task.number: task.fingerprint
        for model in plan.models
        for task in chain(plan.tasks(model.name), plan.perturbed(model.name))
    }
    scores: dict[int, float | None] = {}
    stale: set[int] = set()
    for number, fingerprint, score in store.kept(run):
        if asked.get(number) != fingerprint or (retry_errors and score is None):
            stale.add(number)
        else:
            scores[number] = score
    return Kept(scores, frozenset(stale))
