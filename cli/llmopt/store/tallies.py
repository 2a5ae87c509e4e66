"""What a kept run answers with: sums, counts and single trials, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from llmopt.domain import Candidate, Perturbation


class RoleTotal(NamedTuple):
    """What the calls of one role add up to; a total with an unknown part is None.

    `calls` and the tokens count every call, those that the response cache answered
    (`cached` of them) included. `cost` is what the run spent, in dollars: a cached
    call adds 0 to it, also where its original cost is unknown. What a candidate
    costs is another question: its figures take cached calls at their original cost.
    """

    calls: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None
    cached: int = 0


class RepliesSeen(NamedTuple):
    """Trials whose reply's length is known: how many, output tokens a trial, milliseconds."""

    trials: int
    least: int | None
    mean: float | None
    most: int | None
    latency_ms: float | None


class JudgementsSeen(NamedTuple):
    """Calls of one judge about one candidate: how many, in `counted` of them known output tokens.

    The latency is their mean, in milliseconds.
    """

    calls: int
    counted: int
    least: int | None
    total: int | None
    most: int | None
    latency_ms: float | None


class Tally(NamedTuple):
    """How many trials there are, how many of them failed, how many of these without a reply.

    `perturbed` counts those of perturbed cases, `estimated` those whose tokens are an estimate.
    """

    trials: int
    failed: int
    unanswered: int
    perturbed: int
    estimated: int


@dataclass(frozen=True, slots=True)
class StoredFailure:
    """One failed trial, as reports list it."""

    candidate: Candidate
    case: str
    kind: str
    message: str
    perturbation: Perturbation | None = None


class OddReplies(NamedTuple):
    """How many replies a provider's filter ended, and how many told neither usage nor cost."""

    filtered: int = 0
    unmeasured: int = 0


class Broken(NamedTuple):
    """A case that scored lower when it was perturbed; `perturbed` is JSON: variable, value."""

    case: str
    perturbation: Perturbation
    perturbed: str
    plain_score: float
    score: float
    plain_reply: str | None
    reply: str | None
