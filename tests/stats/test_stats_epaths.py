from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt.stats.epaths import bets_after, confidence_sequence, first_crossing, log_e_paths
from llmopt.stats.eprocess import PairedBets, log_threshold

scores = st.one_of(st.integers(-4, 4).map(lambda k: k / 4), st.floats(-1, 1))
suites = st.lists(scores, min_size=1, max_size=60)
margins = st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3])
extra = st.one_of(st.none(), st.integers(0, 40))


@settings(max_examples=300)
@given(suites, margins, extra)
def test_the_matrix_and_the_running_face_say_the_same(
    suite: list[float], margin: float, unseen: int | None
) -> None:
    population = None if unseen is None else len(suite) + unseen
    bets = PairedBets(margin, population)
    running = [bets.update(difference) for difference in suite]
    paths = log_e_paths(suite, margin=margin, population=population)
    assert paths.noninferior.tolist() == pytest.approx([e.noninferior for e in running], abs=1e-10)
    assert paths.inferior.tolist() == pytest.approx([e.inferior for e in running], abs=1e-10)


@given(suites, margins, extra)
def test_the_state_after_a_row_is_that_of_the_running_face(
    suite: list[float], margin: float, unseen: int | None
) -> None:
    population = None if unseen is None else len(suite) + unseen
    running = PairedBets(margin, population)
    for difference in suite:
        running.update(difference)
    found = bets_after(suite, margin=margin, population=population)
    assert found.cases == running.cases
    assert found.total == pytest.approx(running.total)
    assert found.noninferior == pytest.approx(running.noninferior, abs=1e-9)
    assert found.inferior == pytest.approx(running.inferior, abs=1e-9)


@pytest.mark.parametrize("population", [None, 400])
def test_both_faces_decide_at_the_same_case(population: int | None) -> None:
    rng = np.random.default_rng(5)
    matrix = rng.choice([-1.0, 0.0, 1.0], p=[0.04, 0.92, 0.04], size=(40, 400))
    threshold = log_threshold(0.05)
    paths = log_e_paths(matrix, margin=0.05, population=population)
    for row, decided in zip(matrix, first_crossing(paths.noninferior, threshold), strict=True):
        bets = PairedBets(0.05, population)
        adopted = (bets.cases for d in row if bets.update(float(d)).noninferior >= threshold)
        assert next(adopted, 0) == decided


def test_rows_do_not_know_of_each_other() -> None:
    matrix = np.array([[0.0, 1.0, -1.0], [1.0, 1.0, 0.5]])
    together = log_e_paths(matrix, margin=0.1, population=3)
    for i, row in enumerate(matrix):
        alone = log_e_paths(row, margin=0.1, population=3)
        assert together.noninferior[i].tolist() == alone.noninferior.tolist()
        assert together.inferior[i].tolist() == alone.inferior.tolist()


def test_paths_have_the_shape_of_the_differences() -> None:
    assert log_e_paths(np.zeros((3, 7)), margin=0.1).noninferior.shape == (3, 7)
    assert log_e_paths([0.0, 0.5], margin=0.1).inferior.shape == (2,)
    assert log_e_paths(np.zeros((2, 0)), margin=0.1).inferior.shape == (2, 0)


def test_a_long_path_neither_overflows_nor_vanishes() -> None:
    up, down = log_e_paths(np.ones(20_000), margin=0.05)
    assert 0 < up[-1] < np.inf
    assert -np.inf < down[-1] < 0


def test_first_crossing_counts_cases_and_knows_never() -> None:
    paths = np.array([[0.0, 3.0, 1.0, 5.0], [0.0, 1.0, 2.0, 2.9]])
    assert first_crossing(paths, 3.0).tolist() == [2, 0]
    assert int(first_crossing(paths[0], 0.0)) == 1


