from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from itertools import pairwise, permutations, product
from math import exp, inf, isinf, log, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.stats.eprocess import (
    BETS,
    Evidence,
    PairedBets,
    equal_cases,
    floor_cases,
    log_threshold,
)

quarters = st.integers(-4, 4).map(lambda k: k / 4)
suites = st.lists(quarters, min_size=1, max_size=30)
estimands = st.sampled_from(["traffic", "suite"])
margins = st.sampled_from([0.0, 0.02, 0.05, 0.07, 0.1, 0.25, 0.5])


def after(differences: list[float], margin: float, population: int | None = None) -> Evidence:
    """The evidence once every difference was taken in."""
    bets = PairedBets(margin, population)
    for difference in differences:
        bets.update(difference)
    return bets.evidence()


def ever_adopted(differences: list[float], margin: float, alpha: float, population: int) -> bool:
    """Whether a look after any case would have adopted."""
    bets = PairedBets(margin, population)
    return any(bets.update(d).noninferior >= log_threshold(alpha) for d in differences)


def test_the_bets_run_geometrically_from_a_tenth_to_all_but_one_percent() -> None:
    assert len(BETS) == 6
    assert BETS[0] == pytest.approx(0.099)
    assert BETS[-1] == pytest.approx(0.99)
    ratios = [b / a for a, b in pairwise(BETS)]
    assert ratios == pytest.approx([10**0.2] * 5)


def test_the_e_value_is_the_mean_wealth_of_the_bettors() -> None:
    ours, margin = [1.0, -1.0, 0.0, 0.25], 0.05
    up = [prod(1 + b / (1 - margin) * (d + margin) for d in ours) for b in BETS]
    down = [prod(1 - b / (1 + margin) * (d + margin) for d in ours) for b in BETS]
    evidence = after(ours, margin)
    assert evidence.cases == 4
    assert exp(evidence.noninferior) == pytest.approx(sum(up) / 6)
    assert exp(evidence.inferior) == pytest.approx(sum(down) / 6)


def test_before_the_first_case_there_is_no_evidence() -> None:
    assert PairedBets(0.02).evidence() == (0, 0.0, 0.0)
    assert PairedBets(0.02, 100).evidence() == (0, 0.0, 0.0)


@pytest.mark.parametrize("discordance", [0.1, 0.4, 1.0])
def test_under_the_null_the_expected_wealth_stays_one(discordance: float) -> None:
    margin, n = 0.1, 5
    chance = {-1.0: (discordance + margin) / 2, 1.0: (discordance - margin) / 2}
    chance[0.0] = 1.0 - discordance
    sequences = list(product(chance, repeat=n))
    weights = [prod(chance[d] for d in sequence) for sequence in sequences]
    evidence = [after(list(sequence), margin) for sequence in sequences]
    pairs = list(zip(weights, evidence, strict=True))
    assert sum(w * exp(e.noninferior) for w, e in pairs) == pytest.approx(1.0)
    assert sum(w * exp(e.inferior) for w, e in pairs) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "suite", [[-1.0, 0, 0, 0, 0], [-1.0, -1, 1, 0, 0], [-1.0, 0.5, -0.5, 0.25, -0.25]]
)
def test_in_a_suite_on_the_margin_the_expected_wealth_stays_one(suite: list[float]) -> None:
    orders = list(permutations(suite))
    for seen in range(1, 4):
        wealth = [exp(after(list(order[:seen]), 0.2, 5).noninferior) for order in orders]
        # What is refuted by arithmetic is set to zero, so the mean may fall, never rise.
        assert sum(wealth) / len(orders) <= 1.0 + 1e-12
    assert sum(exp(after([d], 0.2, 5).noninferior) for d in suite) / 5 == pytest.approx(1.0)


