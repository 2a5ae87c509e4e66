"""A run's trials as a recording or as CSV, line by line, and what to know besides."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, get_args

from llmopt import numbers
from llmopt.domain import Run, Trial
from llmopt.errors import UsageError
from llmopt.providers.recorded import line
from llmopt.report.rows import csv_lines
from llmopt.store.kept_run import KeptRun
from llmopt.store.tallies import Tally

Form = Literal["jsonl", "csv"]


def form_of(path: Path | None, asked: str | None) -> Form:
    """Tell the format of an export: as asked, else by the file's ending, else a recording.

    Raises:
        UsageError: the ending says nothing, or something else than what was asked.
    """
    ending = path.suffix.lower().removeprefix(".") if path else (asked or "jsonl")
    for form in get_args(Form):
        if form == ending == (asked or ending):
            return form  # type: ignore[no-any-return]
    if ending in get_args(Form):
        raise UsageError(f"'{path}' would be {ending}, and --format says {asked}", hint="drop one")
    raise UsageError(f"cannot tell the format of '{path}'", hint="end it in .jsonl or .csv")


def lines(kept: KeptRun, form: Form) -> Iterator[str]:
    """Yield the lines of an export; no more than one trial is held at a time."""
    if form == "csv":
        return csv_lines(*kept.table())
    return _recording(kept.trials())


def _recording(trials: Iterable[Trial]) -> Iterator[str]:
    for trial in trials:
        yield line(trial) + "\n"


def notes(run: Run, tally: Tally, form: Form, path: Path | None) -> Iterator[str]:
    """Yield what a reader of the export must know, and how a recording is replayed."""
    where = f" to {path}" if path else ""
    yield f"exported {_trials(tally.trials)} of run {run.id}{where}"
    if run.status == "running":
        yield "the run has not ended: these are the trials that have"
    if tally.failed:
        yield _failed(tally, form)
    if form == "csv":
        return
    missing = _planned(run) - (tally.trials - tally.perturbed)
    if missing > 0:
        yield (
            f"{_trials(missing)} of the plan {'was' if missing == 1 else 'were'} not run: "
            "a replay counts them as failed (not_recorded)"
        )
    if tally.estimated:
        yield (
            f"tokens of {_trials(tally.estimated)} are estimates: a recording cannot say so, "
            "and a replay shows them as exact"
        )
    if tally.trials:
        yield f"replay: {' '.join(map(shlex.quote, _command(run, path)))}"


def _failed(tally: Tally, form: Form) -> str:
    text = f"{_trials(tally.failed)} failed"
    if form == "csv":
        return f"{text}: no score, but failure_kind and failure_message"
    replied = tally.failed - tally.unanswered
    parts = []
    if tally.unanswered:
        parts.append(
            f"{numbers.count(tally.unanswered)} without a reply have response and score null, "
            "and fail in a replay, too (not_recorded)"
        )
    if replied:
        parts.append(
            f"{numbers.count(replied)} with a reply that was not scored have score null, "
            "and are scored in a replay"
        )
    return f"{text}: {'; '.join(parts)}"


def _planned(run: Run) -> int:
    selection, cases = run.snapshot["selection"], run.snapshot["cases"]
    return int(sum(cases[one.prompt] for one in run.candidates) * selection["repeat"])


def _command(run: Run, path: Path | None) -> Iterator[str]:
    """Yield the words of the command that asks a recording all that the run asked."""
    asked, rule = run.snapshot["asked"]["selection"], run.snapshot["rule"]
    yield from ("llmopt", "eval", *asked["prompts"], "-m", f"recorded/{path or 'FILE.jsonl'}")
    for flag, names in (("-v", asked["variants"]), ("--tag", asked["tags"])):
        for name in names:
            yield from (flag, name)
    if asked["robustness"]:
        yield "--robustness"
    for flag, said, default in (
        ("--limit", str(asked["limit"]), "None"),
        ("--repeat", str(asked["repeat"]), "1"),
        ("--seed", str(run.seed), "0"),
        ("--margin", f"{100 * rule['margin']:g}", "2"),
        ("--alpha", f"{rule['alpha']:g}", "0.05"),
        ("--target", rule["target"], "traffic"),
    ):
        if said != default:
            yield from (flag, said)


def _trials(count: int) -> str:
    return f"{numbers.count(count)} trial{'' if count == 1 else 's'}"
