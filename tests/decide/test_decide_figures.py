import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.decide.cases import case_means
from llmopt.decide.figures import Figures, figures
from llmopt.domain import Candidate, Outcomes
from llmopt.stats.proportion import wilson

NAN = math.nan
LONG = Candidate("mood", "long", "acme/one")
SHORT = Candidate("mood", "short", "acme/one")


def table(
    candidate: Candidate,
    scores: Sequence[float],
    *,
    tokens: float = 10,
    cost: float = 0.002,
    repeat: int = 1,
) -> Outcomes:
    made = Outcomes(candidate)
    for number, score in enumerate(scores):
        failed = math.isnan(score)
        made.case.append(number // repeat)
        made.group.append(number // repeat)
        made.repeat.append(number % repeat)
        made.score.append(score)
        made.input_tokens.append(NAN if failed else tokens)
        made.output_tokens.append(NAN if failed else 2)
        made.cost.append(NAN if failed else cost)
        made.latency_ms.append(NAN if failed else 100 + number)
        made.estimated.append(0)
        made.cut.append(0)
    return made


def only(made: Outcomes) -> Figures:
    (found,) = figures([made], {"mood": LONG})
    return found


def test_efficiency_is_accuracy_by_total_tokens_times_1000() -> None:
    found = only(table(LONG, [1, 1, 0, 1]))
    assert found.avg_accuracy == 0.75
    assert found.avg_total_tokens == 12
    assert found.efficiency_score == pytest.approx(62.5)


def test_costs_are_per_thousand_calls_and_per_right_answer() -> None:
    found = only(table(LONG, [1, 0, 0, 1], cost=0.003))
    assert found.cost_per_1k_calls == pytest.approx(3.0)
    assert found.cost_per_correct == pytest.approx(0.006)


def test_a_failed_trial_is_counted_apart_and_never_scored_zero() -> None:
    found = only(table(LONG, [1, NAN, 1]))
    assert (found.trials, found.errors, found.cases) == (3, 1, 2)
    assert found.avg_accuracy == 1.0
    assert found.avg_input_tokens == 10


def test_nothing_known_stays_unknown() -> None:
    found = only(table(LONG, [NAN, NAN]))
    assert found.avg_accuracy is None
    assert found.accuracy_ci is None
    assert found.efficiency_score is None
    assert found.cost_per_1k_calls is None
    assert found.latency_p50_ms is None


def test_no_right_answer_has_no_price_per_right_answer() -> None:
    assert only(table(LONG, [0, 0])).cost_per_correct is None


def test_repeats_are_averaged_first_so_the_interval_counts_cases() -> None:
    once = only(table(LONG, [1, 0, 1, 0]))
    thrice = only(table(LONG, [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0], repeat=3))
    assert thrice.accuracy_ci == once.accuracy_ci
    assert thrice.consistency == 1.0
    assert once.consistency is None


def test_repeats_that_disagree_lower_consistency() -> None:
    assert only(table(LONG, [1, 0, 1, 1], repeat=2)).consistency == 0.5


def test_savings_are_shares_of_the_baseline() -> None:
    base, short = figures(
        [table(LONG, [1, 1], tokens=38, cost=0.004), table(SHORT, [1, 1], tokens=8, cost=0.001)],
        {"mood": LONG},
    )
    assert base.is_baseline
    assert base.token_saving is None
    assert short.token_saving == pytest.approx(0.75)
    assert short.cost_saving == pytest.approx(0.75)


def test_a_free_baseline_has_no_cost_to_save() -> None:
    _, short = figures([table(LONG, [1], cost=0.0), table(SHORT, [1], cost=0.0)], {"mood": LONG})
    assert short.cost_saving is None


def test_pareto_leaves_out_what_another_beats_on_price_and_accuracy() -> None:
    dear = table(LONG, [1, 1, 1, 1], cost=0.01)
    cheap = table(SHORT, [1, 1, 1, 0], cost=0.001)
    worse = table(Candidate("mood", "worse", "acme/one"), [1, 0, 0, 0], cost=0.005)
    assert [f.pareto for f in figures([dear, cheap, worse], {})] == [True, True, False]


def test_without_prices_pareto_goes_by_tokens() -> None:
    long = table(LONG, [1, 1], tokens=50, cost=0.0)
    short = table(SHORT, [1, 1], tokens=10, cost=0.0)
    assert [f.pareto for f in figures([long, short], {})] == [False, True]


def test_the_cases_of_a_cluster_count_once_in_the_interval_of_an_accuracy() -> None:
    alone, grouped = (table(LONG, [1.0] * 90 + [0.0] * 10) for _ in range(2))
    for place in range(100):
        grouped.group[place] = place % 10
    (one,), (ten,) = figures([alone], {}), figures([grouped], {})
    assert one.avg_accuracy == ten.avg_accuracy == 0.9
    assert one.accuracy_ci == pytest.approx(wilson(90, 100))
    assert ten.accuracy_ci == pytest.approx(wilson(9, 10))


def test_pareto_compares_on_the_cases_that_both_answered() -> None:
    first_two = table(SHORT, [1.0, 1.0], tokens=20, cost=0.003)
    all_cases = table(LONG, [1.0, 1.0, 0.0, 0.0], tokens=10, cost=0.002)
    long, short = figures([all_cases, first_two], {"mood": LONG})
    assert short.avg_accuracy == 1.0
    assert (long.pareto, short.pareto) == (True, False)


def test_pareto_calls_nothing_beaten_that_shares_no_case() -> None:
    found = figures([table(LONG, [1.0, NAN]), table(SHORT, [NAN, 0.0], cost=0.001)], {})
    assert [one.pareto for one in found] == [True, True]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, NAN]), min_size=1), st.integers(1, 4))
def test_case_means_lie_in_the_unit_interval(scores: list[float], repeat: int) -> None:
    means = case_means(table(LONG, scores, repeat=repeat)).mean
    assert all(0 <= mean <= 1 for mean in means)
    assert len(means) <= math.ceil(len(scores) / repeat)
