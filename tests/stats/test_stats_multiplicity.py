from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from llmopt.stats.multiplicity import holm, in_chains

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_on_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@settings(max_examples=25, deadline=None)  # statsmodels takes 30 ms a call
@given(p_values)
def test_holm_agrees_with_statsmodels(values: list[float]) -> None:
    assert holm(values) == pytest.approx(list(multipletests(values, method="holm")[1]), abs=1e-15)


@given(p_values)
def test_holm_never_lowers_a_p_value_nor_swaps_two(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(p <= a <= 1.0 for p, a in zip(values, adjusted, strict=True))
    ordered = [a for _, a in sorted(zip(values, adjusted, strict=True))]
    assert ordered == sorted(ordered)


@given(p_values, st.data())
def test_holm_grows_where_any_p_value_grows(values: list[float], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    raised = [*values[:index], data.draw(st.floats(values[index], 1)), *values[index + 1 :]]
    pairs = zip(holm(values), holm(raised), strict=True)
    assert all(after >= before - 1e-12 for before, after in pairs)


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_holm_refuses_what_is_no_p_value(bad: float) -> None:
    with pytest.raises(ValueError, match="p-values"):
        holm([0.5, bad])


P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(P_VALUES)
def test_one_chain_tests_every_step_at_full_alpha_and_stops_at_the_first_that_fails(
    p_values: list[float],
) -> None:
    adjusted = in_chains(p_values, [range(len(p_values))])
    assert adjusted == [max(p_values[: place + 1]) for place in range(len(p_values))]


@given(P_VALUES, st.integers(1, 4), st.floats(0, 1))
def test_a_smaller_p_value_never_makes_another_larger(
    p_values: list[float], width: int, smaller: float
) -> None:
    chains = [range(i, min(i + width, len(p_values))) for i in range(0, len(p_values), width)]
    before = in_chains(p_values, chains)
    after = in_chains([min(p_values[0], smaller), *p_values[1:]], chains)
    assert all(b <= a for a, b in zip(before, after, strict=True))


def test_a_chain_adopted_to_its_end_leaves_its_share_to_the_others() -> None:
    assert in_chains([0.01, 0.02, 0.04], [(0, 1), (2,)]) == [0.02, 0.04, 0.04]
    assert in_chains([0.01, 0.9, 0.04], [(0, 1), (2,)]) == [0.02, 0.9, 0.08]
