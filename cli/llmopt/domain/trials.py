from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from llmopt.domain.calls import Call, TokenCount, TrialKey


class Candidate(NamedTuple):
    """A variant on a model: the thing compared."""

    prompt: str
    variant: str
    model: str

    def __str__(self) -> str:
        return f"{self.prompt}/{self.variant} on {self.model}"


class Measured(NamedTuple):
    """A trial in three numbers: its score (0..1), its dollars, its tokens of input and output.

    None is unknown; without a score it failed.
    """

    score: float | None
    cost: float | None
    tokens: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """How right a reply is (0..1), why in words a person can read, and what judging it cost.

    `calls` are those that the scorer made by itself. `disagreed` says whether a judge that
    was asked twice, with two replies in either order, contradicted itself; None where it
    was not asked so.
    """

    value: float
    reason: str
    calls: tuple[Call, ...] = ()
    disagreed: bool | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a trial has no score: the error's kind (`rate_limit`, `judge`, ...) and its message."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate on one case, one repeat.

    `number` is its place in the run's plan, `candidate_index` the candidate's;
    `fingerprint` tells whether a later plan asks the same (see `evaluate.plan`).
    Exactly one of `score` and `failure` is set. Token, cost and latency figures
    sum over the calls that generated; judging is accounted for apart. `perturbed`
    holds the variables that were perturbed, as they were asked.
    """

    number: int
    key: TrialKey
    candidate_index: int
    case_index: int
    group: str | None
    fingerprint: int
    calls: tuple[Call, ...]
    score: Score | None
    failure: Failure | None
    perturbed: Mapping[str, Any] | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.key.prompt, self.key.variant, self.key.model)

    @property
    def final(self) -> Call | None:
        """The last call that generated; its completion is what was scored."""
        return self._generated[-1] if self._generated else None

    @property
    def measured(self) -> Measured:
        given, made = self.input_tokens, self.output_tokens
        return Measured(
            score=self.score.value if self.score else None,
            cost=self.cost,
            tokens=given.tokens + made.tokens if given and made else None,
        )

    @property
    def input_tokens(self) -> TokenCount | None:
        return _sum_tokens([call.input_tokens for call in self._generated])

    @property
    def output_tokens(self) -> TokenCount | None:
        return _sum_tokens([call.output_tokens for call in self._generated])

    @property
    def cost(self) -> float | None:
        return _sum([call.cost for call in self._generated])

    @property
    def latency_ms(self) -> float | None:
        return _sum([call.completion.latency_ms for call in self._generated])

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds until the final reply began, where it was streamed."""
        if self.final is None or self.final.completion.first_token_ms is None:
            return None
        before = [call.completion.latency_ms for call in self._generated[:-1]]
        return _sum([*before, self.final.completion.first_token_ms])

    @property
    def _generated(self) -> list[Call]:
        return [call for call in self.calls if call.role == "generation"]


def _sum(values: Sequence[float | None]) -> float | None:
    """Add up; nothing to add, or an unknown part, makes an unknown sum."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _sum_tokens(counts: Sequence[TokenCount | None]) -> TokenCount | None:
    known = [count for count in counts if count is not None]
    if not known or len(known) < len(counts):
        return None
    return TokenCount(sum(c.tokens for c in known), all(c.exact for c in known))
