"""One evaluation as the flags of `eval` ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path

from llmopt.api.asked import Asked
from llmopt.api.evaluation import EvaluatedRun, explained
from llmopt.api.evaluation import evaluate as run_evaluation
from llmopt.api.evaluation import resume as go_on
from llmopt.api.gated import Gating, asserted, gated, gating
from llmopt.api.manner import Manner
from llmopt.api.project import repository_folder
from llmopt.commands.flags import ReportFormat
from llmopt.commands.messages import problem_lines
from llmopt.commands.output import write_evaluation
from llmopt.commands.planning import announcing
from llmopt.commands.progress import Progress, showing
from llmopt.commands.terminal import Terminal
from llmopt.decide.gates import OnUndecided
from llmopt.domain import Limit, Suite
from llmopt.errors import UsageError, resume_command
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.recording import recording
from llmopt.files.loading import Loaded
from llmopt.report.evaluated import checked_evaluation


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is run, and where it is written; `held`, `run`, `write` and `end` in this order."""

    terminal: Terminal
    asked: Asked
    manner: Manner
    resume: str | None = None
    retry_errors: bool = False
    record: Path | None = None
    gate: bool = False
    baseline: Path | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict)
    undecided: OnUndecided = "undecided"
    explain: bool = False
    format: ReportFormat = ReportFormat.table
    paths: tuple[Path, ...] = ()
    quiet: bool = False
    verbose: bool = False

    def held(self, suite: Suite) -> Gating | None:
        """Read what the run is to be held against, before anything is paid for."""
        if not self.gate:
            return None
        return gating(suite, path=self.baseline, limits=self.limits, on_undecided=self.undecided)

    def run(self, suite: Suite, held: Gating | None) -> EvaluatedRun:
        """Carry it out, with progress for those who watch."""
        progress, more = Progress(), self.resume is not None
        with (
            recording(self.record, more=more) as recorders,
            showing(progress, self.terminal, quiet=self.quiet) as bar,
            redirect_stdout(self.terminal.err),  # what a user's scorer prints is no data of ours
        ):
            manner = replace(
                self.manner,
                observers=(*self.manner.observers, bar, *recorders),
                on_plan=self._announcing(progress),
            )
            run = self._carried_out(suite, manner)
        if self.explain:
            run = explained(run)
        return gated(run, held) if held else asserted(run, suite)

    def _announcing(self, progress: Progress) -> Callable[[Plan], None]:
        announce = announcing(
            self.asked, progress, self.terminal, quiet=self.quiet, verbose=self.verbose
        )

        def both(plan: Plan) -> None:
            announce(plan)
            self.manner.on_plan(plan)

        return both

    def _carried_out(self, suite: Suite, manner: Manner) -> EvaluatedRun:
        asked = self.asked
        if self.resume is not None:
            return go_on(suite, self.resume, retry_errors=self.retry_errors, manner=manner)
        return run_evaluation(
            suite,
            models=asked.models,
            selection=asked.selection,
            until_decided=asked.until_decided,
            rule=asked.rule,
            manner=manner,
        )

    def write(self, run: EvaluatedRun, suite: Suite) -> None:
        """Write its report.

        Raises:
            UsageError: a file cannot be written after all.
        """
        folder = repository_folder(suite.root)
        try:
            write_evaluation(
                run.result, self.terminal, format=self.format, paths=self.paths, folder=folder
            )
        except UsageError as error:
            kept = f"the run is kept: llmopt runs show {run.id} -o FILE"
            raise UsageError(error.message, hint=f"{error.hint}; {kept}") from error

    def end(self, run: EvaluatedRun) -> int:
        """Say where the run is kept, or how it goes on, and return the exit code."""
        if not run.kept:
            self.terminal.say(
                f"warning: this run is not kept: {run.store_path} was taken away or overwritten "
                "while it ran; -o FILE and --record FILE keep what you see"
            )
        elif run.ended_by_budget:
            command = f"{resume_command(run.id)} --max-cost USD"
            self.terminal.say(f"the budget ended the run; go on with: {command}")
        elif not self.quiet and self.format is ReportFormat.table:
            self.terminal.say(f"run {run.id} is kept: llmopt runs show {run.id}")
            if run.result.errors:
                again = f"{resume_command(run.id)} --retry-errors"
                self.terminal.say(f"what failed is asked again by: {again}")
        return checked_evaluation(run.result).exit_code


def tell_of(loaded: Loaded, terminal: Terminal) -> None:
    """Say what a person should know of the files before they are run."""
    for line in problem_lines(loaded.problems):
        terminal.say(line)
