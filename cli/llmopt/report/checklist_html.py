"""An audit as one page that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from llmopt import numbers
from llmopt.audit.result import CheckResult
from llmopt.audit.verdict import AuditReport
from llmopt.report.audited import change_lines, headline, money_line, where

STYLE = """
:root { color-scheme: light dark; }
h1 { font-size: 1.5rem; line-height: 1.3; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 {
  border-bottom: 1px solid #8886; display: flex; justify-content: space-between;
  gap: 1rem; font-size: 1.2rem;
}
h2 span:last-child { white-space: nowrap; }
h3 { margin: 1rem 0 .3rem; font-size: 1rem; }
details {
  margin: .15rem 0; padding: .2rem .6rem; border-left: 4px solid #888; display: flow-root;
}
details.pass, details.attested { border-color: #2a8a4a; }
details.fail { border-color: #c62f2f; }
details.manual, details.undecided { border-color: #b8860b; }
summary b { font-family: ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top; }
td.number { text-align: right; }
code, pre { font: .9em ui-monospace, monospace; white-space: pre-wrap; }
.outcome { float: right; opacity: .7; }
@media print {
  :root { color-scheme: light; }
  body { max-width: none; margin: 0; font-size: 12px; }
  details::details-content { content-visibility: visible; }
  h2, h3 { break-after: avoid; }
}
"""


def as_html(report: AuditReport) -> str:
    """Write the page; texts of users are escaped, and nothing in it is run or fetched."""
    return "\n".join(_page(report)) + "\n"


def _page(report: AuditReport) -> Iterator[str]:
    title = escape(headline(report))
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><p>Audited on {report.audit.day}.</p>"
    yield from _opportunities(report)
    if report.changes:
        items = "".join(
            f"<li>{escape(line)}</li>" for line in change_lines(report.changes, report.audit)
        )
        yield f"<h2>Changes</h2><ul>{items}</ul>"
    for area, in_area in groupby(report.audit.results, lambda result: result.goal.area):
        score = next((one.score for one in report.audit.areas if one.area == area), None)
        points = "no score" if score is None else f"{score} of 100"
        yield f"<h2><span>{escape(area.title)}</span><span>{points}</span></h2>"
        for goal, results in groupby(in_area, lambda result: result.goal):
            yield f"<h3>{escape(goal.title)}</h3>"
            for result in results:
                yield _check(result)
    yield "</body></html>"


def _opportunities(report: AuditReport) -> Iterator[str]:
    audit = report.audit
    if not audit.opportunities:
        return
    yield "<h2>What to mend first</h2><table>"
    yield "<tr><th>check</th><th>remedy</th><th>effort</th><th>$ a month</th></tr>"
    for result in audit.opportunities:
        money = result.saving.dollars_per_month if result.saving else None
        check = result.check
        yield (
            f"<tr><td><b>{check.code}</b> {escape(check.title)}</td>"
            f"<td>{escape(check.remedy)}</td><td>{check.effort}</td>"
            f'<td class="number">{escape(numbers.dollars(money))}</td></tr>'
        )
    yield "</table>"
    for title, saving in audit.observations:
        yield f"<p>Also: {escape(title)}: {escape(money_line(saving))}</p>"


def _check(result: CheckResult) -> str:
    check = result.check
    facts = [result.why, *map(where, result.evidence)]
    if result.saving:
        facts.append(money_line(result.saving))
    items = "".join(f"<li>{escape(fact)}</li>" for fact in facts if fact)
    remedy = ""
    if result.outcome in {"fail", "manual"}:
        remedy = f"<p>{escape(check.remedy)}</p><pre>{escape(check.snippet)}</pre>"
    is_open = " open" if result.outcome == "fail" else ""
    return (
        f'<details class="{result.outcome}"{is_open}><summary><b>{check.code}</b> '
        f'{escape(check.title)} <span class="outcome">{result.outcome}</span></summary>'
        f"<ul>{items}</ul>{remedy}</details>"
    )
