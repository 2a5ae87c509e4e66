from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from llmopt.domain import Call, Measured, Run
from llmopt.errors import UsageError
from llmopt.evaluate.comparing import Against, Comparing
from llmopt.evaluate.plan import Plan, Task
from llmopt.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Kept:
    """Trials of an earlier attempt: those that still hold, and those to run anew.

    `replies` are what the model said in those of the latter that failed at their judge
    alone, or were cut off before they were scored: paid for, and not asked for again.
    `retries` says that the failed ones are among those to run anew. `said` are the
    baselines' replies in those that still hold, where others are compared with them.

    All go by the numbers that the plan gives them, but `stale`, by those that they are kept
    under. `moved` says which new number and index of its case belong to a number kept: there
    are other cases now, so theirs have moved. Empty: each stands where it stood.
    """

    trials: Mapping[int, Measured] = field(default_factory=dict)
    stale: frozenset[int] = frozenset()
    replies: Mapping[int, Sequence[Call]] = field(default_factory=dict)
    retries: bool = False
    said: Mapping[int, Against] = field(default_factory=dict)
    moved: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def asked(self) -> frozenset[int]:
        """Trials whose candidate is not asked again."""
        return frozenset(chain(self.trials, self.replies))


def reconcile(
    plan: Plan,
    store: RunStore,
    run: Run,
    *,
    retry_errors: bool,
    comparing: Comparing | None = None,
) -> Kept:
    """Find out which kept trials answer what the plan asks.

    A trial whose template, parameters, model, variables or expectation changed since
    is stale, and so is, with `retry_errors`, one that failed, and one that was compared
    with a baseline's reply that is not kept.

    Raises:
        UsageError: the plan has other candidates than the run.
        StoreError: the store cannot be read.
    """
    if tuple(planned.candidate for planned in plan.candidates) != run.candidates:
        raise UsageError(
            f"the variants or models have changed since run {run.id}, so it cannot go on",
            hint="start a new run: `llmopt eval`",
        )
    record = store.of(run)
    rows, unfinished = list(record.measured()), record.unfinished()
    kept_as = {number: fingerprint for number, fingerprint, _ in rows}
    kept_as |= {number: fingerprint for number, (fingerprint, _) in unfinished.items()}
    at = _places(plan, kept_as)
    trials: dict[int, Measured] = {}
    stale: set[int] = set()
    for number, _, measured in rows:
        if number not in at or (retry_errors and measured.score is None):
            stale.add(number)
        else:
            trials[at[number].number] = measured
    said: dict[int, Against] = {}
    if comparing:
        alone = set(_orphans(plan, comparing, trials))
        stale |= {old for old, task in at.items() if task.number in alone}
        trials = {number: trial for number, trial in trials.items() if number not in alone}
        said = {
            at[number].number: Against(reply, None if reply else "its trial failed")
            for number, reply in record.replies(run.baselines.values())
            if number in at and at[number].number in trials
        }
    judged = record.unjudged() if retry_errors else {}
    left = {**judged, **{number: calls for number, (_, calls) in unfinished.items()}}
    replies = {at[number].number: calls for number, calls in left.items() if number in at}
    moved = any(old != task.number for old, task in at.items())
    return Kept(
        trials,
        frozenset(stale),
        replies,
        retry_errors,
        said,
        {old: (task.number, task.case.index) for old, task in at.items()} if moved else {},
    )


def _places(plan: Plan, kept: Mapping[int, int]) -> dict[int, Task]:
    """Return the plan's task that each kept number is about, where there still is one.

    `kept` has the fingerprint of each: it says which case and template, the number the rest.
    A case that was added or removed since has changed the numbers of others.
    """
    numbers = {(*plan.slot(number), mark): number for number, mark in kept.items()}
    found: dict[int, Task] = {}
    for model in plan.models:
        for task in chain(plan.tasks(model.name), plan.perturbed(model.name)):
            old = numbers.get((*plan.slot(task.number), task.fingerprint))
            if old is not None:
                found[old] = task
    return found


def _orphans(plan: Plan, comparing: Comparing, kept: Mapping[int, Measured]) -> Iterator[int]:
    """Yield the kept trials that were compared with one that is to run anew."""
    for model in plan.models:
        for task in chain(plan.tasks(model.name), plan.perturbed(model.name)):
            baseline = comparing.baseline_of(task) if task.number in kept else None
            if baseline and baseline.number not in kept:
                yield task.number
