from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.stats.agreement import consistency

groups = st.lists(st.lists(st.sampled_from("abc"), max_size=6), max_size=6)


def test_repeats_that_always_agree_are_wholly_consistent() -> None:
    assert consistency([["a", "a", "a"], ["b", "b"]]) == 1.0


def test_cases_weigh_the_same_however_often_they_were_repeated() -> None:
    assert consistency([["a", "b"], ["a"] * 10]) == 0.5


def test_three_repeats_with_one_dissenter_agree_in_one_pair_of_three() -> None:
    assert consistency([["a", "a", "b"]]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("cases", [[], [["a"], ["b"]], [[]]])
def test_consistency_is_unknown_without_a_repeated_case(cases: list[list[str]]) -> None:
    assert consistency(cases) is None


@given(groups)
def test_consistency_is_the_mean_share_of_agreeing_pairs(cases: list[list[str]]) -> None:
    shares = [
        sum(x == y for x, y in pairs) / len(pairs)
        for case in cases
        if (pairs := list(combinations(case, 2)))
    ]
    expected = sum(shares) / len(shares) if shares else None
    assert consistency(cases) == (None if expected is None else pytest.approx(expected))
