"""An audit in words and records: its headline, its JSON document, what CI shows of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from llmopt import numbers
from llmopt.audit.check import Check as AuditCheck
from llmopt.audit.history import Changes
from llmopt.audit.judging import Outcome
from llmopt.audit.result import Audit, CheckResult, rule_of
from llmopt.audit.verdict import AuditReport
from llmopt.domain import Evidence, Saving
from llmopt.report.checked import Check, Checked, Table
from llmopt.report.checked import Outcome as Shown
from llmopt.report.document import json_text
from llmopt.report.prose import saving

SHOWN: dict[Outcome, Shown] = {
    "pass": "pass",
    "attested": "pass",
    "fail": "warn",
    "manual": "skipped",
    "not-applicable": "skipped",
    "suppressed": "skipped",
    "undecided": "skipped",  # it weighs nothing and fails nothing
}
COLUMNS = ("check", "title", "effort", "$ a month")


def headline(report: AuditReport) -> str:
    """Say in one line what the audit came to: the score, then the money."""
    audit = report.audit
    if audit.score is None:
        return "Cost checklist: no score, as nothing here can be judged"
    outcomes = Counter(result.outcome for result in audit.results)
    said = f"Cost checklist: {audit.score} of 100"
    if report.below:
        said += f", below {report.fail_under:g}"
    said += f"; {outcomes['fail']} to mend, {outcomes['pass'] + outcomes['attested']} in order"
    if audit.dollars_a_month is not None:
        said += f"; up to {numbers.dollars(audit.dollars_a_month)} a month in reach"
    if report.before is not None:
        said += f"; {len(report.failures)} new"
    return said


def change_lines(changes: Changes, audit: Audit) -> list[str]:
    """Say what changed between an earlier audit and this one."""
    titles = {result.check.code: result.check.title for result in audit.results}
    lines = [
        f"Since {changes.since}: {_points(changes.score_before)} → {_points(changes.score_after)}"
    ]
    before, after = changes.dollars_before, changes.dollars_after
    if before is not None or after is not None:
        lines[0] += f"; {numbers.dollars(before)} → {numbers.dollars(after)} a month in reach"
    lines += [f"{c.code} {titles[c.code]}: {c.before} → {c.after}" for c in changes.checks]
    return lines if changes.checks else [*lines, "No check changed."]


def _points(score: int | None) -> str:
    return "no score" if score is None else str(score)


def money_line(found: Saving) -> str:
    """Say what a failure costs and under which assumption; why, where that is not known."""
    text = saving(found)
    return f"saves about {text} a month: {found.assumption}" if text else found.assumption


def where(evidence: Evidence) -> str:
    """Write a piece of evidence: its place, then the fact."""
    place = evidence.place
    return f"{place.file}:{place.line} {evidence.fact}" if place else evidence.fact


def as_document(report: AuditReport) -> dict[str, Any]:
    """Return an audit as plain JSON values; what is unknown is None."""
    audit = report.audit
    document: dict[str, Any] = {
        "schema_version": 1,
        "score": audit.score,
        "areas": [
            {"code": one.area.code, "title": one.area.title, "score": one.score}
            for one in audit.areas
        ],
        "checks": [_record(result) for result in audit.results],
        "opportunities": [result.check.code for result in audit.opportunities],
    }
    if audit.observations:
        document["observations"] = [
            {"title": title, "saving": _saving(found)} for title, found in audit.observations
        ]
    if report.before is not None:
        document["new"] = [result.check.code for result in report.failures]
    if report.changes:
        document["changes"] = {
            "since": report.changes.since,
            "score": [report.changes.score_before, report.changes.score_after],
            "dollars_per_month": [report.changes.dollars_before, report.changes.dollars_after],
            "checks": [
                {"code": c.code, "before": c.before, "after": c.after}
                for c in report.changes.checks
            ],
        }
    return document


def as_json(report: AuditReport) -> str:
    """Write one JSON document."""
    return json_text(as_document(report))


def _record(result: CheckResult) -> dict[str, Any]:
    check = result.check
    evidence = [*result.evidence, *([Evidence(result.why)] if result.why else [])]
    return {
        "code": check.code,
        "title": check.title,
        "area": result.goal.area.name,
        "goal": result.goal.name,
        "outcome": result.outcome,
        "weight": check.weight,
        "evidence": [
            {
                "file": one.place.file if one.place else None,
                "line": one.place.line if one.place else None,
                "fact": one.fact,
            }
            for one in evidence
        ],
        "saving": _saving(result.saving),
        "effort": check.effort,
        "remedy": check.remedy,
    }


def _saving(found: Saving | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "tokens_per_month": found.tokens_per_month,
        "dollars_per_month": found.dollars_per_month,
        "assumption": found.assumption,
    }


def checked_audit(report: AuditReport) -> Checked:
    """Return every check, and the failures that count as findings."""
    audit = report.audit
    counting = set(report.failures)
    rows = tuple(
        (r.check.code, r.check.title, r.check.effort, _dollars(r))
        for r in audit.opportunities
        if r in counting
    )
    changes = change_lines(report.changes, audit) if report.changes else []
    return Checked(
        command="checklist",
        headline=headline(report),
        outcome="fail" if report.status == "fail" else "pass",
        checks=tuple(_shown(result, failing=result in counting) for result in audit.results),
        findings=tuple(result.finding() for result in report.failures),
        table=Table(COLUMNS, rows, frozenset({3})),
        notes=(*changes, *audit.warnings, *audit.notes),
        changed=report.changes is None or bool(report.changes.checks),
        rules=tuple(rule_of(result.check) for result in audit.results),
    )


def _shown(result: CheckResult, *, failing: bool) -> Check:
    check = result.check
    outcome = SHOWN[result.outcome] if result.outcome != "fail" or failing else "skipped"
    placed = [evidence.place for evidence in result.evidence if evidence.place]
    return Check(
        group=result.goal.title,
        name=f"{check.code} {check.title}",
        kind=check.name,
        outcome=outcome,
        said="; ".join(
            filter(None, [result.outcome, result.why, *map(where, result.evidence[:3])])
        ),
        place=placed[0] if placed else None,
    )


def _dollars(result: CheckResult) -> str:
    return numbers.dollars(result.saving.dollars_per_month if result.saving else None)


def explanation(check: AuditCheck) -> list[tuple[str, str]]:
    """Return what `--explain` tells of a check, each part under its name."""
    return [
        ("judges", check.judges),
        ("looks at", ", ".join(check.needs)),
        ("passes", check.passes),
        ("fails", check.fails_when),
        ("manual", check.manual or "never"),
        ("n/a", check.not_applicable),
        ("saving", check.saving or "not estimated"),
        ("weight", f"{check.weight}, effort {check.effort}"),
        ("remedy", check.remedy),
        ("example", check.snippet),
        ("source", check.source),
        ("suppress", f"a comment `llmopt: ignore[{check.code}] reason` at the place, or"),
        ("", f"checklist: {{{check.code}: {{status: accepted, reason: ...}}}} in llmopt.yaml"),
    ]
