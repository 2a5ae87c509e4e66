from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterator, Mapping

from llmopt.domain import Candidate, Measured, Model, Trial
from llmopt.evaluate.brake import Brake
from llmopt.evaluate.comparing import Against, Comparing, Comparisons
from llmopt.evaluate.plan import Plan, Task
from llmopt.evaluate.trial import TrialRunner
from llmopt.providers.registry import is_local

Observer = Callable[[Trial], None]
"""Told of every finished trial, in the order they finish: progress, recordings."""


DEFAULT_CONCURRENCY = 8


def width_of(model: Model, concurrency: int | None, *, judged: bool = False) -> int:
    """Say how many trials of a model run at a time: as asked, as declared, as suits it.

    A model that answers at once is asked by one at a time, unless its replies are `judged`
    by another one, which is worth waiting for together.
    """
    default = 1 if is_local(model) and not judged else DEFAULT_CONCURRENCY
    return concurrency or model.limits.concurrency or default


class Pool:
    """Runs trials, for each model at most `width` at a time, so no model waits for another.

    `kept` holds, by number, the trials that an earlier attempt has run; `comparing` says
    which are scored against the baseline's.
    """

    def __init__(
        self,
        runner: TrialRunner,
        models: tuple[Model, ...],
        *,
        observers: tuple[Observer, ...] = (),
        concurrency: int | None = None,
        kept: Mapping[int, Measured] | None = None,
        brake: Brake | None = None,
        judged: bool = False,
        comparing: Comparing | None = None,
    ) -> None:
        self._runner = runner
        self._brake = brake or Brake()
        self._kept = kept or {}
        self._observers = observers
        self._comparisons = Comparisons(comparing, self._run) if comparing else None
        self.width = {model.name: width_of(model, concurrency, judged=judged) for model in models}
        self._slots = {name: asyncio.Semaphore(width) for name, width in self.width.items()}

    @property
    def resumes(self) -> bool:
        """Whether there was an earlier attempt at all."""
        return bool(self._kept)

    def keeps(self, task: Task) -> bool:
        """Whether an earlier attempt has run this trial."""
        return task.number in self._kept

    async def run(self, task: Task) -> Measured:
        """Run one trial as soon as its model has room, unless it is kept.

        Once the brake is pulled, none begins.

        Raises:
            StoreError: the store cannot be written.
        """
        if task.number in self._kept:
            return self._kept[task.number]
        if self._comparisons:
            return await self._comparisons.run(task)
        return (await self._run(task, None)).measured

    async def _run(self, task: Task, against: Against | None) -> Trial:
        async with self._slots[task.planned.model.name]:
            if self._brake.pulled:
                await self._brake.park()
            try:
                trial = await self._runner.run(task, against)
            finally:
                self._brake.stored(task.key)
        for observe in self._observers:
            observe(trial)
        return trial


async def run_grid(plan: Plan, pool: Pool) -> None:
    """Run every trial of the plan but the perturbed ones."""
    await _run_all({model.name: plan.tasks(model.name) for model in plan.models}, pool)


Cases = Mapping[Candidate, Container[int]]
"""Cases of the suite by candidate, as their indices."""


async def run_perturbed(plan: Plan, pool: Pool, cases: Cases | None = None) -> None:
    """Run the perturbed trials of the cases given for each candidate; None: all of them."""

    def chosen(model: str) -> Iterator[Task]:
        return (
            task
            for task in plan.perturbed(model)
            if cases is None or task.case.index in cases.get(task.planned.candidate, ())
        )

    await _run_all({model.name: chosen(model.name) for model in plan.models}, pool)


async def _run_all(tasks: Mapping[str, Iterator[Task]], pool: Pool) -> None:
    """Run trials, by model.

    As many workers per model as its width draw the next trial when they are free;
    no more trials exist at a time.

    Raises:
        StoreError: the store cannot be written; the trials under way are given up.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for model, own in tasks.items():
                for _ in range(pool.width[model]):
                    group.create_task(_work(own, pool))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _work(tasks: Iterator[Task], pool: Pool) -> None:
    for task in tasks:
        await pool.run(task)
