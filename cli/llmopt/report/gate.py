"""A gate's report for a terminal and as JSON, CSV and Markdown; CI's formats draw from `gated`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape as escape_html
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.decide.gates import GateReport, GateRow
from llmopt.domain import Finding, Rule
from llmopt.report import rows
from llmopt.report.document import json_text
from llmopt.report.gate_records import finding_record, gate_record, gate_verdict
from llmopt.report.gated import checked_gate, difference, figure, headline
from llmopt.report.layout import WIDE, folded, to_text
from llmopt.report.markdown import as_section
from llmopt.report.page import gate_section, page
from llmopt.report.prose import sentences, title
from llmopt.report.targets import Formats

COLUMNS = ("candidate", "gate", "baseline", "now", "change", "limit", "")
STYLES = {"fail": "red", "warn": "yellow", "undecided": "yellow", "pass": "green"}
OPENING = {"error": "error", "warning": "warning", "info": "note"}
WIDE_NAME, NARROW_NAME, NARROW_GATE = 32, 18, 14
SHOWN_FINDINGS = 20
ROWS = 10
"""Rows shown, the worst; the findings below name more of those that do not hold."""


def as_table(report: GateReport, *, width: int, color: bool) -> str:
    """Write the headline, the rows, what to mend and the notes for a terminal."""
    parts: list[RenderableType] = [Text(headline(report), style="bold"), Text()]
    if report.rows:
        parts += [_table(report, wide=width >= WIDE)]
        parts += [Text(line) for line in _left(report)]
        parts += [Text()]
    found = checked_gate(report).worst_first
    parts += [Text(line) for line in _finding_lines(found, of_revision=report.of_revision)]
    parts += [Text(note, style="dim") for note in report.notes]
    return to_text(Group(*parts), width=width, color=color).rstrip("\n") + "\n"


def _table(report: GateReport, *, wide: bool) -> Table:
    padding = (0, 1, 0, 0) if wide else (0, 0, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)
    table.add_column("candidate", overflow="fold", min_width=8)
    table.add_column("gate", overflow="fold")
    for column in COLUMNS[2:]:
        table.add_column(column, justify="right", overflow="fold")
    line = WIDE_NAME if wide else NARROW_NAME
    several = len({row.candidate.model for row in report.rows}) > 1
    for row in report.rows[:ROWS]:
        table.add_row(
            _name(row, line, model=several),
            escape(folded(row.name, line if wide else NARROW_GATE)),
            "" if row.name.startswith(("max_", "min_")) else figure(row, row.baseline),
            figure(row, row.actual),
            difference(row),
            escape(row.limit),
            f"[{STYLES[row.status]}]{row.status}[/]",
        )
    return table


def _left(report: GateReport) -> Iterator[str]:
    """Say how many rows are not shown: rows come worst first."""
    left = report.rows[ROWS:]
    bad = sum(row.status != "pass" for row in left)
    if bad:
        yield f"and {numbers.count(len(left))} more, {numbers.count(bad)} of them not held"
    elif left:
        yield f"and {numbers.count(len(left))} more that hold"


def _name(row: GateRow, line: int, *, model: bool) -> str:
    text = escape(folded(f"{row.candidate.prompt}/{row.candidate.variant}", line))
    if model:
        text += f"\n[dim]{escape(folded(row.candidate.model, line))}[/dim]"
    if row.was:
        text += f"\n[dim]was {escape(folded(row.was.variant, line))}[/dim]"
    return text


def findings_text(findings: Sequence[Finding], *, width: int, color: bool) -> str:
    """Write findings that stand alone for a terminal; nothing where there are none."""
    lines = [Text(line) for line in _finding_lines(findings)]
    return (
        "\n" + to_text(Group(*lines), width=width, color=color).rstrip("\n") + "\n" if lines else ""
    )


def _finding_lines(findings: Sequence[Finding], *, of_revision: bool = False) -> Iterator[str]:
    helped: set[Rule] = set()
    for finding in findings[:SHOWN_FINDINGS]:
        told = list(sentences(finding))
        yield f"{OPENING[finding.severity]}: {title(finding)}: {told[0]}"
        if finding.place:
            yield f"  --> {finding.place}"
        for text in told[1:]:
            yield f"  {text}"
        if finding.severity == "error" and finding.rule not in helped:
            helped.add(finding.rule)
            meant = "" if of_revision else finding.rule.meant
            yield f"  hint: {finding.rule.help} {meant}".rstrip()
    if len(findings) > SHOWN_FINDINGS:
        yield f"and {numbers.count(len(findings) - SHOWN_FINDINGS)} more findings"
    if findings:
        yield ""


def document(report: GateReport) -> dict[str, Any]:
    """Return the JSON document: one verdict, every row, every finding."""
    return {
        "schema_version": 1,
        **gate_verdict(report),
        "compared": report.compared,
        "gates": [gate_record(row) for row in report.rows],
        "findings": [finding_record(finding) for finding in checked_gate(report).worst_first],
    }


def as_json(report: GateReport) -> str:
    """Write one JSON document; what is unknown is null."""
    return json_text(document(report))


def as_csv(report: GateReport) -> str:
    """Write one row a limit; what is unknown is an empty field."""
    records = [gate_record(row) for row in report.rows]
    for record in records:
        record["change_low"], record["change_high"] = record.pop("change_ci") or (None, None)
    return rows.as_csv(records, CSV_COLUMNS)


def as_markdown(report: GateReport) -> str:
    """Write the headline, the table, the findings."""
    return as_section(checked_gate(report))


CSV_COLUMNS = (
    "name", "prompt", "variant", "model", "limit", "baseline", "actual", "status", "change",
    "cases_needed", "dollars_per_month", "tokens_exact", "was", "reason", "message", "file",
    "line", "change_low", "change_high",
)  # fmt: skip


def as_html(report: GateReport) -> str:
    """Write one page: headline, limits, findings, notes."""
    seen = checked_gate(report)
    notes = (f'<p class="quiet">{escape_html(note)}</p>' for note in seen.notes)
    return page(seen.headline, (*gate_section(seen, level="h1"), *notes))


GATE: Formats[GateReport] = Formats(
    own={"json": as_json, "csv": as_csv, "markdown": as_markdown, "html": as_html},
    checked=checked_gate,
)
