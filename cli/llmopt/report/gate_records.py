"""Limits and findings as plain values, for every JSON document that holds some."""

from __future__ import annotations

from typing import Any

from llmopt.decide.gates import GateReport, GateRow
from llmopt.decide.result import Result
from llmopt.domain import Finding
from llmopt.report.gated import checked_gate, headline, sentence


def gate_verdict(report: GateReport) -> dict[str, Any]:
    """Return what all limits together came to."""
    return {
        "status": report.status,
        "exit_code": report.exit_code,
        "headline": headline(report),
        "against": report.against,
        "on_undecided": report.on_undecided,
        "notes": list(report.notes),
    }


def found_of(result: Result) -> list[Finding]:
    """Return what was found in a run besides its verdicts, the worst first."""
    if result.gate is None:
        return list(result.findings)
    return checked_gate(result.gate).worst_first


def gate_record(row: GateRow) -> dict[str, Any]:
    """Return one limit under the contract's names."""
    return {
        "name": row.name,
        "prompt": row.candidate.prompt,
        "variant": row.candidate.variant,
        "model": row.candidate.model,
        "limit": row.limit,
        "baseline": row.baseline,
        "actual": row.actual,
        "status": row.status,
        "change": row.change,
        "change_ci": list(row.interval) if row.interval else None,
        "cases_needed": row.cases_needed,
        "dollars_per_month": row.monthly,
        "tokens_exact": row.exact,
        "was": row.was and row.was.variant,
        "reason": row.reason,
        "message": sentence(row),
        "file": row.place and row.place.file,
        "line": row.place and row.place.line,
    }


def finding_record(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain values."""
    saving = finding.saving
    return {
        "code": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity,
        "message": finding.message,
        "key": finding.key,
        "file": finding.place and finding.place.file,
        "line": finding.place and finding.place.line,
        "column": finding.place and finding.place.column,
        "evidence": [
            {
                "fact": seen.fact,
                "file": seen.place and seen.place.file,
                "line": seen.place and seen.place.line,
            }
            for seen in finding.evidence
        ],
        "saving": saving
        and {
            "tokens_per_month": saving.tokens_per_month,
            "dollars_per_month": saving.dollars_per_month,
            "assumption": saving.assumption,
        },
        "effort": finding.effort,
        "fix": finding.fix,
    }
