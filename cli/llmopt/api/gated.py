"""A run held against the baseline, and what its test cases allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from llmopt.api.asked import Asked
from llmopt.api.evaluation import EvaluatedRun
from llmopt.api.gate import baseline_path, load_baseline
from llmopt.decide.gates import GateReport, OnUndecided
from llmopt.decide.result import Result
from llmopt.domain import Limit, Suite
from llmopt.evaluate.models import resolve_models
from llmopt.files.source import display_name
from llmopt.gate.assertions import assert_run
from llmopt.gate.baseline import Baseline
from llmopt.gate.comparing import Comparison
from llmopt.gate.earlier import earlier_trials
from llmopt.gate.limits import Limits
from llmopt.gate.measuring import RunGate
from llmopt.gate.offline import notes, worst_first
from llmopt.gate.prefixes import lost_prefixes
from llmopt.gate.remarks import lacking, not_counted, remarks
from llmopt.gate.stock import take_stock
from llmopt.store.runs import RunStore

ENDED_EARLY = (
    "The run ended before its last case: accuracy paired by case holds wherever it ended, other "
    "limits take its cases as if nobody had looked."
)


@dataclass(frozen=True, slots=True)
class Gating:
    """What a run is held against; read before anything is paid for."""

    suite: Suite
    baseline: Baseline
    against: str
    limits: Mapping[str, Limit] = field(default_factory=dict)
    on_undecided: OnUndecided = "undecided"


def gating(
    suite: Suite,
    *,
    path: Path | None = None,
    limits: Mapping[str, Limit] | None = None,
    on_undecided: OnUndecided = "undecided",
) -> Gating:
    """Read the baseline that a run is to be held against; `limits` are those given as flags.

    Raises:
        MissingError: there is none.
        InputError: the file is damaged or from a newer llmopt.
    """
    baseline = load_baseline(suite, path)
    against = display_name(baseline_path(suite, path).absolute(), suite.root)
    return Gating(suite, baseline, against, limits or {}, on_undecided)


def gated(run: EvaluatedRun, gate: Gating) -> EvaluatedRun:
    """Return the run with every limit of its prompts and cases held.

    Raises:
        InputError: cases cannot be rendered.
        StoreError: the store cannot be read.
    """
    with RunStore(run.store_path) as store:
        report = _report(store, run.result, gate)
    return replace(run, result=replace(run.result, gate=report, findings=()))


def asserted(run: EvaluatedRun, suite: Suite) -> EvaluatedRun:
    """Return the run with a finding for each case that took more than it allows.

    Raises:
        StoreError: the store cannot be read.
    """
    if not suite.limited:
        return run
    with RunStore(run.store_path) as store:
        found = assert_run(suite, store.of(run.result.run).outcomes(), severity="warning")
    return replace(run, result=replace(run.result, findings=found.findings))


def _report(store: RunStore, result: Result, gate: Gating) -> GateReport:
    run, suite = result.run, gate.suite
    asked = Asked.of(run)
    models = resolve_models(suite, asked.models, folder=Path.cwd())
    stock = take_stock(suite, models)
    comparison = Comparison.of(suite, models, whole=stock.figures, then=gate.baseline)
    tables = store.of(run).outcomes()
    runs = (entry.run.id for entry in gate.baseline.entries.values() if entry.run)
    held = RunGate(
        run=run,
        tables={table.candidate: table for table in tables},
        comparison=comparison,
        earlier=earlier_trials(store, suite, runs),
        rule=asked.rule,
        anytime=run.status != "complete" or asked.until_decided is not None,
    )
    limits = Limits.of(suite.config, gate.limits)
    cases = assert_run(suite, tables, severity="error")
    rows = worst_first([*held.rows(limits), *cases.unknown])
    return GateReport(
        against=gate.against,
        rows=rows,
        findings=(
            *cases.findings,
            *lost_prefixes(comparison, limits, stock.prefixes),
            *remarks(comparison),
            *lacking(rows),
        ),
        notes=(
            *notes(limits, stock, of_run=True),
            *not_counted(comparison),
            *([ENDED_EARLY] if held.anytime else []),
        ),
        on_undecided=gate.on_undecided,
        cases_held=cases.held,
    )
