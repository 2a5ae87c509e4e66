from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from llmopt.domain import Model, Trial
from llmopt.evaluate.plan import Plan, Task
from llmopt.evaluate.trial import TrialRunner

DEFAULT_CONCURRENCY = 8

Observer = Callable[[Trial], None]
"""Told of every finished trial, in the order they finish: progress, recordings."""


async def run_plan(
    plan: Plan, runner: TrialRunner, *, observers: tuple[Observer, ...], concurrency: int | None
) -> None:
    """Run every trial of the plan: each model at its own pace, none waiting for another.

    As many trials are under way per model as `concurrency` (or the model's own
    limit) says, and no more exist: workers draw the next one when they are free.

    Raises:
        StoreError: the store cannot be written; the trials under way are given up.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for model in plan.models:
                tasks = plan.tasks(model.name)
                for _ in range(_width(model, concurrency)):
                    group.create_task(_work(tasks, runner, observers))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _width(model: Model, concurrency: int | None) -> int:
    return concurrency or model.limits.concurrency or DEFAULT_CONCURRENCY


async def _work(
    tasks: Iterator[Task], runner: TrialRunner, observers: tuple[Observer, ...]
) -> None:
    for task in tasks:
        trial = await runner.run(task)
        for observe in observers:
            observe(trial)
