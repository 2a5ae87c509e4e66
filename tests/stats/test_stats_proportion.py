"""Worked examples, from the tables of:

- Newcombe 1998a, "Two-sided confidence intervals for the single proportion",
  Statistics in Medicine 17, 857-872, table I, method 3;
- Tango 1998, Statistics in Medicine 17, 891-908: the contact lens trial;
- Fagerland, Lydersen & Laake 2014, Statistics in Medicine 33, 2850-2875: airway
  responsiveness (Bentur) and complete response (Cavo).

The score intervals are also recomputed from the likelihood by numerical search.
"""

from __future__ import annotations

from math import inf, isclose, isinf, log, sqrt

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from llmopt.stats.interval import Interval
from llmopt.stats.proportion import mcnemar_exact, tango_interval, tango_z, wilson


@st.composite
def tables(draw: st.DrawFn, largest: int = 200) -> tuple[int, int, int]:
    """Gains, losses and the number of cases."""
    n = draw(st.integers(1, largest))
    gains = draw(st.integers(0, n))
    return gains, draw(st.integers(0, n - gains)), n


def searched_z(gains: int, losses: int, n: int, difference: float) -> float:
    """The score statistic with the loss rate found by numerical likelihood search."""

    def unlikely(q: float) -> float:
        cells = ((gains, q + difference), (losses, q), (n - gains - losses, 1 - 2 * q - difference))
        return -sum(k * log(max(p, 1e-300)) for k, p in cells if k)

    low, high = max(0.0, -difference), (1.0 - difference) / 2.0
    q = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    variance = n * (2 * q + difference * (1 - difference))
    return float((gains - losses - n * difference) / sqrt(variance))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_published_limits(
    successes: int, n: int, low: float, high: float
) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_statsmodels(table: tuple[int, int]) -> None:
    expected = proportion_confint(*table, alpha=0.1, method="wilson")
    assert wilson(*table, alpha=0.1) == pytest.approx(expected, abs=1e-12)


@example(211, 0.9999999999999999, 0.5)
@given(st.integers(1, 300), st.floats(0, 1), st.floats(0.001, 0.5))
def test_wilson_contains_the_share_even_of_fractional_scores(
    n: int, share: float, alpha: float
) -> None:
    low, high = wilson(share * n, n, alpha=alpha)
    assert 0.0 <= low <= share * n / n <= high <= 1.0


def test_wilson_without_cases_knows_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (float("nan"), 5), (0, -1)])
def test_wilson_refuses_impossible_counts(successes: float, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, n)


def test_mcnemar_gives_the_published_p_values() -> None:
    assert mcnemar_exact(1, 7) == pytest.approx(0.0703125)
    assert mcnemar_exact(6, 16) == pytest.approx(0.052479, abs=5e-7)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_agrees_with_scipy_and_statsmodels(gains: int, losses: int) -> None:
    ours = mcnemar_exact(gains, losses)
    if gains + losses:
        assert ours == pytest.approx(binomtest(gains, gains + losses).pvalue, rel=1e-9)
    theirs = mcnemar([[0, gains], [losses, 0]], exact=True).pvalue if gains != losses else 1.0
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_mcnemar_without_discordant_cases_has_nothing_against_equality() -> None:
    assert mcnemar_exact(0, 0) == 1.0


def test_mcnemar_survives_counts_whose_probability_underflows() -> None:
    assert mcnemar_exact(3000, 0) == 0.0
    assert 0.0 < mcnemar_exact(10_000, 9_900) < 1.0


def test_tango_z_is_the_published_one_of_the_contact_lens_trial() -> None:
    assert tango_z(0, 1, 44, difference=-0.1) == pytest.approx(1.709, abs=5e-4)


