"""What is said before a run, and instead of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from pathlib import Path

from llmopt.api.asked import Asked
from llmopt.api.forecasting import forecast, forecast_resumed
from llmopt.api.manner import Manner
from llmopt.commands.flags import ReportFormat
from llmopt.commands.output import check_outputs, write_forecast
from llmopt.commands.progress import Progress
from llmopt.commands.terminal import Terminal
from llmopt.domain import Suite
from llmopt.evaluate.plan import Plan
from llmopt.report.forecast import FORECAST
from llmopt.report.plan import floor_lines, plan_lines, robustness_lines


def announcing(
    asked: Asked, progress: Progress, terminal: Terminal, *, quiet: bool, verbose: bool
) -> Callable[[Plan], None]:
    """Return what says of a plan whatever a person should know before it runs."""

    def announce(plan: Plan) -> None:
        progress.expect(plan)
        lines = [*plan_lines(plan)] if verbose else []
        lines += floor_lines(plan, asked.rule) if asked.until_decided else ()
        for line in () if quiet else (*lines, *robustness_lines(plan)):
            terminal.say(line)

    return announce


def print_plan(
    suite: Suite,
    asked: Asked,
    manner: Manner,
    terminal: Terminal,
    *,
    resume: str | None,
    retry_errors: bool,
    format: ReportFormat,
    paths: Iterable[Path],
) -> None:
    """Write the plan of a run, or of what is left of one, with its figures.

    Raises:
        LlmoptError: as the run itself would, as far as no model has to be asked for it.
    """
    paths = tuple(paths)
    check_outputs(paths, FORECAST)
    with redirect_stdout(terminal.err):  # what a user's scorer prints is no data of ours
        plan = (
            forecast(suite, asked, manner)
            if resume is None
            else forecast_resumed(suite, resume, manner, retry_errors=retry_errors)
        )
    write_forecast(plan, terminal, format=format, paths=paths)
