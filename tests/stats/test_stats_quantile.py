from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.stats.quantile import quantile

measured = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50)


@given(measured, st.floats(0, 1))
def test_the_quantile_is_the_one_of_numpy_and_pandas(values: list[float], p: float) -> None:
    assert quantile(values, p) == pytest.approx(float(np.quantile(values, p)), rel=1e-9, abs=1e-6)


@given(measured, st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise_with_the_probability_and_stay_among_the_values(
    values: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert min(values) <= quantile(values, low) <= quantile(values, high) <= max(values)


def test_the_median_halves_the_middle_pair() -> None:
    assert quantile([4, 1, 3, 2], 0.5) == 2.5
    assert quantile([9, 1, 5], 0.5) == 5


def test_one_value_is_every_quantile() -> None:
    assert [quantile([7.0], p) for p in (0, 0.5, 0.95, 1)] == [7.0] * 4


def test_p95_of_a_hundred_values() -> None:
    assert quantile(range(101), 0.95) == pytest.approx(95.0)


@pytest.mark.parametrize(
    ("values", "p"), [([], 0.5), ([1.0, float("nan")], 0.5), ([1.0], 1.5), ([1.0], -0.5)]
)
def test_a_quantile_that_is_not_defined_is_refused(values: list[float], p: float) -> None:
    with pytest.raises(ValueError, match=r"quantile|probability"):
        quantile(values, p)
