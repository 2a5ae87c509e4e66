"""Audits that were kept, and what changed since; findings that were there before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from llmopt.audit.result import Audit
from llmopt.errors import MissingError, UsageError

FOLDER = "audits"
BASELINE_FILE = "llmopt.findings.json"


APART = timedelta(days=7)
"""Between two audits that can say what was saved since."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An audit of earlier: its outcomes and savings by code of check."""

    name: str
    score: int | None
    outcomes: Mapping[str, str]
    dollars: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A check whose outcome is another than it was."""

    code: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since an earlier audit; dollars a month of what fails, where known."""

    since: str
    score_before: int | None
    score_after: int | None
    checks: tuple[Change, ...]
    dollars_before: float | None
    dollars_after: float | None


def folder(root: Path) -> Path:
    """Return where a project's audits are kept."""
    return Path(os.environ.get("LLMOPT_HOME") or root / ".llmopt") / FOLDER


def keep(root: Path, document: Mapping[str, Any], now: datetime) -> Path:
    """Keep an audit's document under its moment.

    Raises:
        OSError: it cannot be written.
    """
    target = folder(root) / f"{now:%Y-%m-%dT%H-%M-%S}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"audited_at": now.isoformat(timespec="seconds"), **document}, indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def kept(root: Path) -> list[Path]:
    """Return the audits that are kept, oldest first."""
    return sorted(folder(root).glob("*.json"))


def tracked_since(root: Path) -> date | None:
    """Return the day of the first audit that says what mending would save, if one came later.

    Audits of one week compare nothing: they are one look at the project.
    """
    audits: list[tuple[datetime, Kept]] = []
    for path in kept(root):
        try:
            found = _read(path)
            audits.append((datetime.fromisoformat(found.name), found))
        except (UsageError, ValueError):
            continue  # somebody else's file
    told = [moment for moment, found in audits if any(found.dollars.values())]
    return told[0].date() if told and audits[-1][0] - told[0] >= APART else None


def find(root: Path, name: str) -> Kept:
    """Return an earlier audit: `latest`, the beginning of its date, or a file of JSON.

    Raises:
        MissingError: there is no such audit.
        UsageError: the file is no audit.
    """
    path = Path(name)
    if not path.is_file():
        fitting = [p for p in kept(root) if name == "latest" or p.stem.startswith(name)]
        if not fitting:
            raise MissingError(
                f"there is no audit '{name}' in {folder(root)}, and no such file",
                hint="`llmopt checklist` keeps each audit; 'latest' is the newest",
            )
        path = fitting[-1]
    return _read(path)


def _read(path: Path) -> Kept:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        checks = document["checks"]
        return Kept(
            name=str(document.get("audited_at") or path),
            score=document["score"],
            outcomes={check["code"]: check["outcome"] for check in checks},
            dollars={
                check["code"]: (check.get("saving") or {}).get("dollars_per_month")
                for check in checks
                if check["outcome"] == "fail"
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"'{path}' is no audit", hint="`llmopt checklist --format json` writes one"
        ) from error


def changes(before: Kept, after: Audit) -> Changes:
    """Compare an audit with an earlier one; checks that one of them did not judge are left out."""
    now = {result.check.code: result.outcome for result in after.results}
    known = [value for value in before.dollars.values() if value is not None]
    return Changes(
        since=before.name,
        score_before=before.score,
        score_after=after.score,
        checks=tuple(
            Change(code, before.outcomes[code], outcome)
            for code, outcome in now.items()
            if code in before.outcomes and before.outcomes[code] != outcome
        ),
        dollars_before=sum(known) if known else None,
        dollars_after=after.dollars_a_month,
    )


def read_baseline(path: Path) -> frozenset[str]:
    """Return the findings that were there before, by their keys.

    Raises:
        UsageError: there is no such file, or it is none of ours.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["findings"]
        return frozenset(str(key) for key in found)
    except OSError as error:
        raise UsageError(
            f"there is no baseline of findings '{path}'",
            hint="write one: llmopt checklist --update-findings",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"'{path}' is no baseline of findings") from error


def baseline_text(audit: Audit) -> str:
    """Write what fails now, by keys that stay when lines move."""
    keys = sorted(key for result in audit.failures for key in result.keys)
    return json.dumps({"schema_version": 1, "findings": keys}, indent=2) + "\n"
