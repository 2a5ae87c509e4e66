"""A judge that compares a reply with the baseline's, in both orders."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from llmopt.domain import Case, Message, Score
from llmopt.errors import ScorerError
from llmopt.scorers.base import Bench, Bound, Needs, Question, Scorer
from llmopt.scorers.judge_material import Asked
from llmopt.scorers.judge_prompt import Piece, comparing
from llmopt.scorers.judge_reply import Grades, read_grades
from llmopt.scorers.scale import Words
from llmopt.scorers.text import short

TIE = 0.5
_FIRST = Words({"A": 1.0, "tie": TIE, "B": 0.0})
_SECOND = Words({"A": 0.0, "tie": TIE, "B": 1.0})
_SAYS: Mapping[float, str] = {1.0: "better", TIE: "a tie", 0.0: "worse"}


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Scores 1 where the judge finds the reply better than the baseline's, 0.5 a tie, 0 worse.

    The judge is asked twice, with the two replies in either order, because judges favour a
    place (Zheng et al. 2023, arXiv 2306.05685). Where the order changes what it says it has
    seen no difference: a tie, and counted as a contradiction. Equal replies tie unasked.
    """

    asked: Asked
    rubric: str

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({self.asked.need}), baseline=True)

    def at(self, bench: Bench) -> Scorer:
        return Bound(self.judged, bench)

    def score(self, reply: str, case: Case) -> Score:
        raise ScorerError("a judge scores within a run, where it can ask its model")

    def questions(self, reply: str, case: Case, baseline: str | None) -> tuple[Question, ...]:
        """Return the two questions: the replies in either order."""
        if baseline is None or baseline.strip() == reply.strip():
            return ()
        return tuple(
            Question(self.asked.need, messages, self.asked.params, ("reply", "baseline"))
            for one, other in ((reply, baseline), (baseline, reply))
            for messages in [self._comparing(one, other, case)]
        )

    async def judged(self, reply: str, case: Case, bench: Bench) -> Score:
        """Ask the model twice.

        Raises:
            JudgeError: it did not answer, or not readably.
        """
        other = bench.baseline
        if other is None:
            return Score(TIE, "the baseline itself")
        if other.strip() == reply.strip():
            return Score(TIE, "says the same as the baseline")
        first, second = self.questions(reply, case, other)
        # Both to their ends, whatever becomes of one: what was sent is paid for.
        found = await asyncio.gather(
            _verdict(first, bench, _FIRST), _verdict(second, bench, _SECOND), return_exceptions=True
        )
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return _settled(*(one for one in found if isinstance(one, Grades)))

    def _comparing(self, one: str, other: str, case: Case) -> tuple[Message, ...]:
        pieces = [
            *self.asked.material(case),
            Piece("reply-a", one),
            Piece("reply-b", other),
        ]
        return comparing(rubric=self.rubric, pieces=pieces)


async def _verdict(question: Question, bench: Bench, scale: Words) -> Grades:
    said = await bench.ask(question.need, question.messages, question.params)
    return read_grades(said, scale)


def _settled(first: Grades, second: Grades) -> Score:
    (one,), (other,) = first.worths, second.worths
    if one == other:
        return Score(one, f"{_SAYS[one]} in both orders: {first.reason}", disagreed=False)
    reason = (
        f"{_SAYS[one]} when shown first ({short(first.reason, 100)}), "
        f"{_SAYS[other]} when shown second ({short(second.reason, 100)}): taken for a tie"
    )
    return Score(TIE, reason, disagreed=True)
