"""SARIF 2.1.0 (OASIS), as GitHub code scanning and editors read it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from llmopt.domain import Finding, Place, Rule, Severity
from llmopt.report.checked import Checked
from llmopt.report.document import json_text
from llmopt.report.fingerprint import fingerprint
from llmopt.report.prose import sentences

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
ROOT = "%SRCROOT%"


def as_sarif(checked: Checked) -> str:
    """Write the findings; the outcome and the exit code stand with the invocation."""
    rules = checked.all_rules
    driver = {
        "name": "llmopt",
        "semanticVersion": version("llmopt"),
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        # Uploads of one category replace each other: each command has its own.
        "automationDetails": {"id": f"llmopt/{checked.command}/"},
        "invocations": [
            {"executionSuccessful": True, "exitCode": checked.exit_code},
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, checked, rules) for found in checked.worst_first],
        "properties": {
            "outcome": checked.outcome,
            "headline": checked.headline,
            "caveats": list(checked.caveats),
        },
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": f"{rule.help} {rule.meant}".rstrip()},
    }


def _result(finding: Finding, checked: Checked, rules: Sequence[Rule]) -> dict[str, Any]:
    place = checked.place(finding.place)
    own = fingerprint(finding, place)
    result: dict[str, Any] = {
        "ruleId": finding.rule.code,
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.severity],
        "message": {"text": "\n".join(sentences(finding))},
        "locations": [{"physicalLocation": _location(place)}],
        # GitHub compares the first; other readers take what they find.
        "partialFingerprints": {"primaryLocationLineHash": f"{own}:1", "llmoptKey/v1": own},
    }
    seen = [
        {
            "id": number,
            "message": {"text": evidence.fact},
            "physicalLocation": _location(checked.place(evidence.place)),
        }
        for number, evidence in enumerate(finding.evidence)
        if evidence.place
    ]
    extras = _properties(finding)
    return result | ({"relatedLocations": seen} if seen else {}) | extras


def _location(place: Place) -> dict[str, Any]:
    inside = not place.file.startswith(("/", "../"))
    uri = {"uri": quote(place.file), "uriBaseId": ROOT} if inside else {"uri": _outside(place)}
    return {
        "artifactLocation": uri,
        "region": {"startLine": max(1, place.line), "startColumn": max(1, place.column)},
    }


def _outside(place: Place) -> str:
    """Return the address of a file that lies beside the repository."""
    return f"file://{quote(place.file)}" if place.file.startswith("/") else quote(place.file)


def _properties(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"key": finding.key}
    if finding.effort:
        told["effort"] = finding.effort
    if finding.saving:
        told["saving"] = {
            "tokensPerMonth": finding.saving.tokens_per_month,
            "dollarsPerMonth": finding.saving.dollars_per_month,
            "assumption": finding.saving.assumption,
        }
    return {"properties": told}
