from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from llmopt.domain.calls import Call, TrialKey


class Candidate(NamedTuple):
    """A variant on a model: the thing compared."""

    prompt: str
    variant: str
    model: str

    def __str__(self) -> str:
        return f"{self.prompt}/{self.variant} on {self.model}"


class TokenCount(NamedTuple):
    """Tokens counted offline; `exact` is False for an estimate (shown with "~")."""

    tokens: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How right a reply is (0..1), why in words a person can read, and what judging it cost."""

    value: float
    reason: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trial has no score: the error's kind (`rate_limit`, `scorer`, ...) and its message."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate on one case, one repeat.

    Exactly one of `score` and `failure` is set. `counted_input` and
    `counted_output` are the offline counts, kept beside what providers report.
    """

    key: TrialKey
    case_index: int
    calls: tuple[Call, ...]
    score: Score | None
    failure: Failure | None
    counted_input: TokenCount | None
    counted_output: TokenCount | None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.key.prompt, self.key.variant, self.key.model)

    @property
    def text(self) -> str | None:
        """The final completion's text: the last call that generated."""
        own = [call.completion.text for call in self.calls if call.role == "generation"]
        return own[-1] if own else None
