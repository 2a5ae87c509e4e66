from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmopt.domain.prompts import Place

Severity = Literal["error", "warning", "info"]
Effort = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What findings are found by: a stable `code` (`GATE101`), a kebab-case `name`, its words.

    `summary` is one sentence, `help` says why it matters and how to mend it. `meant` is what
    to do where it is no mistake and a committed baseline was compared with.
    """

    code: str
    name: str
    summary: str
    help: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """What mending would save a month, under `assumption`; None where it cannot be estimated."""

    tokens_per_month: float | None
    dollars_per_month: float | None
    assumption: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fact that was seen, and where (None: it holds of the project as a whole)."""

    fact: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate, a lint rule or an audit reports.

    `key` tells this finding from others of its rule in its file and stays the same
    when lines move (`sentiment/concise/openai/gpt-5-mini`). `place` is None for a
    finding on the project as a whole.
    """

    rule: Rule
    severity: Severity
    message: str
    key: str
    place: Place | None = None
    evidence: tuple[Evidence, ...] = ()
    saving: Saving | None = None
    effort: Effort | None = None
    fix: str | None = None
