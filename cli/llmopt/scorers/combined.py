"""Scorers made of scorers. A part may be awaitable; then the whole is."""

from __future__ import annotations

import asyncio
import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from llmopt.domain import Case, Score
from llmopt.errors import ScorerError
from llmopt.scorers.base import (
    NOTHING,
    Bench,
    Needs,
    Question,
    Scorer,
    at_bench,
    needs_of,
    questions_of,
)
from llmopt.scorers.text import short

REASON = 320
"""Characters of a combined reason; what each part says is shortened to make it fit."""


class Part(NamedTuple):
    """A scorer with the name that the user gave and its weight (from 0)."""

    name: str
    scorer: Scorer
    weight: float


@dataclass(frozen=True, slots=True)
class Combined(ABC):
    """A scorer that makes one score of those of its parts."""

    parts: tuple[Part, ...]

    @property
    def needs(self) -> Needs:
        found = NOTHING
        for part in self.parts:
            found |= needs_of(part.scorer)
        return found

    def questions(
        self, reply: str, case: Case, baseline: str | None
    ) -> tuple[Question, ...] | None:
        found: list[Question] = []
        for part in self.parts:
            asked = questions_of(part.scorer, reply, case, baseline)
            if asked is None:
                return None
            found += asked
        return tuple(found)

    def at(self, bench: Bench) -> Scorer:
        at_work = (part._replace(scorer=at_bench(part.scorer, bench)) for part in self.parts)
        return replace(self, parts=tuple(at_work))

    def score(self, reply: str, case: Case) -> Score | Awaitable[Score]:
        return _combine(self.parts, reply, case, self.joined)

    @abstractmethod
    def joined(self, scores: Sequence[Score]) -> Score:
        """Make one score of the parts' scores, which come in the parts' order."""


class AllOf(Combined):
    """Scores the weighted mean of its parts."""

    def joined(self, scores: Sequence[Score]) -> Score:
        total = math.fsum(part.weight for part in self.parts)
        pairs = zip(self.parts, scores, strict=True)
        value = math.fsum(part.weight * score.value for part, score in pairs) / total
        return _joined(_within(value), _reason(self.parts, scores), scores)


class AnyOf(Combined):
    """Scores the best of its parts; their weights do not matter."""

    def joined(self, scores: Sequence[Score]) -> Score:
        best = max(score.value for score in scores)
        return _joined(best, _reason(self.parts, scores), scores)


class Not(Combined):
    """Scores 1 minus its only part."""

    def joined(self, scores: Sequence[Score]) -> Score:
        ((part, score),) = zip(self.parts, scores, strict=True)
        reason = short(f"not {part.name}: {score.reason}", REASON)
        return _joined(1 - score.value, reason, scores)


def _combine(
    parts: Sequence[Part], reply: str, case: Case, join: Callable[[Sequence[Score]], Score]
) -> Score | Awaitable[Score]:
    found: list[Score | Awaitable[Score]] = []
    try:
        for part in parts:
            score = part.scorer.score(reply, case)
            found.append(score if inspect.isawaitable(score) else _sound(part, score))
    except BaseException:
        _close(found)
        raise
    if any(inspect.isawaitable(score) for score in found):
        return _combine_later(parts, found, join)
    return join([score for score in found if isinstance(score, Score)])


async def _combine_later(
    parts: Sequence[Part],
    found: Sequence[Score | Awaitable[Score]],
    join: Callable[[Sequence[Score]], Score],
) -> Score:
    """Wait for the awaitable parts together; the first that fails ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_settle(part, score))
                for part, score in zip(parts, found, strict=True)
            ]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return join([task.result() for task in tasks])


async def _settle(part: Part, score: Score | Awaitable[Score]) -> Score:
    return _sound(part, await score if inspect.isawaitable(score) else score)


def _sound(part: Part, score: object) -> Score:
    if not isinstance(score, Score):
        raise ScorerError(f"scorer '{part.name}' returned {type(score).__name__}, not a Score")
    if not 0 <= score.value <= 1:
        raise ScorerError(f"scorer '{part.name}' returned {score.value}, outside 0..1")
    return score


def _close(found: Sequence[Score | Awaitable[Score]]) -> None:
    """Close coroutines that nobody will await, so that Python does not warn of them."""
    for score in found:
        if inspect.iscoroutine(score):
            score.close()


def _within(value: float) -> float:
    """Undo what rounding adds beyond the range."""
    return min(1.0, max(0.0, value))


def _reason(parts: Sequence[Part], scores: Sequence[Score]) -> str:
    width = max(40, REASON // len(parts) - 2)
    pairs = zip(parts, scores, strict=True)
    said = [short(f"{part.name} {score.value:.2g}: {score.reason}", width) for part, score in pairs]
    return short("; ".join(said), REASON)


def _joined(value: float, reason: str, scores: Sequence[Score]) -> Score:
    calls = tuple(call for score in scores for call in score.calls)
    asked_twice = [score.disagreed for score in scores if score.disagreed is not None]
    return Score(value, reason, calls, any(asked_twice) if asked_twice else None)
