"""The gate that asks no model: from two states of a project to its report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmopt.domain import Model, Suite
from llmopt.gate.baseline import Baseline
from llmopt.gate.comparing import Comparison
from llmopt.gate.limits import DEFAULT, OFFLINE, Limits
from llmopt.gate.matching import match
from llmopt.gate.remarks import remarks
from llmopt.gate.report import WORST_FIRST, GateReport, GateRow, OnUndecided
from llmopt.gate.stock import Stock


def offline_report(
    suite: Suite,
    models: Sequence[Model],
    limits: Limits,
    *,
    whole: Stock,
    now: Baseline,
    then: Baseline,
    against: str,
    on_undecided: OnUndecided = "undecided",
) -> GateReport:
    """Hold today's figures against `then`; `now` counts the cases that can be compared."""
    comparison = Comparison(
        suite=suite,
        models={model.name: model for model in models},
        whole=whole.figures,
        now=now,
        then=then,
        matching=match(now, then),
    )
    return GateReport(
        against=against,
        rows=worst_first(comparison.rows(limits)),
        findings=tuple(remarks(comparison)),
        notes=tuple(_notes(limits, whole)),
        on_undecided=on_undecided,
    )


def worst_first(rows: Iterator[GateRow]) -> tuple[GateRow, ...]:
    """Order rows by status, then by how far they went."""
    return tuple(
        sorted(rows, key=lambda row: (WORST_FIRST.index(row.status), -abs(row.change or 0.0)))
    )


def _notes(limits: Limits, whole: Stock) -> Iterator[str]:
    if not limits.given:
        yield f"No limit is configured: {DEFAULT.name} {DEFAULT.fail.text if DEFAULT.fail else ''}."
    later = sorted(limits.names - OFFLINE)
    if later:
        yield f"Checked by `llmopt eval --gate` alone: {', '.join(later)}."
    if "cost" in limits.names:
        date = whole.figures.price_table
        yield f"cost: of the input alone, both at today's prices (table of {date or 'no date'})."
    if any(not entry.exact for entry in whole.figures.entries.values()):
        yield "~: counted by an approximate tokenizer, the same on both sides."
    for one in whole.unmeasured:
        yield f"{one.prompt}/{one.variant} has variables and no test case: not counted."
