from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llmopt import numbers
from llmopt.commands.terminal import Terminal
from llmopt.domain import Trial
from llmopt.evaluate.engine import Observer
from llmopt.evaluate.plan import Plan

REFRESH_PER_SECOND = 8


class Progress:
    """A bar with trials, throughput, money so far and time left; silent where nobody watches."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.failed = 0
        self.cost = 0.0
        self.cost_known = True

    def expect(self, plan: Plan) -> None:
        self.total = plan.trials + plan.perturbed_trials

    def observe(self, trial: Trial) -> None:
        self.done += 1
        self.failed += trial.failure is not None
        for call in trial.calls:
            if call.spent is None:
                self.cost_known = False
            else:
                self.cost += call.spent

    def money(self) -> str:
        """Say what was spent so far; a sum with unknown parts is a lower bound."""
        return numbers.dollars(self.cost) + ("" if self.cost_known else " + unknown")


@contextmanager
def showing(progress: Progress, terminal: Terminal, *, quiet: bool) -> Iterator[Observer]:
    """Show the bar while the body runs and yield the observer that moves it."""
    if quiet or not terminal.live:
        yield progress.observe
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[rate]}/s"),
        TextColumn("{task.fields[money]}"),
        TimeRemainingColumn(compact=True),
        console=Console(file=terminal.err, width=min(terminal.width, 100)),
        refresh_per_second=REFRESH_PER_SECOND,
        transient=True,
    )
    with bar:
        task = bar.add_task("trials", total=progress.total, rate="–", money="$0")

        def observe(trial: Trial) -> None:
            progress.observe(trial)
            speed = bar.tasks[0].speed
            bar.update(
                task,
                completed=progress.done,
                total=progress.total,
                rate=numbers.count(round(speed)) if speed else "–",
                money=progress.money(),
                description="trials"
                if not progress.failed
                else f"trials ({progress.failed} failed)",
            )

        yield observe
