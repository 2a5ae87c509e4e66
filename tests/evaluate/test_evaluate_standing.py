"""The order of a race: cheapest first by what was measured, and nothing but that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Measured
from llmopt.evaluate.standing import MOST, START, Chain, Standing, Step, cheaper


def trials(*costs: float | None, tokens: float | None = None) -> list[Measured]:
    return [Measured(None if cost is None else 1.0, cost, tokens) for cost in costs]


def next_step(
    baseline: Sequence[Measured],
    rivals: Mapping[int, Sequence[Measured]],
    *,
    left: Sequence[Chain] | None = None,
    adopted: Sequence[int] = (),
    every: bool = False,
    cases: int = 500,
) -> Step | None:
    chains = [(who,) for who in rivals] if left is None else left
    return Standing(baseline, rivals).next_step(chains, adopted, every=every, cases=cases)


BASE = trials(10, 12, 11, 13)


def test_the_cheapest_goes_first_whatever_its_place() -> None:
    rivals = {1: trials(9, 11, 10, 12), 2: trials(5, 7, 6, 8), 3: trials(7, 9, 8, 10)}
    assert next_step(BASE, rivals) == Step("race", (2,))


def test_a_candidate_that_costs_more_in_every_case_is_dropped() -> None:
    assert next_step(BASE, {1: trials(11, 13, 12, 14)}) == Step("drop", (1,))


def test_what_is_close_is_measured_on_twice_as_many_cases() -> None:
    close = {1: trials(5, 8, 6, 9), 2: trials(6, 6, 7, 7.5), 3: trials(9, 11, 10, 12)}
    assert next_step(BASE, close) == Step("measure", (1, 2), 8)
    shallow = {**close, 2: trials(6, 6)}
    assert next_step(BASE, shallow) == Step("measure", (2,), 4)


def test_no_more_is_measured_than_there_are_cases() -> None:
    close = {1: trials(5, 8, 6, 9), 2: trials(6, 6, 7, 7.5)}
    assert next_step(BASE, close, cases=6) == Step("measure", (1, 2), 6)
    assert next_step(BASE, close, cases=4) == Step("race", (2,))


def test_what_costs_the_same_on_all_that_may_be_measured_is_no_saving() -> None:
    same = trials(*[10.0] * MOST)
    assert next_step(same, {1: same}) == Step("drop", (1,))


def test_nobody_dearer_than_the_adopted_one_is_tried() -> None:
    rivals = {1: trials(5, 7, 6, 8), 2: trials(7, 9, 8, 10)}
    assert next_step(BASE, rivals, left=[(2,)], adopted=[1]) is None
    assert next_step(BASE, rivals, left=[(1,)], adopted=[2]) == Step("race", (1,))
    assert next_step(BASE, rivals, left=[(2,)], adopted=[1], every=True) == Step("race", (2,))


def test_a_ladder_stands_where_its_cheapest_step_does() -> None:
    rivals = {1: trials(9, 11, 10, 12), 2: trials(5, 7, 6, 8), 3: trials(7, 9, 8, 10)}
    assert next_step(BASE, rivals, left=[(3,), (1, 2)]) == Step("race", (1, 2))


def test_tokens_count_where_a_price_is_unknown() -> None:
    base = [Measured(1.0, None, 50.0), Measured(1.0, None, 60.0)]
    rivals = {
        1: [Measured(1.0, 9.0, 40.0), Measured(1.0, 9.0, 50.0)],
        2: [Measured(1.0, 99.0, 30.0), Measured(1.0, 99.0, 40.0)],
    }
    assert next_step(base, rivals) == Step("race", (2,))


def test_where_nothing_is_known_of_costs_the_order_given_holds() -> None:
    unknown = trials(None, None)
    rivals = {7: unknown, 3: unknown}
    assert next_step(unknown, rivals) == Step("race", (7,))
    assert next_step(unknown, rivals, left=[(3,)], adopted=[7]) is None


def test_one_that_failed_everywhere_comes_last_and_is_still_tried() -> None:
    rivals = {1: trials(None, None), 2: trials(9, 11)}
    assert next_step(BASE, rivals) == Step("race", (2,))
    assert next_step(BASE, rivals, left=[(1,)]) == Step("race", (1,))


@pytest.mark.parametrize(
    ("own", "base", "saves"),
    [((1.0, 5), (2.0, 4), True), ((2.0, 3), (1.0, 4), False), ((0.0, 3), (0.0, 4), True)],
)
def test_dollars_say_what_is_cheaper_and_tokens_where_both_are_free(
    own: tuple[float, float], base: tuple[float, float], *, saves: bool
) -> None:
    assert cheaper([(Measured(1.0, *own), Measured(1.0, *base))]) is saves
    assert cheaper([(Measured(1.0, None, None), Measured(1.0, *base))])


COSTS = st.lists(st.floats(0.5, 20) | st.none(), min_size=MOST, max_size=MOST)


@given(
    costs=st.lists(COSTS, min_size=2, max_size=6),
    cases=st.integers(START, 200),
    good=st.sets(st.integers(1, 5)),
    every=st.booleans(),
)
def test_a_race_ends_and_never_takes_one_before_a_cheaper_one(
    costs: list[list[float | None]], cases: int, good: set[int], *, every: bool
) -> None:
    """Walk a whole race over recorded costs, twice: from the start, and from where it ended."""
    rows = [trials(*row) for row in costs]
    seen = dict.fromkeys(range(1, len(rows)), min(START, cases))

    def walk() -> list[Step]:
        left: list[Chain] = [(who,) for who in seen]
        adopted: list[int] = []
        steps: list[Step] = []
        while True:
            depth = max(seen.values())
            rivals = {who: rows[who][:n] for who, n in seen.items()}
            step = next_step(
                rows[0][:depth], rivals, left=left, adopted=adopted, every=every, cases=cases
            )
            if step is None:
                return steps
            steps.append(step)
            if step.action == "measure":
                assert all(seen[who] < step.cases <= min(MOST, cases) for who in step.who)
                seen.update(dict.fromkeys(step.who, step.cases))
                continue
            left.remove(step.who)
            if step.action == "race" and step.who[0] in good:
                adopted += step.who

    first = walk()
    decided = [step for step in first if step.action != "measure"]
    assert len(decided) == len({step.who for step in decided}) <= len(seen)
    if every:
        assert len(decided) == len(seen)
    seen = dict.fromkeys(range(1, len(rows)), min(START, cases))
    assert walk() == first  # a pure function of the records
