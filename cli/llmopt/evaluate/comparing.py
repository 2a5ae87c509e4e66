"""Trials that are scored against the baseline's reply to the same case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from llmopt.domain import Measured, Trial
from llmopt.evaluate.plan import Plan, Task


@dataclass(frozen=True, slots=True)
class Against:
    """What a trial is compared with: the baseline's reply, or why there is none."""

    reply: str | None
    missing: str | None = None

    @classmethod
    def of(cls, trial: Trial) -> Against:
        if trial.failure:
            return cls(None, f"{trial.failure.kind}: {trial.failure.message}")
        reply = trial.final.completion.answer if trial.final else None
        return cls(reply, "only its score is known" if reply is None else None)


@dataclass(frozen=True, slots=True)
class Comparing:
    """Which trials are scored against the baseline's, and with what those of earlier attempts said.

    `compares` tells a trial whose scorer compares. `kept` holds the replies of baselines
    that an earlier attempt has run, by the trial's number.
    """

    plan: Plan
    compares: Callable[[Task], bool]
    kept: Mapping[int, Against]

    def baseline_of(self, task: Task) -> Task | None:
        """Return the baseline's trial of the same case, which may be `task`; None: no matter."""
        if not self.compares(task):
            return None
        planned = self.plan.planned(self.plan.baselines[task.planned.candidate.prompt])
        # Candidates' trials of a case and repeat stand side by side, in their order.
        return task._replace(
            number=task.number - task.planned.index + planned.index, planned=planned
        )


Run = Callable[[Task, Against | None], Awaitable[Trial]]


class Comparisons:
    """Has every baseline's trial run once, before those that are compared with it.

    Whoever needs one first has it run, so it matters not in which order trials come, and
    nobody who waits for one holds what it needs to run.
    """

    def __init__(self, comparing: Comparing, run: Run) -> None:
        self._comparing = comparing
        self._run = run
        self._trials: dict[int, asyncio.Future[tuple[Against, Measured] | None]] = {}

    async def run(self, task: Task) -> Measured:
        """Run a trial, and before it the one that it is compared with; measure it."""
        baseline = self._comparing.baseline_of(task)
        if baseline is None:
            return (await self._run(task, None)).measured
        if baseline.number == task.number:
            return (await self._baseline(task))[1]
        against = self._comparing.kept.get(baseline.number)
        if against is None:
            against, _ = await self._baseline(baseline)
        return (await self._run(task, against)).measured

    async def _baseline(self, task: Task) -> tuple[Against, Measured]:
        while (known := self._trials.get(task.number)) is not None:
            found = await asyncio.shield(known)
            if found is not None:  # else whoever ran it was cancelled: run it in their place
                return found
        running = self._trials[task.number] = asyncio.get_running_loop().create_future()
        outcome: tuple[Against, Measured] | None = None
        try:
            trial = await self._run(task, None)
            outcome = Against.of(trial), trial.measured
            return outcome
        finally:
            if outcome is None:
                del self._trials[task.number]
            running.set_result(outcome)
