from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, t

from llmopt.stats.proportion import mcnemar_exact
from llmopt.stats.resampling import (
    _BLOCK,
    _blocks,
    _wide_quantile,
    bootstrap_mean_interval,
    sign_flip_p,
)


def test_the_interval_agrees_with_scipys_bca_on_a_large_skewed_sample() -> None:
    values = np.random.default_rng(0).lognormal(0, 1, 500)
    ours = bootstrap_mean_interval(values.tolist(), seed=1, resamples=20_000)
    theirs = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), rel=0.01)


def test_a_small_normal_sample_gets_students_width() -> None:
    values = np.random.default_rng(4).normal(0, 1, 12)
    interval = bootstrap_mean_interval(values.tolist(), seed=1, resamples=20_000)
    assert interval is not None
    student = 2 * t.isf(0.025, 11) * values.std(ddof=1) / np.sqrt(12)
    assert interval.high - interval.low == pytest.approx(student, rel=0.08)


@pytest.mark.parametrize("n", [5, 12, 40, 1000])
def test_the_widened_quantile_is_students(n: int) -> None:
    expected = t.isf(0.025, n - 1) * np.sqrt(n / (n - 1))
    assert _wide_quantile(0.05, n) == pytest.approx(expected, rel=0.02)


def test_the_same_seed_gives_the_same_interval_and_another_a_near_one() -> None:
    values = np.random.default_rng(0).normal(5, 1, 80).tolist()
    first = bootstrap_mean_interval(values, seed=1)
    assert first == bootstrap_mean_interval(values, seed=1)
    other = bootstrap_mean_interval(values, seed=2)
    assert other != first
    assert other == pytest.approx(first, abs=0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.integers(0, 9))
def test_the_interval_lies_among_the_values(values: list[float], seed: int) -> None:
    interval = bootstrap_mean_interval(values, seed=seed, resamples=300)
    assert interval is not None
    slack = 1e-9 * (1 + max(map(abs, values)))
    assert min(values) - slack <= interval.low <= interval.high <= max(values) + slack


def test_nine_of_ten_intervals_at_least_cover_a_skewed_mean() -> None:
    rng = np.random.default_rng(8)
    samples = -rng.gamma(2, 20, (400, 40))
    intervals = [bootstrap_mean_interval(s.tolist(), seed=0, resamples=500) for s in samples]
    covered = [i is not None and i.low <= -40 <= i.high for i in intervals]
    assert np.mean(covered) > 0.9


def test_copies_within_a_group_add_no_evidence() -> None:
    values = np.random.default_rng(0).normal(0, 1, 30)
    once = bootstrap_mean_interval(values.tolist(), seed=3)
    copied = bootstrap_mean_interval(
        np.repeat(values, 7).tolist(), seed=3, groups=np.repeat(np.arange(30), 7).tolist()
    )
    assert copied == pytest.approx(once)
    naive = bootstrap_mean_interval(np.repeat(values, 7).tolist(), seed=3)
    assert once is not None
    assert naive is not None
    assert naive.high - naive.low < 0.5 * (once.high - once.low)


def test_the_mean_of_groups_is_that_of_all_their_values() -> None:
    values, groups = [0.0] * 8 + [1.0] * 2, ["a"] * 8 + ["b"] * 2
    interval = bootstrap_mean_interval(values, seed=0, groups=groups)
    assert interval is not None
    assert interval.low <= 0.2 <= interval.high


def test_a_single_value_or_group_leaves_the_spread_unknown() -> None:
    assert bootstrap_mean_interval([], seed=0) is None
    assert bootstrap_mean_interval([3.0], seed=0) is None
    assert bootstrap_mean_interval([3.0, 4.0], seed=0, groups=["a", "a"]) is None


def test_equal_values_leave_no_width() -> None:
    assert bootstrap_mean_interval([2.0] * 10, seed=0) == (2.0, 2.0)


@pytest.mark.parametrize("unit", [1e-150, 1e-6, 1e150])
def test_the_interval_does_not_depend_on_the_unit_of_money(unit: float) -> None:
    values = np.random.default_rng(0).normal(1, 1, 30)
    dollars = bootstrap_mean_interval(values.tolist(), seed=1)
    other = bootstrap_mean_interval((values * unit).tolist(), seed=1)
    assert dollars is not None
    assert other == pytest.approx((dollars.low * unit, dollars.high * unit), rel=1e-9)


@pytest.mark.parametrize(
    ("values", "groups"), [([1.0, float("nan")], None), ([1.0, float("inf")], None), ([1.0], [])]
)
def test_values_that_cannot_be_resampled_are_refused(
    values: list[float], groups: list[str] | None
) -> None:
    with pytest.raises(ValueError, match=r"finite|fit"):
        bootstrap_mean_interval(values, seed=0, groups=groups)


@given(st.integers(0, 20_000), st.integers(0, 200_000))
def test_blocks_cover_every_resample_in_bounded_memory(resamples: int, width: int) -> None:
    blocks = list(_blocks(resamples, width))
    assert sum(blocks) == resamples
    assert all(rows * width <= max(_BLOCK, width) for rows in blocks)


def test_a_block_boundary_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(0, 1, 50).tolist()
    whole = bootstrap_mean_interval(values, seed=1), sign_flip_p(values, seed=1, resamples=999)
    monkeypatch.setattr("llmopt.stats.resampling._BLOCK", 500)
    parts = bootstrap_mean_interval(values, seed=1), sign_flip_p(values, seed=1, resamples=999)
    assert parts[0] == whole[0]
    assert parts[1] == pytest.approx(whole[1], abs=0.05)


@pytest.mark.parametrize(
    "sample", [[0.5, 0.25, -0.1, 0.8, 0.3, -0.2, 0.6], [1.0, 1.0, 1.0, 1.0, -1.0, 0.0]]
)
def test_sign_flips_approach_the_full_enumeration(sample: list[float]) -> None:
    observed = abs(sum(sample))
    sums = [
        abs(sum(s * d for s, d in zip(signs, sample, strict=True)))
        for signs in product((-1, 1), repeat=len(sample))
    ]
    exact = np.mean([value >= observed - 1e-12 for value in sums])
    assert sign_flip_p(sample, seed=0) == pytest.approx(float(exact), abs=0.015)


def test_sign_flips_of_passes_and_failures_are_mcnemars_test() -> None:
    sample = [1.0] * 12 + [-1.0] * 4 + [0.0] * 50
    assert sign_flip_p(sample, seed=0) == pytest.approx(mcnemar_exact(12, 4), abs=0.015)


def test_equal_scores_have_nothing_against_exchange() -> None:
    assert sign_flip_p([0.0] * 20, seed=0) == 1.0
    assert sign_flip_p([], seed=0) == 1.0


def test_the_finest_p_value_is_one_in_the_resamples() -> None:
    assert sign_flip_p([0.5] * 60, seed=0, resamples=99) == 0.01


def test_differences_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sign_flip_p([0.1, float("nan")], seed=0)