@pytest.mark.parametrize(
    ("gains", "losses", "n", "low", "high"),
    [(1, 7, 21, -0.517, -0.026), (6, 16, 161, -0.1240, -0.0054)],
)
def test_tango_interval_gives_the_published_limits(
    gains: int, losses: int, n: int, low: float, high: float
) -> None:
    assert tango_interval(gains, losses, n) == pytest.approx((low, high), abs=5e-4)


@given(tables(), st.floats(-0.99, 0.99))
def test_tango_z_agrees_with_a_numerical_likelihood_search(
    table: tuple[int, int, int], difference: float
) -> None:
    assume(abs(difference) > 1e-3)  # nearer to zero the search, not the formula, is inexact
    expected = searched_z(*table, difference)
    assert tango_z(*table, difference=difference) == pytest.approx(expected, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    "table", [(1, 7, 21), (6, 16, 161), (12, 2, 50), (0, 5, 30), (3, 3, 10), (1, 0, 400)]
)
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_tango_interval_agrees_with_brute_force_inversion(
    table: tuple[int, int, int], alpha: float
) -> None:
    estimate, limit = (table[0] - table[1]) / table[2], norm.isf(alpha / 2)
    low = brentq(lambda d: searched_z(*table, d) - limit, -1 + 1e-6, estimate - 1e-6)
    high = brentq(lambda d: searched_z(*table, d) + limit, estimate + 1e-6, 1 - 1e-6)
    assert tango_interval(*table, alpha=alpha) == pytest.approx((low, high), abs=2e-6)


@given(tables())
def test_tango_interval_contains_the_estimate_and_stays_in_range(
    table: tuple[int, int, int],
) -> None:
    low, high = tango_interval(*table)
    assert -1.0 <= low <= (table[0] - table[1]) / table[2] <= high <= 1.0


@given(tables())
def test_tango_interval_mirrors_when_the_candidates_swap(table: tuple[int, int, int]) -> None:
    gains, losses, n = table
    here, there = tango_interval(gains, losses, n), tango_interval(losses, gains, n)
    assert here == pytest.approx((-there.high, -there.low), abs=1e-12)


@given(tables(), st.floats(-1, 1), st.floats(-1, 1))
def test_tango_z_falls_as_the_null_difference_grows(
    table: tuple[int, int, int], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    above, below = tango_z(*table, difference=low), tango_z(*table, difference=high)
    assert above >= below - 1e-9 * (1 + abs(below)) or isclose(above, below)


@pytest.mark.parametrize("n", [1, 20, 149, 3000])
def test_equal_outcomes_still_leave_an_interval(n: int) -> None:
    z2 = norm.isf(0.025) ** 2
    assert tango_interval(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), abs=1e-12)


def test_all_gains_reach_one_and_all_losses_minus_one() -> None:
    assert tango_interval(30, 0, 30).high == pytest.approx(1.0)
    assert tango_interval(0, 30, 30).low == pytest.approx(-1.0)


def test_tango_on_the_edges_of_the_parameter_space() -> None:
    assert tango_interval(0, 0, 0) == (-1.0, 1.0)
    assert tango_z(0, 0, 10, difference=0.0) == 0.0
    assert tango_z(10, 0, 10, difference=1.0) == 0.0
    assert tango_z(9, 0, 10, difference=1.0) == -inf
    assert isinf(tango_z(0, 9, 10, difference=-1.0))


def test_tango_with_no_difference_is_mcnemars_asymptotic_statistic() -> None:
    assert tango_z(6, 16, 161, difference=0.0) == pytest.approx(-10 / sqrt(22))


@pytest.mark.parametrize("table", [(-1, 0, 5), (0, -1, 5), (3, 3, 5)])
def test_tango_refuses_impossible_counts(table: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        tango_z(*table, difference=0.0)
    with pytest.raises(ValueError, match="do not fit"):
        tango_interval(*table)


def test_tango_refuses_a_difference_beyond_one() -> None:
    with pytest.raises(ValueError, match="lies in"):
        tango_z(1, 1, 5, difference=-1.5)
