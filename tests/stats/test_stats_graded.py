from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from llmopt.stats.graded import graded_interval, graded_z
from llmopt.stats.proportion import tango_interval, tango_z

samples = st.lists(
    st.one_of(st.integers(-8, 8).map(lambda k: k / 8), st.floats(-1, 1)), min_size=1, max_size=40
)
ternary = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=80)


def counts(sample: list[float]) -> tuple[int, int, int]:
    """Gains, losses, cases."""
    return sample.count(1.0), sample.count(-1.0), len(sample)


def searched_z(sample: list[float], null: float) -> float:
    """The statistic from the likeliest distribution of mean `null`, by constrained search."""
    n = len(sample)
    sign = 1.0 if np.mean(sample) > null else -1.0
    support = np.append(sign * np.array(sample), -1.0)
    target = sign * null

    def unlikely(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return -float(np.log(np.maximum(p[:n], 1e-300)).sum())

    start = np.full(n + 1, 1 / (n + 1))
    found = minimize(
        unlikely,
        start,
        bounds=[(0, 1)] * (n + 1),
        constraints=[
            {"type": "eq", "fun": lambda p: p.sum() - 1},
            {"type": "eq", "fun": lambda p: p @ support - target},
        ],
        method="SLSQP",
        options={"maxiter": 2000, "ftol": 1e-14},
    )
    variance = float(found.x @ (support - target) ** 2)
    return float(sign * sqrt(n) * (np.mean(sign * np.array(sample)) - target) / sqrt(variance))


# Means closer to the null than rounding count as on it, which Tango's formula does not do.
nulls = st.floats(-0.999, 0.999).filter(lambda null: null == 0 or abs(null) > 1e-9)


@given(ternary, nulls)
def test_on_passes_and_failures_it_is_tangos_statistic(sample: list[float], null: float) -> None:
    expected = tango_z(*counts(sample), difference=null)
    assert graded_z(sample, difference=null) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@given(ternary, st.sampled_from([0.01, 0.05, 0.3]))
def test_on_passes_and_failures_it_is_tangos_interval(sample: list[float], alpha: float) -> None:
    expected = tango_interval(*counts(sample), alpha=alpha)
    assert graded_interval(sample, alpha=alpha) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("null", [-0.3, -0.02, 0.1])
@pytest.mark.parametrize(
    "sample",
    [
        [0.1, -0.2, 0.4, 0.0, -0.1, 0.3],
        [0.0, 0.0, -0.25, 0.0, 0.5],
        [0.05, 0.05, 0.05, 0.06],
        [-1.0, 0.3, 0.3, 0.2, 0.9, -0.4, 0.1],
    ],
)
def test_it_agrees_with_a_constrained_likelihood_search(sample: list[float], null: float) -> None:
    assert graded_z(sample, difference=null) == pytest.approx(searched_z(sample, null), rel=2e-3)


@given(samples)
def test_the_interval_contains_the_mean_and_stays_in_range(sample: list[float]) -> None:
    low, high = graded_interval(sample)
    assert -1.0 - 1e-12 <= low <= np.mean(sample) + 1e-12
    assert np.mean(sample) - 1e-12 <= high <= 1.0 + 1e-12


@given(samples)
def test_the_interval_mirrors_when_the_candidates_swap(sample: list[float]) -> None:
    here, there = graded_interval(sample), graded_interval([-d for d in sample])
    assert here == pytest.approx((-there.high, -there.low), abs=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_the_interval_inverts_the_statistic(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    sample = np.clip(rng.normal(-0.1, 0.3, 40), -1, 1)
    limit, mean = norm.isf(alpha / 2), float(sample.mean())
    low = brentq(lambda m: graded_z(sample, difference=m) - limit, -0.999, mean)
    high = brentq(lambda m: graded_z(sample, difference=m) + limit, mean, 0.999)
    assert graded_interval(sample, alpha=alpha) == pytest.approx((low, high), abs=1e-8)


@given(samples, st.floats(-1, 1), st.floats(-1, 1))
def test_the_statistic_falls_as_the_null_grows(
    sample: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    above, below = graded_z(sample, difference=low), graded_z(sample, difference=high)
    assert above >= below or above == pytest.approx(below, abs=1e-6)


@given(samples, st.randoms())
def test_the_order_of_cases_does_not_matter(sample: list[float], shuffle: object) -> None:
    shuffled = sorted(sample, key=lambda _: shuffle.random())  # type: ignore[attr-defined]
    assert graded_interval(shuffled) == graded_interval(sample)


def test_a_sample_without_a_loss_is_no_proof_while_losses_may_hide() -> None:
    # 0.98 ** 50 = 36 %: so often 50 cases hide a loss rate of 2 %.
    assert graded_z([0.0] * 50, difference=-0.02) < norm.isf(0.05)
    assert graded_z([0.001] * 25 + [0.0] * 25, difference=-0.02) < norm.isf(0.05)
    assert graded_z([0.0] * 200, difference=-0.02) > norm.isf(0.05)


@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_partial_losses_on_the_margin_are_rarely_adopted(margin: float) -> None:
    rng = np.random.default_rng(7)
    draws = np.where(rng.random((1000, 100)) < 2 * margin, -rng.random((1000, 100)), 0.0)
    adopted = [graded_z(row, difference=-margin) > norm.isf(0.05) for row in draws]
    assert np.mean(adopted) < 0.07


@pytest.mark.parametrize("tiny", [5e-324, 2.7e-307, 1e-153, 1e-13])
def test_differences_of_rounding_size_count_as_none(tiny: float) -> None:
    near, equal = [0.0, 0.0, tiny], [0.0] * 3
    assert graded_interval(near) == pytest.approx(graded_interval(equal), abs=1e-12)
    assert graded_z(near, difference=-0.1) == pytest.approx(graded_z(equal, difference=-0.1))


def test_large_samples_meet_the_ordinary_z_interval() -> None:
    rng = np.random.default_rng(1)
    sample = np.clip(rng.normal(0.0, 0.2, 50_000), -1, 1)
    half = norm.isf(0.025) * sample.std() / sqrt(sample.size)
    expected = (sample.mean() - half, sample.mean() + half)
    assert graded_interval(sample) == pytest.approx(expected, abs=2e-6)


def test_the_edges_of_the_parameter_space() -> None:
    assert graded_interval([]) == (-1.0, 1.0)
    assert graded_z([0.3], difference=-1.0) == inf
    assert graded_z([0.3], difference=1.0) == -inf
    assert graded_z([-1.0, -1.0], difference=-1.0) == 0.0
    assert graded_z([0.1, 0.2, 0.3], difference=0.2) == 0.0


@pytest.mark.parametrize("bad", [[], [1.5], [float("nan")]])
def test_differences_that_cannot_be_are_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="differences"):
        graded_z(bad, difference=0.0)


def test_a_null_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="lies in"):
        graded_z([0.0], difference=-1.1)
