"""The run store: what was evaluated, when, and how it compared."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from llmopt.domain import Candidate, Evidence
from llmopt.errors import LlmoptError

MOST_RUNS = 200
SCORED_RUNS = 20
"""Runs, the newest, whose trials are read for accuracy; of the others the candidates suffice."""


@dataclass(frozen=True, slots=True)
class RunFact:
    """A finished run; `accuracy` is the mean score of a candidate (0..1) where it was read."""

    id: str
    day: date
    candidates: tuple[Candidate, ...]
    accuracy: Mapping[Candidate, float] = field(default_factory=dict)

    @property
    def models(self) -> frozenset[str]:
        return frozenset(candidate.model for candidate in self.candidates)

    @property
    def compares(self) -> bool:
        """Whether two candidates of one prompt meet."""
        prompts = [candidate.prompt for candidate in self.candidates]
        return len(prompts) > len(set(prompts))

    @property
    def evidence(self) -> Evidence:
        count = len(self.candidates)
        return Evidence(f"run {self.id} of {self.day}: {count} candidate{'s' * (count != 1)}")


def read_runs(root: Path, notes: list[str]) -> tuple[RunFact, ...]:
    """Return the project's finished runs, newest first; none where nothing was ever run."""
    path = Path(os.environ.get("LLMOPT_HOME") or root / ".llmopt") / "runs.db"
    if not path.is_file():
        return ()
    from llmopt.store.runs import RunStore

    try:
        with RunStore(path) as store:
            facts: list[RunFact] = []
            for run, trials, failed in store.runs(limit=MOST_RUNS):
                if trials == failed or run.status == "running":
                    continue
                accuracy = {}
                if len(facts) < SCORED_RUNS and len(run.candidates) > 1:
                    for table in store.of(run).outcomes():
                        known = [score for score in table.score if not math.isnan(score)]
                        if known:
                            accuracy[table.candidate] = sum(known) / len(known)
                day = date.fromisoformat(run.started_at[:10])
                facts.append(RunFact(run.id, day, run.candidates, accuracy))
            return tuple(facts)
    except (LlmoptError, OSError, ValueError) as error:
        notes.append(f"the run store cannot be read: {error}")
        return ()
