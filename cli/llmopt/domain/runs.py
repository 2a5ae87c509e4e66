from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmopt.domain.trials import Candidate

RunStatus = Literal["running", "complete", "partial"]


def _floats() -> array[float]:
    return array("d")


def _ints() -> array[int]:
    return array("q")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The trials of one candidate, column by column: one entry a trial, in the order of the plan.

    A case's repeats stand together. Columns keep a run of 100,000 trials at a few
    megabytes and go to numpy without a copy. NaN is unknown; `score` is NaN exactly
    where the trial failed. `estimated` is 1 where a token figure is an offline
    estimate. `case` is the case's index in the suite, `group` a number that the
    cases of one cluster share (a case of none has its own), `cut` is 1 where the
    reply ended by length.
    """

    candidate: Candidate
    case: array[int] = field(default_factory=_ints)
    group: array[int] = field(default_factory=_ints)
    repeat: array[int] = field(default_factory=_ints)
    score: array[float] = field(default_factory=_floats)
    input_tokens: array[float] = field(default_factory=_floats)
    output_tokens: array[float] = field(default_factory=_floats)
    cost: array[float] = field(default_factory=_floats)
    latency_ms: array[float] = field(default_factory=_floats)
    first_token_ms: array[float] = field(default_factory=_floats)
    estimated: array[int] = field(default_factory=_ints)
    cut: array[int] = field(default_factory=_ints)

    def __len__(self) -> int:
        return len(self.case)


@dataclass(frozen=True, slots=True)
class PerturbedOutcomes:
    """The perturbed trials of one candidate, column by column.

    `case` is the case's index in the suite, `perturbation` the place of its name in
    `PERTURBATIONS`, `score` NaN where the trial failed.
    """

    candidate: Candidate
    case: array[int] = field(default_factory=_ints)
    perturbation: array[int] = field(default_factory=_ints)
    score: array[float] = field(default_factory=_floats)

    def __len__(self) -> int:
        return len(self.case)


@dataclass(frozen=True, slots=True)
class Run:
    """All trials of one `eval`, with the snapshot that lets it be understood later.

    `baselines` maps a prompt to the candidate that its others are measured against,
    where the run has it. `snapshot` holds the resolved configuration, template
    hashes, versions, price table date and git commit, as plain JSON values.
    """

    id: str
    status: RunStatus
    started_at: str
    finished_at: str | None
    seed: int
    candidates: tuple[Candidate, ...]
    baselines: Mapping[str, Candidate]
    snapshot: Mapping[str, Any]
