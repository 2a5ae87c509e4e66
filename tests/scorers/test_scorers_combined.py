from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import a_case

from llmopt.domain import Call, Case, Completion, Score
from llmopt.errors import ScorerError
from llmopt.scorers.base import Scorer
from llmopt.scorers.combined import AllOf, AnyOf, Not, Part

SHARES = st.floats(0, 1)
WEIGHTS = st.floats(0.001, 1000)
CALL = Call("judge", "openai/gpt-4o", Completion("7"), 0.001)


@dataclass(frozen=True)
class Fixed:
    """Scores what it is told, at once."""

    value: Any
    calls: tuple[Call, ...] = ()

    def score(self, reply: str, case: Case) -> Score:
        return Score(self.value, f"says {self.value}", self.calls)


@dataclass(frozen=True)
class Later:
    """Scores what it is told, after others had their turn."""

    value: float
    calls: tuple[Call, ...] = ()

    async def score(self, reply: str, case: Case) -> Score:
        await asyncio.sleep(0)
        return Score(self.value, f"says {self.value}", self.calls)


@dataclass(frozen=True)
class Failing:
    """Cannot judge anything."""

    later: bool = False

    def score(self, reply: str, case: Case) -> Score | Awaitable[Score]:
        if self.later:
            return self._later()
        raise ScorerError("cannot judge")

    async def _later(self) -> Score:
        raise ScorerError("cannot judge")


def parts(*scorers: Scorer, weights: tuple[float, ...] = ()) -> tuple[Part, ...]:
    return tuple(
        Part(f"p{index}", scorer, weights[index] if weights else 1.0)
        for index, scorer in enumerate(scorers)
    )


def at_once(scorer: Scorer) -> Score:
    score = scorer.score("reply", a_case())
    assert isinstance(score, Score)
    return score


async def awaited(scorer: Scorer) -> Score:
    score = scorer.score("reply", a_case())
    assert inspect.isawaitable(score)
    return await score


def test_all_is_the_weighted_mean() -> None:
    assert at_once(AllOf(parts(Fixed(1), Fixed(0)))).value == 0.5
    weighted = AllOf(parts(Fixed(1), Fixed(0), Fixed(0.5), weights=(2, 1, 1)))
    assert at_once(weighted).value == 0.625


def test_any_is_the_best_part_whatever_its_weight() -> None:
    assert at_once(AnyOf(parts(Fixed(0.2), Fixed(0.7), Fixed(0)))).value == 0.7
    assert at_once(AnyOf(parts(Fixed(0.9), Fixed(0.1), weights=(1, 100)))).value == 0.9


@given(SHARES)
def test_not_inverts(value: float) -> None:
    assert at_once(Not((Part("p", Fixed(value), 1),))).value == 1 - value


@given(st.lists(WEIGHTS, min_size=1, max_size=20))
def test_all_of_ones_is_one_and_of_zeros_zero(weights: list[float]) -> None:
    ones, zeros = [Fixed(1.0) for _ in weights], [Fixed(0.0) for _ in weights]
    assert at_once(AllOf(parts(*ones, weights=tuple(weights)))).value == 1
    assert at_once(AllOf(parts(*zeros, weights=tuple(weights)))).value == 0


@given(st.lists(st.tuples(SHARES, WEIGHTS), min_size=1, max_size=20))
def test_all_lies_between_its_worst_and_its_best_part(pairs: list[tuple[float, float]]) -> None:
    values, weights = zip(*pairs, strict=True)
    mean = at_once(AllOf(parts(*map(Fixed, values), weights=weights))).value
    assert min(values) - 1e-12 <= mean <= max(values) + 1e-12
    assert 0 <= mean <= 1


async def test_a_part_may_be_awaitable_at_any_depth() -> None:
    inner = AnyOf(parts(Fixed(0.25), Later(0.5)))
    assert (await awaited(inner)).value == 0.5
    assert (await awaited(Not((Part("any", inner, 1),)))).value == 0.5
    assert (await awaited(AllOf(parts(inner, Fixed(1), Later(0))))).value == 0.5


async def test_awaitable_parts_give_what_plain_ones_give() -> None:
    plain = at_once(AllOf(parts(Fixed(1.0), Fixed(0.5))))
    assert await awaited(AllOf(parts(Later(1.0), Later(0.5)))) == plain


async def test_what_judging_cost_is_passed_on() -> None:
    paid = AllOf(parts(Fixed(1, (CALL,)), Later(1, (CALL, CALL)), Fixed(0)))
    assert (await awaited(paid)).calls == (CALL, CALL, CALL)
    assert at_once(Not((Part("p", Fixed(1, (CALL,)), 1),))).calls == (CALL,)
    assert at_once(AnyOf(parts(Fixed(1, (CALL,)), Fixed(0)))).calls == (CALL,)


async def test_a_part_that_cannot_judge_fails_the_whole() -> None:
    for failing in (AllOf(parts(Later(1), Failing())), AnyOf(parts(Later(1), Failing()))):
        with pytest.raises(ScorerError, match="cannot judge"):
            failing.score("reply", a_case())
    with pytest.raises(ScorerError, match="cannot judge"):
        await awaited(AllOf(parts(Later(1), Failing(later=True))))


@pytest.mark.parametrize("value", [1.1, -0.1, float("nan"), float("inf")])
async def test_a_part_out_of_range_is_an_error(value: float) -> None:
    with pytest.raises(ScorerError, match=r"scorer 'p0' returned .*, outside 0\.\.1"):
        at_once(AnyOf(parts(Fixed(value), Fixed(1))))
    with pytest.raises(ScorerError, match=r"scorer 'p0' returned .*, outside 0\.\.1"):
        await awaited(AllOf(parts(Later(value), Fixed(1))))


def test_a_part_that_returns_no_score_is_an_error() -> None:
    class Wrong:
        def score(self, reply: str, case: Case) -> Any:
            return 0.5

    with pytest.raises(ScorerError, match="scorer 'p0' returned float, not a Score"):
        at_once(AllOf(parts(Wrong())))


def test_the_reason_says_what_every_part_said() -> None:
    assert at_once(AllOf(parts(Fixed(1), Fixed(0.25)))).reason == "p0 1: says 1; p1 0.25: says 0.25"
    assert at_once(Not((Part("exact", Fixed(0), 1),))).reason == "not exact: says 0"
    assert len(at_once(AllOf(parts(*[Fixed(1)] * 100))).reason) <= 320