@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.5])
@pytest.mark.parametrize(
    "suite",
    [
        [-1.0] * 2 + [0.0] * 6,
        [-1.0] * 3 + [1.0] + [0.0] * 4,
        [-1.0] * 5 + [1.0] * 3,
        [-0.5] * 4 + [0.0] * 4,
    ],
)
def test_of_all_orders_of_a_suite_on_the_margin_at_most_alpha_adopt(
    suite: list[float], alpha: float
) -> None:
    orders = [list(order) for order in set(permutations(suite))]
    adopted = sum(ever_adopted(order, 0.25, alpha, 8) for order in orders)
    assert adopted <= alpha * len(orders)


def test_a_loss_that_may_still_come_is_not_ruled_out() -> None:
    bets = PairedBets(0.05, 20)
    for _ in range(19):
        evidence = bets.update(0.0)
    assert not isinf(evidence.noninferior)  # the last case alone could land on the margin
    assert bets.update(-1.0) == (20, -inf, -inf)


def test_arithmetic_accepts_as_soon_as_no_rest_could_reach_the_margin() -> None:
    bets = PairedBets(0.2, 10)
    seen = [bets.update(0.5).noninferior for _ in range(10)]
    # 5 cases: 2.5 - 5 < -2; 6 cases: 3 - 4 = -1 > -2.
    assert [isinf(value) for value in seen] == [False] * 5 + [True] * 5
    assert bets.evidence() == (10, inf, -inf)


def test_arithmetic_rejects_as_soon_as_no_rest_could_mend_it() -> None:
    bets = PairedBets(0.2, 10)
    seen = [bets.update(-1.0) for _ in range(7)]
    # 6 losses and 4 gains end on the margin exactly, which refutes acceptance alone.
    assert seen[4].noninferior > -inf
    assert seen[5].noninferior == -inf
    assert seen[5].inferior < inf
    assert seen[6] == (7, -inf, inf)


@given(suites, margins)
def test_with_the_whole_suite_seen_the_verdict_is_the_sign(
    suite: list[float], margin: float
) -> None:
    exact = sum(map(Fraction, suite)) + Fraction(str(margin)) * len(suite)
    evidence = after(suite, margin, len(suite))
    assert evidence.noninferior == (inf if exact > 0 else -inf)
    assert evidence.inferior == (inf if exact < 0 else -inf)


@given(st.integers(1, 400), st.integers(1, 60))
def test_the_boundary_survives_decimal_margins(population: int, percent: int) -> None:
    losses, rest = divmod(population * percent, 100)
    suite = [-1.0] * losses + [0.0] * (population - losses)
    evidence = after(suite, percent / 100, population)
    assert evidence.noninferior == (inf if rest else -inf)


@given(suites, margins)
def test_what_arithmetic_has_settled_stays_settled(suite: list[float], margin: float) -> None:
    bets = PairedBets(margin, len(suite))
    settled: tuple[float, float] | None = None
    for difference in suite:
        _, up, down = bets.update(difference)
        if settled is not None:
            assert (up, down) == settled
        if inf in {up, down}:
            settled = (up, down)


@given(suites, margins, estimands, st.data())
def test_a_saved_state_continues_to_the_last_bit(
    suite: list[float], margin: float, estimand: str, data: st.DataObject
) -> None:
    population = len(suite) if estimand == "suite" else None
    cut = data.draw(st.integers(0, len(suite)))
    whole, part = PairedBets(margin, population), PairedBets(margin, population)
    for difference in suite[:cut]:
        part.update(difference)
    resumed = PairedBets(**json.loads(json.dumps(asdict(part))))
    assert resumed == part
    for difference in suite:
        whole.update(difference)
    for difference in suite[cut:]:
        resumed.update(difference)
    assert asdict(resumed) == asdict(whole)
    assert resumed.evidence() == whole.evidence()


@given(suites, margins, st.randoms())
def test_on_traffic_the_order_of_cases_does_not_matter(
    suite: list[float], margin: float, shuffle: object
) -> None:
    shuffled = sorted(suite, key=lambda _: shuffle.random())  # type: ignore[attr-defined]
    assert after(shuffled, margin) == pytest.approx(after(suite, margin), abs=1e-9)


