from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from llmopt.domain import Call, Measured, Run
from llmopt.errors import UsageError
from llmopt.evaluate.comparing import Against, Comparing
from llmopt.evaluate.plan import Plan
from llmopt.store.runs import RunStore


@dataclass(frozen=True, slots=True)
class Kept:
    """Trials of an earlier attempt: those that still hold, and those to run anew.

    `replies` are what the model said in those of the latter that failed at their judge
    alone, or were cut off before they were scored: paid for, and not asked for again.
    `retries` says that the failed ones are among those to run anew. `said` are the
    baselines' replies in those that still hold, where others are compared with them.
    """

    trials: Mapping[int, Measured] = field(default_factory=dict)
    stale: frozenset[int] = frozenset()
    replies: Mapping[int, Sequence[Call]] = field(default_factory=dict)
    retries: bool = False
    said: Mapping[int, Against] = field(default_factory=dict)

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
    asked = {
        task.number: task.fingerprint
        for model in plan.models
        for task in chain(plan.tasks(model.name), plan.perturbed(model.name))
    }
    trials: dict[int, Measured] = {}
    stale: set[int] = set()
    holds: dict[int, int] = {}
    record = store.of(run)
    for number, fingerprint, measured in record.measured():
        if asked.get(number) != fingerprint or (retry_errors and measured.score is None):
            stale.add(number)
            holds[number] = fingerprint
        else:
            trials[number] = measured
    said: dict[int, Against] = {}
    if comparing:
        for number in list(_orphans(plan, comparing, trials)):
            stale.add(number)
            del trials[number]
        said = {
            number: Against(reply, None if reply else "its trial failed")
            for number, reply in record.replies(run.baselines.values())
            if number in trials
        }
    judged = record.unjudged() if retry_errors else {}
    replies = {n: calls for n, calls in judged.items() if asked.get(n) == holds.get(n)}
    for number, (fingerprint, calls) in record.unfinished().items():
        if asked.get(number) == fingerprint:
            replies[number] = calls
    return Kept(trials, frozenset(stale), replies, retry_errors, said)


def _orphans(plan: Plan, comparing: Comparing, kept: Mapping[int, Measured]) -> Iterator[int]:
    """Yield the kept trials that were compared with one that is to run anew."""
    for model in plan.models:
        for task in chain(plan.tasks(model.name), plan.perturbed(model.name)):
            baseline = comparing.baseline_of(task) if task.number in kept else None
            if baseline and baseline.number not in kept:
                yield task.number
