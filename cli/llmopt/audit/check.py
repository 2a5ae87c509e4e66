from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmopt.audit.judging import Judge, Saves
from llmopt.domain import Effort

Need = Literal[
    "code", "prompts", "usage", "traffic", "runs", "dependencies", "deployment", "documents"
]
"""What a check looks at; without any of it the check is manual or not applicable."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the audit; `code` begins the codes of its checks."""

    code: str
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the audit judges, and the whole of its specification.

    `passes`, `fails`, `manual` and `not_applicable` say when it has each outcome; the
    words in them are those of `llmopt.audit.words`. None: it never has that outcome.
    `saving` says how its figure is computed, None that there is none. `weight` (1..5)
    counts in the score. `source` is where the claim behind the check comes from. `judge`
    decides, `saves` estimates what a failure costs a month.
    """

    code: str
    name: str
    title: str
    weight: int
    effort: Effort
    needs: tuple[Need, ...]
    judges: str
    passes: str
    fails: str | None
    manual: str | None
    not_applicable: str
    saving: str | None
    remedy: str
    snippet: str
    source: str
    judge: Judge
    saves: Saves | None = None
    never_fails: str | None = None
    """Why nothing that can be seen here would show a failure, where `fails` is None."""

    @property
    def fails_when(self) -> str:
        """When it fails; where it never does, why."""
        return self.fails or (f"Never: {self.never_fails}" if self.never_fails else "Never.")


@dataclass(frozen=True, slots=True)
class Goal:
    """Checks with one aim; `code` is the area's and a digit."""

    code: str
    name: str
    title: str
    area: Area
    checks: tuple[Check, ...]


ARCHITECTURE = Area("ARC", "architecture", "Model and architecture")
PROMPTS = Area("PRM", "prompts", "Prompt and input")
INFERENCE = Area("INF", "inference", "Inference")
INFRASTRUCTURE = Area("OPS", "infrastructure", "Infrastructure")
MONITORING = Area("MON", "monitoring", "Monitoring")
AREAS = (ARCHITECTURE, PROMPTS, INFERENCE, INFRASTRUCTURE, MONITORING)