@pytest.mark.parametrize("discordance", [0.05, 0.1, 0.2])
def test_peeking_at_every_case_adopts_fewer_than_alpha_on_the_margin(discordance: float) -> None:
    rng = np.random.default_rng(11)
    draw = rng.random((4000, 500))
    lost, gained = (discordance + 0.05) / 2, (discordance - 0.05) / 2
    traffic = np.where(draw < lost, -1.0, np.where(draw > 1 - gained, 1.0, 0.0))
    suite = np.zeros(200)
    suite[: round(200 * lost)] = -1.0
    suite[200 - round(200 * gained) :] = 1.0
    orders = rng.permuted(np.tile(suite, (4000, 1)), axis=1)
    assert suite.mean() == pytest.approx(-0.05)
    for matrix, population in ((traffic, None), (orders, 200)):
        paths = log_e_paths(matrix, margin=0.05, population=population)
        adopted = first_crossing(paths.noninferior, log_threshold(0.05)) > 0
        rejected = first_crossing(paths.inferior, log_threshold(0.05)) > 0
        assert adopted.mean() < 0.05
        assert rejected.mean() < 0.05


@pytest.mark.parametrize(
    ("differences", "population"),
    [([1.5], None), ([float("nan")], None), ([0.0, 0.0], 1)],
)
def test_impossible_differences_are_refused(
    differences: list[float], population: int | None
) -> None:
    with pytest.raises(ValueError, match=r"differences|population"):
        log_e_paths(differences, margin=0.1, population=population)
    with pytest.raises(ValueError, match=r"differences|population"):
        confidence_sequence(differences, population=population)


@given(suites, extra)
def test_the_confidence_sequence_contains_the_mean_within_what_is_possible(
    suite: list[float], unseen: int | None
) -> None:
    population = None if unseen is None else len(suite) + unseen
    low, high = confidence_sequence(suite, population=population)
    mean = float(np.mean(suite))
    assert low <= mean <= high
    worst = best = None
    if population is not None:
        worst = (sum(suite) - (unseen or 0)) / population
        best = (sum(suite) + (unseen or 0)) / population
    assert low >= (-1.0 if worst is None else worst) - 1e-8
    assert high <= (1.0 if best is None else best) + 1e-8


@given(suites)
def test_the_confidence_sequence_mirrors_when_the_candidates_swap(suite: list[float]) -> None:
    here, there = confidence_sequence(suite), confidence_sequence([-d for d in suite])
    assert here == pytest.approx((-there.high, -there.low), abs=1e-9)


@given(suites)
def test_more_confidence_takes_a_wider_sequence(suite: list[float]) -> None:
    sure, surer = confidence_sequence(suite, alpha=0.1), confidence_sequence(suite, alpha=0.01)
    assert surer.low <= sure.low + 1e-12
    assert sure.high <= surer.high + 1e-12


@pytest.mark.parametrize("population", [None, 150])
def test_the_confidence_sequence_ends_where_the_e_process_rejects(population: int | None) -> None:
    rng = np.random.default_rng(3)
    row = rng.choice([-1.0, 0.0, 1.0], p=[0.25, 0.7, 0.05], size=120)
    low, high = confidence_sequence(row, alpha=0.05, population=population)
    assert high < 0  # so both ends can be asked of the e-process as margins

    def rejects(mean: float) -> tuple[bool, bool]:
        paths = log_e_paths(row, margin=-mean, population=population)
        threshold = log_threshold(0.025)
        return bool(paths.noninferior[-1] >= threshold), bool(paths.inferior[-1] >= threshold)

    assert rejects(low - 1e-6) == (True, False)
    assert rejects(low + 1e-6) == rejects(high - 1e-6) == (False, False)
    assert rejects(high + 1e-6) == (False, True)


def test_a_suite_seen_whole_has_its_mean_and_nothing_else() -> None:
    assert confidence_sequence([1.0, 0.0, -0.5, 0.5], population=4) == (0.25, 0.25)


def test_no_cases_leave_every_mean_possible() -> None:
    assert confidence_sequence([]) == (-1.0, 1.0)
    assert confidence_sequence([], population=10) == (-1.0, 1.0)
