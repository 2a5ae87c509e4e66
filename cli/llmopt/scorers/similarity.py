"""How close a reply's meaning is to what is expected, by the cosine of their vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Message, Score
from llmopt.errors import JudgeError, ScorerError, UsageError
from llmopt.scorers.base import Bench, Bound, Need, Needs, Question, Scorer
from llmopt.scorers.expect import checked, filled_texts, given
from llmopt.scorers.options import only
from llmopt.scorers.text import quote


@dataclass(frozen=True, slots=True)
class Similarity:
    """The cosine of the reply's vector and the closest expected text's; below 0 counts as 0.

    With a `threshold`, 1 where the cosine reaches it and else 0.
    """

    need: Need
    threshold: float | None = None
    expect: Any = None

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({self.need}))

    def at(self, bench: Bench) -> Scorer:
        return Bound(self.judged, bench)

    def score(self, reply: str, case: Case) -> Score:
        raise ScorerError("similarity is scored within a run, where a model can be asked")

    def questions(self, reply: str, case: Case, baseline: str | None) -> tuple[Question, ...]:
        """Return the texts whose vectors are wanted: the reply first, then what is expected."""
        wanted = given(self.expect, case, filled_texts)
        if not reply.strip():
            return ()
        return (
            Question(self.need, (Message("user", reply),), {}, ("reply",)),
            *(Question(self.need, (Message("user", text),), {}) for text in wanted),
        )

    async def judged(self, reply: str, case: Case, bench: Bench) -> Score:
        """Ask for the vectors.

        Raises:
            JudgeError: the model did not answer, or with no vectors of use.
        """
        wanted = given(self.expect, case, filled_texts)
        if not reply.strip():
            return Score(0.0, "the reply is empty")
        own, *others = await bench.embed(self.need, [reply, *wanted])
        closest, text = max(
            (cosine(own, other), text) for other, text in zip(others, wanted, strict=True)
        )
        reason = f"cosine {closest:.3f} to {quote(text)}"
        if self.threshold is None:
            return Score(min(1.0, max(0.0, closest)), reason)
        reached = closest >= self.threshold
        word = "at least" if reached else "below"
        return Score(float(reached), f"{reason}, {word} {self.threshold:g}")


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two vectors, -1..1.

    Raises:
        JudgeError: they have no direction, or not as many numbers each.
    """
    if len(one) != len(other):
        raise JudgeError(f"vectors of {len(one)} and {len(other)} numbers cannot be compared")
    size = math.sqrt(_product(one, one)) * math.sqrt(_product(other, other))
    if not size or not math.isfinite(size):
        raise JudgeError("a vector without a direction cannot be compared")
    return min(1.0, max(-1.0, _product(one, other) / size))


def _product(one: Sequence[float], other: Sequence[float]) -> float:
    return float(sum(map(mul, one, other)))


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Similarity:
    """Options: `model`, `threshold` (0 to 1), `expect` (a text or a list)."""
    only(options, "model", "threshold", "expect")
    threshold = options.get("threshold")
    if threshold is not None and (isinstance(threshold, bool) or not 0 < threshold <= 1):
        raise UsageError(f"'threshold' is a number above 0, at most 1, not {threshold!r}")
    need = Need("embedding", options.get("model"))
    return Similarity(need, threshold, checked(options.get("expect"), filled_texts))
