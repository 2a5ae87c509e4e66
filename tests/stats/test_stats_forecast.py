from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt.stats import forecast as forecasting
from llmopt.stats.epaths import bets_after, first_crossing, log_e_paths
from llmopt.stats.eprocess import PairedBets, equal_cases, log_threshold
from llmopt.stats.forecast import cases_to_go, out_of_reach

THRESHOLD = log_threshold(0.05)


def forecast(
    differences: list[float], margin: float, population: int | None = None, limit: int = 100_000
) -> int | None:
    """The forecast after these cases, at alpha 5 % for either verdict."""
    bets = PairedBets(margin, population)
    for difference in differences:
        bets.update(difference)
    return cases_to_go(bets, differences, adopt=THRESHOLD, reject=THRESHOLD, limit=limit)


@pytest.mark.parametrize("population", [None, 300, 95])
@pytest.mark.parametrize("seen", [1, 30, 60])
def test_equal_outputs_are_forecast_to_the_case(population: int | None, seen: int) -> None:
    needed = equal_cases(0.05, 0.05, population=population)
    assert needed is not None
    assert forecast([0.0] * seen, 0.05, population) == max(0, needed - seen)


@pytest.mark.parametrize("population", [None, 200])
def test_a_steady_regression_is_forecast_to_the_case(population: int | None) -> None:
    bets = PairedBets(0.05, population)
    seen = [-0.5] * 3
    for difference in seen:
        bets.update(difference)
    predicted = cases_to_go(bets, seen, adopt=THRESHOLD, reject=THRESHOLD)
    actual = 0
    while bets.update(-0.5).inferior < THRESHOLD:
        actual += 1
    assert predicted == actual + 1


def test_the_forecast_is_about_right_for_noisy_cases() -> None:
    rng = np.random.default_rng(2)
    rows = rng.choice([-1.0, 0.0, 1.0], p=[0.05, 0.9, 0.05], size=(60, 3000))
    ratios = []
    for row in rows.tolist():
        bets = PairedBets(0.05)
        predicted = forecast(row[:200], 0.05)
        decided = next(e.cases for e in map(bets.update, row) if max(e[1:]) >= THRESHOLD)
        if predicted:
            ratios.append((200 + predicted) / decided)
    assert 0.6 < np.median(ratios) < 1.6


def test_what_is_decided_needs_no_more_cases() -> None:
    assert forecast([0.0] * 89, 0.05) == 0
    assert forecast([-1.0] * 30, 0.05) == 0


def test_a_suite_seen_whole_on_its_margin_needs_no_more_cases() -> None:
    assert forecast([-1.0] + [0.0] * 19, 0.05, 20) == 0


def test_nothing_seen_or_nothing_gained_gives_no_forecast() -> None:
    assert forecast([], 0.05) is None
    assert forecast([-0.05] * 50, 0.05) is None
    assert forecast([0.0] * 10, 0.05, limit=20) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=90), st.integers(0, 60))
def test_a_suite_never_needs_more_than_is_left(sample: list[float], left: int) -> None:
    predicted = forecast(sample, 0.05, len(sample) + left)
    assert predicted is not None
    assert 0 <= predicted <= left


def test_a_long_graded_suite_is_forecast_as_if_every_null_mean_were_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    for mean in (-0.2, -0.02, 0.0, 0.1):
        row = np.clip(rng.normal(mean, 0.3, 400), -1, 1)
        bets = bets_after(row, margin=0.02, population=9000)
        high = log_threshold(1e-6)
        monkeypatch.setattr(forecasting, "_NODES", 256)
        quick = cases_to_go(bets, row, adopt=high, reject=high)
        monkeypatch.setattr(forecasting, "_NODES", 10_000)
        assert quick == pytest.approx(cases_to_go(bets, row, adopt=high, reject=high), rel=1e-3)


def test_what_equal_answers_cannot_reach_any_more_is_out_of_reach() -> None:
    needed = equal_cases(0.05, 0.05)
    assert needed is not None
    seen = np.zeros(60)
    assert not out_of_reach(seen, margin=0.05, left=needed - 60, adopt=THRESHOLD, alpha=0.05)
    assert out_of_reach(seen, margin=0.05, left=5, adopt=THRESHOLD, alpha=0.05)


def test_of_candidates_that_will_be_adopted_hardly_any_is_given_up() -> None:
    rng = np.random.default_rng(8)
    rows = rng.choice([-1.0, 0.0, 1.0], p=[0.03, 0.93, 0.04], size=(200, 400))
    ends = [adopted_at(row) for row in rows]
    adopted = [(row, end) for row, end in zip(rows, ends, strict=True) if end]
    given_up = [row for row, end in adopted if any(hopeless(row, n) for n in range(16, end, 16))]
    assert len(adopted) > 100
    assert len(given_up) / len(adopted) <= 0.05


def test_one_that_lies_on_the_margin_is_given_up_before_its_cases_are_used_up() -> None:
    rng = np.random.default_rng(9)
    rows = rng.choice([-1.0, 0.0, 1.0], p=[0.10, 0.85, 0.05], size=(20, 400))
    early = [any(hopeless(row, n) for n in range(16, 300, 32)) for row in rows]
    assert sum(early) >= 16


def test_one_that_will_soon_be_rejected_is_waited_for() -> None:
    row = np.array([-1.0, 0.0, 0.0, 0.0] * 100)
    assert not hopeless(row, 24)


def adopted_at(row: np.ndarray) -> int:
    return int(first_crossing(log_e_paths(row, margin=0.05).noninferior, THRESHOLD))


def hopeless(row: np.ndarray, n: int) -> bool:
    left = row.size - n
    return out_of_reach(row[:n], margin=0.05, left=left, adopt=THRESHOLD, alpha=0.05)
