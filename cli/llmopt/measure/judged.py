"""What scorers that ask models would ask about a plan's replies, and what that comes to.

A reply that the response cache or an earlier attempt holds is known, and with it the whole
question. Where it is not, the question is put with a stand-in: the reply that is there in
the end adds its own tokens, between none and the limit of the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from llmopt.domain import Candidate, Case, Model
from llmopt.domain.perturbations import Perturbation
from llmopt.errors import ScorerError
from llmopt.evaluate.comparing import Comparing
from llmopt.evaluate.plan import Task
from llmopt.evaluate.scoring import Scoring
from llmopt.measure.history import Judgements
from llmopt.measure.judge_tally import JudgeOutlay, JudgeTally
from llmopt.measure.peeked import Peeked
from llmopt.measure.span import Span
from llmopt.providers.base import Provider
from llmopt.scorers.base import Need, Question, Scorer, needs_of, questions_of

STAND_IN, OTHER = "-", "="
"""Stand for replies that nobody knows yet: one token each."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a forecast knows of those who judge.

    `known` returns a trial's reply if it is known, `size` the tokens that a candidate's
    unknown replies may have. `done` holds the trials that are judged already.
    """

    scoring: Scoring
    comparing: Comparing | None
    models: Mapping[Need, Model]
    providers: Mapping[Need, Provider]
    peeked: Peeked
    seen: Mapping[tuple[str, str], Judgements]
    done: Collection[int]
    known: Callable[[Task], str | None]
    size: Callable[[Candidate], Span]


class _Asked(NamedTuple):
    """What replies are given to: those to the same may be equal, whoever gives them."""

    prompt: str
    case: str
    perturbation: Perturbation | None


def _asked_of(task: Task) -> _Asked:
    return _Asked(task.key.prompt, task.key.case, task.key.perturbation)


class Judged:
    """Adds up what scorers would ask, trial by trial."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._tallies: dict[tuple[Candidate, Need], JudgeTally] = {}
        self._judged: set[_Asked] = set()
        self._known = {
            need for need, model in hearing.models.items() if hearing.peeked.knows(model)
        }
        self._least: dict[_Asked, dict[int, Callable[[], None]]] = {}
        self._stood_in: tuple[Case, Scorer, bool, _Scenes] | None = None

    def add(self, task: Task) -> None:
        """Count what would be asked about one trial's reply."""
        hearing = self._hearing
        scorer = hearing.scoring.of(task)
        needs = needs_of(scorer).models
        if not needs:
            return
        if task.number in hearing.done:
            self._is_judged(task)
            return
        tallies = {need: self._tally(task.planned.candidate, need) for need in needs}
        baseline = hearing.comparing.baseline_of(task) if hearing.comparing else None
        if baseline is not None and baseline.number == task.number:
            baseline = None
        reply, other = hearing.known(task), hearing.known(baseline) if baseline else None
        sizes: dict[str, Span] = {}
        if reply is None:
            sizes["reply"] = hearing.size(task.planned.candidate)
        if baseline and other is None:
            sizes["baseline"] = hearing.size(baseline.planned.candidate)
        try:
            scenes = self._scenes(scorer, task.case, reply, other, compared=baseline is not None)
        except ScorerError:
            return  # its trial will fail and say so
        if scenes is None:
            for tally in tallies.values():
                tally.give_up()
        else:
            self._count(task, scenes, sizes, tallies)

    def outlays(self) -> list[JudgeOutlay]:
        """Return what it comes to, by candidate and model."""
        for asked in self._least.values():
            for count in asked.values():
                count()
        self._least.clear()
        return [tally.outlay() for tally in self._tallies.values()]

    def _scenes(
        self, scorer: Scorer, case: Case, reply: str | None, other: str | None, *, compared: bool
    ) -> _Scenes | None:
        """Put the questions for whatever the replies may turn out to be; None: nobody can say."""
        unknown = reply is None and other is None
        before = self._stood_in
        if unknown and before and before[0] is case and before[1:3] == (scorer, compared):
            return before[3]
        if reply is not None and (other is not None or not compared):
            asked = questions_of(scorer, reply, case, other)
            return None if asked is None else _Scenes(asked, asked, asked)
        same = reply if reply is not None else other
        pairs = (
            ("", "") if same is None else (same, same),
            (STAND_IN, STAND_IN) if same is None else (same, same),
            (STAND_IN if reply is None else reply, OTHER if other is None else other),
        )
        found = [questions_of(scorer, a, case, b if compared else None) for a, b in pairs]
        least, alike, most = found
        if least is None or alike is None or most is None:
            return None
        scenes = _Scenes(least, alike, most)
        if unknown:  # as it is for every candidate
            self._stood_in = case, scorer, compared, scenes
        return scenes

    def _count(
        self,
        task: Task,
        scenes: _Scenes,
        sizes: Mapping[str, Span],
        tallies: Mapping[Need, JudgeTally],
    ) -> None:
        sure = len(scenes.alike) == len(scenes.most)
        for question in scenes.most:
            replies = [sizes[what] for what in question.shows if what in sizes]
            tally = tallies[question.need]
            if sure and not replies:
                tally.known(question, task.key, self._hearing.peeked)
            else:
                share = 1.0 if sure else self._share(task, question.need, len(scenes.most))
                tally.possible(question, replies, share)
        if not sizes:
            self._is_judged(task)
        for place, question in enumerate(scenes.least):
            if not sure or any(what in sizes for what in question.shows):
                count = tallies[question.need].least(question)
                if question.need not in self._known:  # else the reply may be one judged before
                    self._add_least(task, place, count)

    def _share(self, task: Task, need: Need, most: int) -> float | None:
        """Return how often a question that may not arise was asked in an earlier run."""
        key = task.planned.candidate.prompt, self._hearing.models[need].name
        seen = self._hearing.seen.get(key)
        return min(1.0, seen.calls_a_trial / most) if seen else None

    def _is_judged(self, task: Task) -> None:
        """Take in that a reply to a case is known: others may be equal to it and cost nothing."""
        self._judged.add(_asked_of(task))
        self._least.pop(_asked_of(task), None)

    def _add_least(self, task: Task, place: int, count: Callable[[], None]) -> None:
        """Count the least that is asked about a case: equal replies to it are judged once."""
        asked = _asked_of(task)
        if not self._hearing.peeked.shares:
            count()
        elif asked not in self._judged:
            self._least.setdefault(asked, {}).setdefault(place, count)

    def _tally(self, candidate: Candidate, need: Need) -> JudgeTally:
        found = self._tallies.get((candidate, need))
        if found is None:
            hearing = self._hearing
            model = hearing.models[need]
            found = self._tallies[candidate, need] = JudgeTally(
                candidate,
                need,
                model,
                hearing.providers.get(need),
                hearing.seen.get((candidate.prompt, model.name)),
            )
        return found


class _Scenes(NamedTuple):
    """What is asked if replies are empty, if they are alike, and if they differ."""

    least: tuple[Question, ...]
    alike: tuple[Question, ...]
    most: tuple[Question, ...]