@given(suites)
def test_without_a_margin_swapping_the_candidates_swaps_the_verdict(suite: list[float]) -> None:
    here, there = after(suite, 0.0), after([-d for d in suite], 0.0)
    assert (here.noninferior, here.inferior) == (there.inferior, there.noninferior)


@given(suites, st.floats(0, 0.9), st.floats(0, 0.9), estimands)
def test_a_wider_margin_never_weakens_noninferiority(
    suite: list[float], one: float, other: float, estimand: str
) -> None:
    low, high = sorted((one, other))
    population = len(suite) if estimand == "suite" else None
    narrow, wide = after(suite, low, population), after(suite, high, population)
    assert wide.noninferior >= narrow.noninferior - 1e-9
    assert wide.inferior <= narrow.inferior + 1e-9


def test_any_steady_regression_is_proved_without_a_margin() -> None:
    evidence = after([-0.1] * 100, 0.0)
    assert evidence.inferior > log_threshold(0.05)


def test_the_floor_is_the_reference_table() -> None:
    table = [
        [floor_cases(margin, 0.05, candidates) for candidates in (1, 5, 20)]
        for margin in (0.02, 0.05, 0.1)
    ]
    assert table == [[149, 228, 297], [59, 90, 117], [29, 44, 57]]


@pytest.mark.parametrize("candidates", [1, 5, 20])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
def test_equal_outputs_adopt_after_exactly_the_planned_cases(
    margin: float, candidates: int
) -> None:
    n = equal_cases(margin, 0.05, candidates)
    floor = floor_cases(margin, 0.05, candidates)
    assert n is not None
    assert floor is not None
    threshold = log_threshold(0.05, candidates=candidates)
    assert after([0.0] * (n - 1), margin).noninferior < threshold
    assert after([0.0] * n, margin).noninferior >= threshold
    assert floor <= n


def test_equal_outputs_take_89_cases_at_five_points() -> None:
    assert equal_cases(0.05, 0.05) == 89


def test_a_suite_needs_fewer_equal_outputs_than_traffic_and_never_more_than_it_has() -> None:
    needed = [equal_cases(0.05, 0.05, population=n) for n in (20, 50, 100, 1000)]
    assert needed == sorted(n for n in needed if n is not None)
    assert all(n <= size for n, size in zip(needed, (20, 50, 89, 89), strict=True) if n)


def test_without_a_margin_equal_outputs_prove_nothing() -> None:
    assert floor_cases(0.0, 0.05) is None
    assert equal_cases(0.0, 0.05) is None
    assert equal_cases(0.0, 0.05, population=10) is None


def test_the_threshold_shares_alpha_among_the_candidates() -> None:
    assert log_threshold(0.05) == pytest.approx(log(20))
    assert log_threshold(0.05, candidates=5) == pytest.approx(log(100))


@pytest.mark.parametrize("margin", [-0.01, 1.0, float("nan")])
def test_a_margin_outside_its_range_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        PairedBets(margin)
    with pytest.raises(ValueError, match="margin"):
        floor_cases(margin, 0.05)


@pytest.mark.parametrize("difference", [1.01, -2.0, float("nan"), inf])
def test_a_difference_outside_its_range_is_refused_and_changes_nothing(difference: float) -> None:
    bets = PairedBets(0.05)
    with pytest.raises(ValueError, match="difference"):
        bets.update(difference)
    assert bets == PairedBets(0.05)


def test_a_population_cannot_be_exceeded_or_empty() -> None:
    bets = PairedBets(0.05, 1)
    bets.update(0.0)
    with pytest.raises(ValueError, match="all 1 cases"):
        bets.update(0.0)
    with pytest.raises(ValueError, match="population"):
        PairedBets(0.05, 0)


def test_a_threshold_needs_a_candidate() -> None:
    with pytest.raises(ValueError, match="candidates"):
        log_threshold(0.05, candidates=0)
