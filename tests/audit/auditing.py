"""Audits of small projects written in place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

from llmopt.api.checklist import checklist
from llmopt.audit.result import Audit, CheckResult

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"
ASK = 'client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": q}])'
"""A call in Python that asks `q` of a large model."""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def audit_of(root: Path, files: Mapping[str, str]) -> Audit:
    return checklist(write(root, files).absolute(), now=NOW)


def results_of(root: Path, files: Mapping[str, str]) -> dict[str, CheckResult]:
    return {result.check.code: result for result in audit_of(root, files).results}


def outcome(root: Path, code: str, files: Mapping[str, str]) -> str:
    return results_of(root, files)[code].outcome
