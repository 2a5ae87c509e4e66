"""An audit as a checklist: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap

from rich.console import Group, RenderableType
from rich.text import Text

from llmopt import numbers
from llmopt.audit.check import Check
from llmopt.audit.judging import Outcome
from llmopt.audit.result import Audit, CheckResult
from llmopt.audit.verdict import AuditReport
from llmopt.report.audited import (
    as_json,
    change_lines,
    checked_audit,
    explanation,
    headline,
    money_line,
    where,
)
from llmopt.report.checklist_html import as_html
from llmopt.report.layout import to_text
from llmopt.report.markdown import escape
from llmopt.report.prose import saving
from llmopt.report.targets import Formats

BOXES: dict[Outcome, str] = {
    "pass": "[x]",
    "attested": "[x]",
    "fail": "[ ]",
    "manual": "[?]",
    "not-applicable": "[-]",
    "suppressed": "[~]",
    "undecided": "[?]",
}
STYLES: dict[Outcome, str] = {
    "pass": "green",
    "attested": "green",
    "fail": "red",
    "manual": "yellow",
}
LEGEND = "[x] in order  [ ] to mend  [?] look yourself  [-] not applicable  [~] accepted"
EVIDENCE = 3
"""Pieces of evidence shown of a failure; a pass shows one."""
INDENT = 13


def as_table(report: AuditReport, *, width: int, color: bool) -> str:
    """Write the whole checklist for a terminal, opportunities last, where a reader ends up."""
    audit = report.audit
    width = max(width, 60)
    parts: list[RenderableType] = [Text(headline(report), style="bold"), Text(LEGEND, style="dim")]
    for area, in_area in groupby(audit.results, lambda result: result.goal.area):
        score = next((one.score for one in audit.areas if one.area == area), None)
        points = "no score" if score is None else f"{score} of 100"
        parts += [
            Text(),
            Text(f"{area.title}{points.rjust(width - len(area.title))}", style="bold"),
        ]
        for goal, results in groupby(in_area, lambda result: result.goal):
            parts.append(Text(f"  {goal.title}", style="underline"))
            for result in results:
                parts += _lines(result, width)
    parts += [*_opportunities(audit, width), *_rest(report, width)]
    return to_text(Group(*parts), width=width, color=color)


def _lines(result: CheckResult, width: int) -> Iterator[Text]:
    box = BOXES[result.outcome]
    style = STYLES.get(result.outcome, "dim")
    heading = f"  {box} {result.check.code} "
    lines = wrap(result.check.title, width - INDENT)
    yield Text.assemble((heading, style), (lines[0], "" if style != "dim" else "dim"))
    yield from (Text(" " * INDENT + line) for line in lines[1:])
    for line in _details(result):
        for piece in wrap(line, width - INDENT - 2, break_on_hyphens=False):
            yield Text(" " * (INDENT + 2) + piece, style="dim")


def _details(result: CheckResult) -> Iterator[str]:
    if result.why:
        yield result.why
    if result.outcome == "not-applicable":
        return
    shown = EVIDENCE if result.outcome == "fail" else 1
    yield from map(where, result.evidence[:shown])
    if len(result.evidence) > shown and result.outcome == "fail":
        yield f"and {numbers.count(len(result.evidence) - shown)} more"
    if result.saving and saving(result.saving):
        yield money_line(result.saving)


def _opportunities(audit: Audit, width: int) -> Iterator[Text]:
    if not audit.opportunities:
        return
    yield Text()
    yield Text("What to mend first, by dollars a month and effort", style="bold")
    for number, result in enumerate(audit.opportunities, start=1):
        money = result.saving.dollars_per_month if result.saving else None
        right = f"{numbers.dollars(money):>12}  {result.check.effort:<6}"
        title = f"{number:>4}. {result.check.code} {result.check.title}"
        yield Text(f"{_cut(title, width - len(right) - 1):<{width - len(right)}}{right}")
        for line in wrap(result.check.remedy, width - 14):
            yield Text(" " * 13 + line, style="dim")
    for title, found in audit.observations:
        for line in wrap(f"Also: {title}: {money_line(found)}", width - 6):
            yield Text(" " * 6 + line)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _rest(report: AuditReport, width: int) -> Iterator[Text]:
    if report.changes:
        yield Text()
        for line in change_lines(report.changes, report.audit):
            yield from (Text(piece) for piece in wrap(line, width))
    if report.before is not None:
        yield Text()
        codes = ", ".join(result.check.code for result in report.failures) or "none"
        yield Text(f"New findings: {codes}")


def as_markdown(report: AuditReport) -> str:
    """Write the checklist with boxes that an issue or a wiki shows ticked or open."""
    audit = report.audit
    lines = [f"### {escape(headline(report))}", ""]
    if audit.opportunities:
        lines += ["| what to mend first | effort | $ a month |", "|---|---|---:|"]
        lines += [_row(result) for result in audit.opportunities]
        lines.append("")
    lines += [
        f"- {escape(title)}: {escape(money_line(found))}" for title, found in audit.observations
    ]
    if report.changes:
        lines += [*(f"- {escape(line)}" for line in change_lines(report.changes, report.audit)), ""]
    for goal, results in groupby(audit.results, lambda result: result.goal):
        lines += [f"#### {escape(goal.area.title)}: {escape(goal.title)}", ""]
        for result in results:
            lines += _item(result)
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(result: CheckResult) -> str:
    money = result.saving.dollars_per_month if result.saving else None
    check = result.check
    cells = (f"{check.code} {escape(check.title)}", check.effort, numbers.dollars(money))
    return f"| {' | '.join(cells)} |"


def _item(result: CheckResult) -> Iterator[str]:
    ticked = "x" if result.outcome in {"pass", "attested"} else " "
    said = "" if result.outcome in {"pass", "fail"} else f" ({result.outcome})"
    yield f"- [{ticked}] **{result.check.code}** {escape(result.check.title)}{said}"
    for line in _details(result):
        yield f"  - {escape(line)}"
    if result.outcome == "fail":
        yield f"  - {escape(result.check.remedy)}"


def explained(check: Check, *, width: int) -> str:
    """Write all that there is to know of a check."""
    lines = [f"{check.code} {check.name}", *wrap(f"{check.title}.", width), ""]
    for name, text in explanation(check):
        pieces = [
            piece
            for line in text.splitlines()
            for piece in (wrap(line, max(width - 11, 40), break_on_hyphens=False) or [""])
        ]
        lines.append(f"{name:<10} {pieces[0]}")
        lines += [f"{'':<10} {piece}" for piece in pieces[1:]]
    return "\n".join(lines) + "\n"


AUDIT: Formats[AuditReport] = Formats(
    own={"json": as_json, "markdown": as_markdown, "html": as_html}, checked=checked_audit
)
