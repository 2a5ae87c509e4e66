from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from llmopt.stats.planning import (
    noninferiority_cases,
    provable_margin,
    smallest_detectable_difference,
)
from llmopt.stats.proportion import tango_z


def tango_power(n: int, discordance: float, margin: float) -> float:
    """Chance that Tango's test shows the margin for equal candidates, summed over tables."""
    limit = norm.isf(0.05)
    return float(
        sum(
            binom.pmf(m, n, discordance) * binom.pmf(gains, m, 0.5)
            for m in range(n + 1)
            if binom.pmf(m, n, discordance) > 1e-9
            for gains in range(m + 1)
            if tango_z(gains, m - gains, n, difference=-margin) > limit
        )
    )


@pytest.mark.parametrize(("discordance", "margin"), [(0.1, 0.1), (0.2, 0.1), (0.1, 0.05)])
def test_the_planned_cases_have_the_planned_power(discordance: float, margin: float) -> None:
    n = noninferiority_cases(discordance, margin=margin, power=0.8)
    assert n is not None
    assert tango_power(n, discordance, margin) == pytest.approx(0.8, abs=0.025)


def test_equal_outputs_need_just_enough_cases_for_the_test_to_pass() -> None:
    n = noninferiority_cases(0.0, margin=0.05)
    assert n is not None
    assert tango_z(0, 0, n, difference=-0.05) >= norm.isf(0.05)
    assert tango_z(0, 0, n - 1, difference=-0.05) < norm.isf(0.05)


def test_nothing_is_shown_of_a_candidate_on_or_below_the_margin() -> None:
    assert noninferiority_cases(0.1, margin=0.05, difference=-0.05) is None
    assert noninferiority_cases(0.1, margin=0.05, difference=-0.08) is None
    assert noninferiority_cases(0.1, margin=0.0) is None
    assert (
        noninferiority_cases(0.9, margin=0.3, difference=0.1 - 0.4) is None
    )  # on it but for 1e-17


@given(st.floats(0, 0.5), st.floats(0.01, 0.3), st.floats(0.5, 0.95))
def test_cases_rise_with_power_and_fall_with_the_margin(
    discordance: float, margin: float, power: float
) -> None:
    base = noninferiority_cases(discordance, margin=margin, power=power)
    stronger = noninferiority_cases(discordance, margin=margin, power=power + 0.04)
    wider = noninferiority_cases(discordance, margin=margin * 1.2, power=power)
    assert base is not None
    assert stronger is not None
    assert wider is not None
    assert wider <= base <= stronger


@given(st.floats(0, 0.5), st.floats(0.01, 0.3))
def test_the_provable_margin_reverses_the_cases_needed(discordance: float, margin: float) -> None:
    n = noninferiority_cases(discordance, margin=margin)
    assert n is not None
    found = provable_margin(n, discordance=discordance)
    assert found is not None
    assert found <= margin + 1e-9
    assert noninferiority_cases(discordance, margin=found + 1e-9) == n


def test_no_cases_prove_no_margin() -> None:
    assert provable_margin(0, discordance=0.1) is None


def test_a_worse_candidate_can_only_prove_margins_beyond_its_loss() -> None:
    margin = provable_margin(500, discordance=0.1, difference=-0.04)
    assert margin is not None
    assert margin > 0.04


@pytest.mark.parametrize(("n", "discordance"), [(200, 0.1), (500, 0.2), (100, 0.5)])
def test_the_detectable_difference_solves_connors_formula(n: int, discordance: float) -> None:
    d = smallest_detectable_difference(n, discordance=discordance)
    assert d is not None
    za, zb = norm.isf(0.025), norm.isf(0.2)
    root = za * sqrt(discordance) + zb * sqrt(discordance - d**2)
    assert (root / d) ** 2 == pytest.approx(n, rel=1e-6)


def test_the_detectable_difference_has_its_power_in_an_exact_sum() -> None:
    n, discordance = 300, 0.2
    d = smallest_detectable_difference(n, discordance=discordance)
    assert d is not None
    share = (discordance + d) / 2 / discordance
    m, gains = np.meshgrid(np.arange(1, n + 1), np.arange(n + 1), indexing="ij")
    chance = binom.pmf(m, n, discordance) * binom.pmf(gains, m, share)
    power = chance[np.abs(2 * gains - m) / np.sqrt(m) > norm.isf(0.025)].sum()
    assert power == pytest.approx(0.8, abs=0.03)


def test_too_few_discordant_cases_detect_nothing() -> None:
    assert smallest_detectable_difference(10, discordance=0.1) is None
    assert smallest_detectable_difference(10_000, discordance=0.0) is None


@pytest.mark.parametrize(
    ("discordance", "margin", "difference"), [(-0.1, 0.1, 0), (1.1, 0.1, 0), (0.1, 0.1, 0.2)]
)
def test_a_discordance_that_cannot_be_is_refused(
    discordance: float, margin: float, difference: float
) -> None:
    with pytest.raises(ValueError, match="discordance"):
        noninferiority_cases(discordance, margin=margin, difference=difference)


def test_a_margin_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="margin"):
        noninferiority_cases(0.1, margin=1.0)
