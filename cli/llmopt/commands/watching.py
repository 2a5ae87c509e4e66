"""`eval --watch`: what a person sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from llmopt.api import noticing
from llmopt.api.asked import Asked
from llmopt.api.evaluation import EvaluatedRun
from llmopt.api.gate import baseline_path
from llmopt.api.manner import Manner
from llmopt.api.watching import Round, Turn, Watched, watch
from llmopt.commands.evaluating import Evaluation, tell_of
from llmopt.commands.messages import error_lines
from llmopt.commands.output import check_outputs
from llmopt.domain import Suite
from llmopt.errors import LlmoptError
from llmopt.evaluate.tally import Tally
from llmopt.files.loading import Loaded
from llmopt.report.formats import EVALUATION
from llmopt.report.watched import differences, last_line, round_line, separator

WIDEST = 100
RECORDED = "recorded/"


def watch_project(evaluation: Evaluation, *, config: Path | None) -> int:
    """Evaluate whenever a file changes, until Ctrl-C; return 0.

    Raises:
        MissingError: the package that notices changes is not installed.
        UsageError: a file asked for cannot be written.
        InterruptedRun: a round was stopped.
    """
    noticing.check_noticing()
    check_outputs(evaluation.paths, EVALUATION)

    def evaluate(suite: Suite, asked: Asked, manner: Manner) -> EvaluatedRun:
        one = replace(evaluation, asked=asked, manner=manner)
        return one.run(suite, one.held(suite))

    targets = [EVALUATION.target(path).path for path in evaluation.paths]
    watched = Watched(
        asked=evaluation.asked,
        manner=evaluation.manner,
        evaluate=evaluate,
        start=Path.cwd(),
        config=config,
        besides=lambda suite: _besides(suite, evaluation),
        outputs=[*targets, *([evaluation.record] if evaluation.record else ())],
    )
    total = watch(watched, _Screen(evaluation), noticing.noticing)
    if evaluation.terminal.live:
        evaluation.terminal.say("")  # it shows ^C, and nothing ends that line
    if not evaluation.quiet:
        limit = evaluation.manner.max_cost
        evaluation.terminal.say(last_line(total, limit=limit))
    return 0


def _besides(suite: Suite, evaluation: Evaluation) -> Iterator[Path]:
    """Yield the files of a run that belong to no prompt: recordings and the baseline."""
    configured = [(suite.root, model.id) for model in suite.config.models]
    asked = [(Path.cwd(), name) for name in evaluation.asked.models]
    for folder, name in (*configured, *asked):
        if name.startswith(RECORDED):
            yield folder / name.removeprefix(RECORDED)
    if evaluation.gate:
        yield baseline_path(suite, evaluation.baseline).absolute()


@dataclass(frozen=True, slots=True)
class _Screen:
    """Tells a person on stderr how a watch goes, and writes each round's report."""

    evaluation: Evaluation

    def begins(self, turn: Turn) -> None:
        width = min(self.evaluation.terminal.width, WIDEST)
        if turn.number > 1:
            self._say("")
        self._say(separator(turn.number, turn.at.astimezone(), turn.changed, width=width))

    def loaded(self, loaded: Loaded) -> None:
        if not self.evaluation.quiet:
            tell_of(loaded, self.evaluation.terminal)

    def fails(self, error: LlmoptError) -> None:
        for line in error_lines(error):
            self.evaluation.terminal.say(line)

    def idle(self) -> None:
        self._say("nothing has to be run again")

    def ends(self, done: Round, total: Tally) -> None:
        self.evaluation.write(done.run, done.suite)
        self.evaluation.end(done.run)
        for line in differences(done.before, done.run.result):
            self._say(line)
        self._say(round_line(done.calls, total, limit=self.evaluation.manner.max_cost))

    def waits(self) -> None:
        self._say("waiting for a change; Ctrl-C ends")

    def _say(self, text: str) -> None:
        if not self.evaluation.quiet:
            self.evaluation.terminal.say(text)
