"""The gate that asks no model: from two states of a project to its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from llmopt.decide.gates import WORST_FIRST, GateReport, GateRow, OnUndecided
from llmopt.domain import Model, Suite
from llmopt.gate.assertions import assert_offline
from llmopt.gate.baseline import Baseline
from llmopt.gate.comparing import Comparison
from llmopt.gate.limits import DEFAULT, OFFLINE, Limits
from llmopt.gate.prefixes import lost_prefixes
from llmopt.gate.remarks import not_counted, remarks
from llmopt.gate.stock import Stock
from llmopt.providers.registry import note


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
    asserted = assert_offline(suite, models, severity="error")
    comparison = Comparison.of(suite, models, whole=whole.figures, now=now, then=then)
    return GateReport(
        against=against,
        rows=worst_first(comparison.rows(limits)),
        findings=(
            *asserted.findings,
            *lost_prefixes(comparison, limits, whole.prefixes),
            *remarks(comparison),
        ),
        notes=(
            *notes(limits, whole),
            *not_counted(comparison),
            *(text for model in models if (text := note(model))),
        ),
        on_undecided=on_undecided,
        cases_held=asserted.held,
    )


def worst_first(rows: Iterable[GateRow]) -> tuple[GateRow, ...]:
    """Order rows by status, then by how far they went."""
    return tuple(
        sorted(rows, key=lambda row: (WORST_FIRST.index(row.status), -abs(row.change or 0.0)))
    )


def notes(limits: Limits, whole: Stock, *, of_run: bool = False) -> Iterator[str]:
    """Say what a reader must know beside the rows."""
    if not limits.given:
        yield f"No limit is configured: {DEFAULT.name} {DEFAULT.fail.text if DEFAULT.fail else ''}."
    later = sorted(limits.names - OFFLINE)
    if later and not of_run:
        yield f"Checked by `llmopt eval --gate` alone: {', '.join(later)}."
    if "cost" in limits.names and not of_run:
        date = whole.figures.price_table
        yield f"cost: of the input alone, both at today's prices (table of {date or 'no date'})."
    if any(not entry.exact for entry in whole.figures.entries.values()):
        yield "~: counted by an approximate tokenizer, the same on both sides."
    for one in whole.unmeasured:
        yield f"{one.prompt}/{one.variant} has variables and no test case: not counted."
