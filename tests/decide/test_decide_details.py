import math
from collections.abc import Sequence

import pytest

from llmopt.decide.details import Details, details
from llmopt.decide.judgement import Rule
from llmopt.decide.power import assumed_power, seen_power
from llmopt.domain import Candidate, Outcomes

BASE = Candidate("mood", "long", "acme/one")
SHORT = Candidate("mood", "short", "acme/one")


def table(
    candidate: Candidate,
    tokens: Sequence[float],
    *,
    cost: float = 0.001,
    scores: Sequence[float] | None = None,
    cases: Sequence[int] | None = None,
) -> Outcomes:
    made = Outcomes(candidate)
    for number, size in enumerate(tokens):
        made.case.append(cases[number] if cases else number)
        made.group.append(number)
        made.repeat.append(0)
        made.score.append(scores[number] if scores else 1.0)
        made.input_tokens.append(size)
        made.output_tokens.append(1)
        made.cost.append(cost)
        made.latency_ms.append(100)
        made.estimated.append(0)
        made.cut.append(0)
    return made


def only(own: Outcomes, base: Outcomes) -> Details:
    return details([base, own], {"mood": BASE}, seed=0)[SHORT]


def test_differences_are_paired_by_case_whatever_their_order() -> None:
    base = table(BASE, [10, 200, 30], cases=[0, 1, 2])
    own = table(SHORT, [25, 5, 195], cases=[2, 0, 1])
    found = only(own, base)
    assert found.tokens.mean == pytest.approx(-5)
    assert found.tokens.interval == (-5.0, -5.0)


def test_the_interval_contains_the_mean_and_is_the_same_for_the_same_seed() -> None:
    base, own = table(BASE, range(100, 160)), table(SHORT, [n * n % 37 for n in range(60)])
    found = only(own, base).tokens
    assert found.mean is not None
    assert found.interval is not None
    assert found.interval.low < found.mean < found.interval.high
    assert only(own, base).tokens == found


def test_costs_are_per_thousand_calls() -> None:
    found = only(table(SHORT, [1, 1], cost=0.001), table(BASE, [1, 1], cost=0.003))
    assert found.cost_per_1k.mean == pytest.approx(-2)


def test_what_one_side_does_not_know_is_left_out() -> None:
    base, own = table(BASE, [10, 20, 30]), table(SHORT, [math.nan, 10, 10])
    assert only(own, base).tokens.mean == pytest.approx(-15)
    unknown = table(SHORT, [1, 1, 1], cost=math.nan)
    assert only(unknown, base).cost_per_1k == (None, None)


def test_a_baseline_that_is_not_in_the_run_gives_no_details() -> None:
    assert details([table(SHORT, [1])], {}, seed=0) == {}


def test_power_reads_the_discordance_that_a_run_has_shown() -> None:
    base = table(BASE, [9] * 100, scores=[1.0] * 100)
    own = table(SHORT, [9] * 100, scores=[0.0] * 5 + [1.0] * 95)
    (row,) = seen_power([base, own], BASE, Rule(margin=0.05), cases=100)
    assert (row.candidate, row.discordance, row.cases) == (SHORT, 0.05, 100)
    assert row.cases_needed is not None
    assert row.cases_needed > 100
    assert row.provable_margin is not None
    assert row.provable_margin > 0.05


def test_so_many_cases_prove_the_margin_that_asked_for_them() -> None:
    for row in assumed_power(Rule(margin=0.05), cases=100, shares=1):
        assert row.cases_needed is not None
        (again,) = [
            other
            for other in assumed_power(Rule(margin=0.05), cases=row.cases_needed, shares=1)
            if other.discordance == row.discordance
        ]
        assert again.provable_margin is not None
        assert again.provable_margin <= 0.05 + 1e-9


def test_more_rivals_and_more_discordance_need_more_cases() -> None:
    one = [row.cases_needed or 0 for row in assumed_power(Rule(), cases=100, shares=1)]
    five = [row.cases_needed or 0 for row in assumed_power(Rule(), cases=100, shares=5)]
    assert one == sorted(one)
    assert all(few < many for few, many in zip(one, five, strict=True))


def test_the_steps_of_a_ladder_share_alpha_as_one() -> None:
    steps = [Candidate(BASE.prompt, name, BASE.model) for name in ("a", "b", "c")]
    tables = [table(BASE, [9] * 100, scores=[1.0] * 100)]
    tables += [table(step, [9] * 100, scores=[0.0] * 5 + [1.0] * 95) for step in steps]
    alone = seen_power(tables[:2], BASE, Rule(), cases=100)
    apart = seen_power(tables, BASE, Rule(), cases=100)
    ladder = seen_power(tables, BASE, Rule(), cases=100, ladder=["a", "b", "c"])
    assert {row.cases_needed for row in ladder} == {alone[0].cases_needed}
    assert (apart[0].cases_needed or 0) > (alone[0].cases_needed or 0)
