"""A language model as the judge of a reply."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.errors import ScorerError, UsageError
from llmopt.scorers.base import Bench, Bound, Need, Needs, Question, Scorer
from llmopt.scorers.judge_material import Asked
from llmopt.scorers.judge_prompt import Piece, grading
from llmopt.scorers.judge_reply import Grades, read_grades
from llmopt.scorers.options import choice, only
from llmopt.scorers.pairwise import Pairwise
from llmopt.scorers.scale import FIVE, YES_NO, Points, Scale, Words
from llmopt.scorers.text import short

OPTIONS = ("rubric", "criteria", "scale", "labels", "compare", "model", "params", "vars", "expect")


class Criterion(NamedTuple):
    """One thing that is graded by itself: what it asks, how much it counts."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Scores what a model makes of the reply, by a rubric or by weighted criteria."""

    asked: Asked
    rubric: str | None
    criteria: Mapping[str, Criterion]
    scale: Scale

    @property
    def needs(self) -> Needs:
        return Needs(frozenset({self.asked.need}))

    def at(self, bench: Bench) -> Scorer:
        return Bound(self.judged, bench)

    def score(self, reply: str, case: Case) -> Score:
        raise ScorerError("a judge scores within a run, where it can ask its model")

    def questions(self, reply: str, case: Case, baseline: str | None) -> tuple[Question, ...]:
        """Return the one question: the grade of the reply."""
        messages = grading(
            rubric=self.rubric,
            criteria={name: criterion.text for name, criterion in self.criteria.items()},
            scale=self.scale,
            pieces=[*self.asked.material(case), Piece("reply", reply)],
        )
        return (Question(self.asked.need, messages, self.asked.params, ("reply",)),)

    async def judged(self, reply: str, case: Case, bench: Bench) -> Score:
        """Ask the model once.

        Raises:
            JudgeError: it did not answer, or not readably.
        """
        (question,) = self.questions(reply, case, bench.baseline)
        said = await bench.ask(question.need, question.messages, question.params)
        grades = read_grades(said, self.scale, tuple(self.criteria))
        return Score(self._mean(grades), self._reason(grades))

    def _mean(self, grades: Grades) -> float:
        if not self.criteria:
            return grades.worths[0]
        weights = [criterion.weight for criterion in self.criteria.values()]
        pairs = zip(weights, grades.worths, strict=True)
        total = math.fsum(weight * worth for weight, worth in pairs) / math.fsum(weights)
        return min(1.0, max(0.0, total))

    def _reason(self, grades: Grades) -> str:
        if not self.criteria:
            return grades.reason
        pairs = zip(self.criteria, grades.worths, strict=True)
        return short(f"{', '.join(f'{n} {w:.2g}' for n, w in pairs)}: {grades.reason}", 320)


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Scorer:
    """Options: see `OPTIONS`; a `rubric` or `criteria`, and how it grades.

    `scale` is [low, high] or `yes/no`, `labels` maps words to what they are worth, `compare:
    baseline` compares with the baseline's reply in place of grading.
    """
    only(options, *OPTIONS)
    rubric = options.get("rubric")
    criteria = {
        name: Criterion(one, 1.0) if isinstance(one, str) else Criterion(one["text"], one["weight"])
        for name, one in (options.get("criteria") or {}).items()
    }
    variables = options.get("vars")
    asked = Asked(
        need=Need("judge", options.get("model")),
        params=options.get("params") or {},
        variables=None if variables is None else tuple(variables),
        expect=options.get("expect"),
    )
    if not rubric and not criteria:
        raise UsageError("has neither a rubric nor criteria", hint="say what a good reply is")
    if options.get("compare"):
        choice(options, "compare", ("baseline",))
        if not rubric or criteria or options.get("scale") or options.get("labels"):
            raise UsageError("compares, so it grades nothing", hint="give it a rubric alone")
        return Pairwise(asked, rubric)
    return Judge(asked, rubric, criteria, _scale(options))


def _scale(options: Mapping[str, Any]) -> Scale:
    if words := options.get("labels"):
        return Words(dict(words))
    scale = options.get("scale")
    if scale is None:
        return FIVE
    if scale == "yes/no":
        return YES_NO
    low, high = scale
    return Points(low, high)
