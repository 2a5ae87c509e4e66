"""GitLab code quality: the JSON array that a merge request's widget shows."""

from __future__ import annotations

from llmopt.domain import Finding, Severity
from llmopt.report.checked import Checked
from llmopt.report.document import json_text
from llmopt.report.fingerprint import fingerprint
from llmopt.report.prose import fold, sentences

SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "info": "info"}


def as_gitlab(checked: Checked) -> str:
    """Write one object a finding; GitLab shows what is new against the target branch."""
    found = [_issue(finding, checked) for finding in checked.worst_first]
    return json_text(found)


def _issue(finding: Finding, checked: Checked) -> dict[str, object]:
    place = checked.place(finding.place)
    return {
        "description": fold(" ".join(sentences(finding))),
        "check_name": finding.rule.code,
        "fingerprint": fingerprint(finding, place),
        "severity": SEVERITIES[finding.severity],
        "location": {"path": place.file, "lines": {"begin": max(1, place.line)}},
    }
