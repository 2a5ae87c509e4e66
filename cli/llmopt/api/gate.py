"""Baselines and the gate that asks no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from llmopt.api.asked import Asked
from llmopt.api.project import open_store
from llmopt.decide.gates import GateReport, OnUndecided
from llmopt.domain import Limit, Model, Run, Suite
from llmopt.errors import UsageError
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.plan import make_plan
from llmopt.files.source import display_name
from llmopt.gate.baseline import Baseline
from llmopt.gate.baseline_file import BASELINE_NAME, read_baseline, write_baseline
from llmopt.gate.common import on_common_cases
from llmopt.gate.limits import Limits
from llmopt.gate.offline import offline_report
from llmopt.gate.revision import suite_at
from llmopt.gate.stock import Stock, take_stock
from llmopt.gate.taking import Taken, take
from llmopt.gate.updating import Update, updated
from llmopt.store.runs import RunStore


def baseline_path(suite: Suite, path: Path | None = None) -> Path:
    """Return where a project's baseline is kept."""
    return path or suite.root / BASELINE_NAME


def load_baseline(suite: Suite, path: Path | None = None) -> Baseline:
    """Read a project's baseline.

    Raises:
        MissingError: there is none.
        InputError: the file is damaged or from a newer llmopt.
    """
    return read_baseline(baseline_path(suite, path), suite.root)


def update_baseline(
    suite: Suite,
    *,
    run_id: str | None = None,
    partial: bool = False,
    models: Sequence[str] = (),
    path: Path | None = None,
) -> Update:
    """Count the suite and write its baseline, with the figures of a run where one is named.

    Figures of earlier runs stay where the run has none. `partial` also takes
    candidates with failed trials or of which cases were left out.

    Raises:
        UsageError: nothing can be counted, nothing of the run can be taken, or the file
            cannot be written.
        MissingError: there is no such run.
        InputError: the file is damaged, or cases cannot be rendered.
    """
    file = baseline_path(suite, path)
    before = read_baseline(file, suite.root) if file.exists() else None
    taken = Taken({}, {})
    if run_id is not None:
        with open_store(suite.root) as store:
            run = store.find(run_id)
            asked = Asked.of(run)
            models = models or (() if suite.config.models else asked.models)
            taken = _taken(suite, store, run, asked, partial=partial)
    stock = _counted(suite, gated_models(suite, models, before))
    update = updated(before, stock.figures, taken.figures, refused=taken.refused)
    if run_id is not None and not update.taken:
        raise UsageError(
            f"run {run_id} ran on models that are not configured",
            hint="add them to llmopt.yaml, or name them with --model",
        )
    write_baseline(file, update.after)
    return update


def _taken(suite: Suite, store: RunStore, run: Run, asked: Asked, *, partial: bool) -> Taken:
    """Read the figures of a run.

    Raises:
        UsageError: none of them can be taken.
    """
    resolved = resolve_models(suite, asked.models, folder=Path.cwd())
    taken = take(store, run, make_plan(suite, resolved, asked.selection), partial=partial)
    if not taken.figures:
        candidate, why = next(iter(taken.refused.items()))
        part = "; --partial takes what there is" if "changed" not in why and not partial else ""
        raise UsageError(
            f"nothing of run {run.id} can be taken: of {candidate} {why}",
            hint=f"run it again: `llmopt eval`{part}",
        )
    return taken


def gate(
    suite: Suite,
    *,
    models: Sequence[str] = (),
    limits: Mapping[str, Limit] | None = None,
    path: Path | None = None,
    on_undecided: OnUndecided = "undecided",
) -> GateReport:
    """Hold the suite against its baseline file, without asking a model; `limits` are flags.

    Raises:
        MissingError: there is no baseline file.
        InputError: it is damaged, or cases cannot be rendered.
        UsageError: a model that does not exist.
    """
    then = load_baseline(suite, path)
    resolved = gated_models(suite, models, then)
    stock = take_stock(suite, resolved)
    return offline_report(
        suite,
        resolved,
        Limits.of(suite.config, limits),
        whole=stock,
        now=stock.figures,
        then=then,
        against=display_name(baseline_path(suite, path).absolute(), suite.root),
        on_undecided=on_undecided,
    )


def gate_against(
    suite: Suite,
    ref: str,
    *,
    config: Path | None = None,
    models: Sequence[str] = (),
    limits: Mapping[str, Limit] | None = None,
    on_undecided: OnUndecided = "undecided",
) -> GateReport:
    """Hold the suite against itself at a git revision, on the cases that both have.

    Raises:
        UsageError: `ref` is no name of a revision, or a model does not exist.
        MissingError: no repository, no such revision, or no project there.
        InputError: cases cannot be rendered, or the revision's files have errors.
    """
    resolved = gated_models(suite, models)
    whole = take_stock(suite, resolved)
    with suite_at(ref, suite.root, config) as before:
        ours, theirs = on_common_cases(suite, before)
        then = take_stock(theirs, resolved).figures
        now = whole.figures if ours.cases == suite.cases else take_stock(ours, resolved).figures
    report = offline_report(
        suite,
        resolved,
        Limits.of(suite.config, limits),
        whole=whole,
        now=now,
        then=then,
        against=ref,
        on_undecided=on_undecided,
    )
    return replace(report, of_revision=True)


def gated_models(
    suite: Suite, names: Sequence[str], baseline: Baseline | None = None
) -> tuple[Model, ...]:
    """Return the models to count for: those named, those configured, those of the baseline.

    The baseline's serve where none is configured: it was then made with `--model`.
    """
    if not names and not suite.config.models and baseline:
        names = [name for name in baseline.prices if "/" in name]
    return resolve_models(suite, names, folder=Path.cwd())


def _counted(suite: Suite, models: Sequence[Model]) -> Stock:
    stock = take_stock(suite, models)
    if not stock.figures.entries:
        raise UsageError("there is nothing to count", hint="prompts with variables need test cases")
    return stock
