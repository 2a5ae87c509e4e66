from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llmopt.domain.checklist import ChecklistSettings
from llmopt.domain.limits import CaseLimits, Limit
from llmopt.domain.models import Model
from llmopt.domain.perturbations import Perturbation
from llmopt.domain.prompts import Place, Prompt


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """Which scorer judges a case, with its options; `parts` serve `all`, `any` and `not`."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[ScorerSpec, ...] = ()
    weight: float = 1.0
    place: Place | None = None


Robustness = Mapping[str, tuple[Perturbation, ...]]
"""Perturbations by variable."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test case: variables, expectation, scorer, tags.

    `index` is its position among the prompt's cases (from 0), `group` the
    cluster it belongs to, if any. `robustness` says which variables
    `--robustness` perturbs, and how; empty: none, None: nothing was said. `limits` is
    what it allows any of its trials.
    """

    id: str
    index: int
    vars: Mapping[str, Any]
    expect: Any
    score: ScorerSpec
    tags: tuple[str, ...]
    group: str | None
    place: Place
    robustness: Robustness | None = None
    limits: CaseLimits | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """`llmopt.yaml`, or what stands in for it."""

    models: tuple[Model, ...]
    baseline_model: str | None
    traffic: Mapping[str, float]
    """Calls a day, by prompt."""
    gates: Mapping[str, Limit]
    """Limits for all prompts, by name."""
    path: Path | None
    checklist: ChecklistSettings = field(default_factory=ChecklistSettings)
    prompt_gates: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    """Limits of single prompts, which win over the general ones."""
    judge_model: Model | None = None
    """What scorers ask that name no judge of their own."""
    embedding_model: Model | None = None
    """What turns texts into vectors for scorers that name no model of their own."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The prompts and cases that a command loaded.

    `cases` maps a prompt's name to its cases; rows of data files are read when
    asked for, so a sequence of 200,000 costs no more memory than its index.
    `labels` holds the distinct text expectations of each prompt, `scorers` the
    distinct scorer specs that its cases use, `limited` the prompts of which some
    case sets limits.
    """

    root: Path
    config: Config
    prompts: Mapping[str, Prompt]
    cases: Mapping[str, Sequence[Case]]
    labels: Mapping[str, tuple[str, ...]]
    scorers: Mapping[str, tuple[ScorerSpec, ...]] = field(default_factory=dict)
    limited: frozenset[str] = frozenset()
