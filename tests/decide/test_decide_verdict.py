import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.decide.figures import figures
from llmopt.decide.judgement import Rule
from llmopt.decide.verdict import Verdict, verdicts
from llmopt.domain import Candidate, Outcomes

BASE = Candidate("mood", "long", "acme/one")
SHORT = Candidate("mood", "short", "acme/one")


def table(
    candidate: Candidate,
    scores: Sequence[float],
    *,
    cost: float,
    groups: Sequence[int] | None = None,
) -> Outcomes:
    made = Outcomes(candidate)
    for number, score in enumerate(scores):
        made.case.append(number)
        made.group.append(groups[number] if groups else number)
        made.repeat.append(0)
        made.score.append(score)
        made.input_tokens.append(cost * 1000)
        made.output_tokens.append(1)
        made.cost.append(cost)
        made.latency_ms.append(1)
        made.estimated.append(0)
        made.cut.append(0)
    return made


def judge(
    *tables: Outcomes, rule: Rule | None = None, total: int | None = None, anytime: bool = False
) -> list[Verdict]:
    found = {one.candidate: one for one in figures(tables, {"mood": BASE})}
    cases = len(tables[0]) if total is None else total
    judged = verdicts(
        tables,
        found,
        {"mood": BASE},
        rule=rule or Rule(),
        cases_total={"mood": cases},
        anytime=anytime,
    )
    return [judged[one.candidate] for one in tables]


def test_equal_answers_on_enough_cases_are_adopted() -> None:
    right = [1.0] * 400
    base, short = judge(table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01))
    assert base.decision == "baseline"
    assert (short.decision, short.reason) == ("adopt", "noninferior")
    assert short.accuracy_delta == 0
    assert short.cost_saving == 0.5
    assert short.cases_needed is None
    assert short.tied


def test_too_few_cases_are_inconclusive_and_say_how_many_more() -> None:
    right = [1.0] * 40
    _, short = judge(table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01))
    assert (short.decision, short.reason) == ("inconclusive", "undecided")
    assert short.cases_needed is not None
    more = [1.0] * (40 + short.cases_needed)
    _, again = judge(table(BASE, more, cost=0.02), table(SHORT, more, cost=0.01))
    assert again.decision == "adopt"


def test_clear_losses_are_rejected_as_worse() -> None:
    _, short = judge(
        table(BASE, [1.0] * 200, cost=0.02), table(SHORT, [1.0, 1.0, 1.0, 0.0] * 50, cost=0.01)
    )
    assert (short.decision, short.reason) == ("reject", "worse")
    assert short.accuracy_delta == -0.25
    assert not short.tied


def test_what_is_not_cheaper_is_rejected_however_accurate() -> None:
    _, short = judge(table(BASE, [0.0] * 200, cost=0.02), table(SHORT, [1.0] * 200, cost=0.03))
    assert (short.decision, short.reason) == ("reject", "not cheaper")


def test_nothing_is_cheaper_than_a_free_baseline() -> None:
    _, short = judge(table(BASE, [1.0] * 400, cost=0.0), table(SHORT, [1.0] * 400, cost=0.01))
    assert (short.decision, short.reason) == ("reject", "not cheaper")
    assert short.cost_saving is None


def test_on_its_own_suite_a_complete_run_leaves_only_a_tie_open() -> None:
    base, loses_one = [1.0] * 40, [1.0] * 39 + [0.0]
    suite = Rule(margin=0.03, target="suite")
    _, short = judge(table(BASE, base, cost=0.02), table(SHORT, loses_one, cost=0.01), rule=suite)
    assert short.decision == "adopt"
    on_the_line = Rule(margin=0.025, target="suite")
    tables = table(BASE, base, cost=0.02), table(SHORT, loses_one, cost=0.01)
    assert judge(*tables, rule=on_the_line)[1].decision == "inconclusive"
    strict = Rule(margin=0.02, target="suite")
    _, short = judge(table(BASE, base, cost=0.02), table(SHORT, loses_one, cost=0.01), rule=strict)
    assert (short.decision, short.reason) == ("reject", "worse")


def test_part_of_a_suite_does_not_speak_for_the_whole() -> None:
    _, short = judge(
        table(BASE, [1.0] * 20, cost=0.02),
        table(SHORT, [1.0] * 20, cost=0.01),
        rule=Rule(target="suite"),
        total=200,
    )
    assert short.decision == "inconclusive"


def test_failed_cases_are_left_out_of_the_comparison() -> None:
    scores = [math.nan, 1.0] * 200
    _, short = judge(table(BASE, [1.0] * 400, cost=0.02), table(SHORT, scores, cost=0.01))
    assert (short.cases_used, short.cases_total) == (200, 400)
    assert short.accuracy_delta == 0


def test_nothing_in_common_decides_nothing() -> None:
    _, short = judge(
        table(BASE, [1.0, math.nan], cost=0.02), table(SHORT, [math.nan, 1.0], cost=0.01)
    )
    assert (short.decision, short.reason) == ("inconclusive", "no pairs")
    assert short.accuracy_delta is None


def test_what_shares_no_case_with_its_baseline_is_not_called_dearer() -> None:
    base, short = table(BASE, [1.0, math.nan], cost=0.02), table(SHORT, [math.nan, 1.0], cost=0.01)
    for failed, row in ((base, 1), (short, 0)):
        failed.cost[row] = failed.input_tokens[row] = failed.output_tokens[row] = math.nan
    _, found = judge(base, short)
    assert (found.decision, found.reason) == ("inconclusive", "no pairs")
    assert (found.cost_saving, found.token_saving) == (None, None)


def test_nothing_is_adopted_as_cheaper_of_which_no_price_and_no_tokens_are_known() -> None:
    base, short = (table(one, [1.0] * 400, cost=math.nan) for one in (BASE, SHORT))
    _, found = judge(base, short)
    assert (found.decision, found.reason) == ("inconclusive", "saving unknown")
    assert found.p_worse is not None
    assert found.p_worse < 0.05


def test_the_cases_of_a_cluster_count_once() -> None:
    right = [1.0] * 400
    alone = judge(table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01))[1]
    groups = [number // 20 for number in range(400)]
    clustered = judge(
        table(BASE, right, cost=0.02, groups=groups), table(SHORT, right, cost=0.01, groups=groups)
    )[1]
    assert alone.decision == "adopt"
    assert clustered.decision == "inconclusive"
    assert (alone.units_used, clustered.units_used) == (400, 20)


def test_many_candidates_make_each_one_harder_to_prove() -> None:
    right = [1.0] * 160
    base = table(BASE, right, cost=0.02)
    rivals = [table(Candidate("mood", f"v{n}", "acme/one"), right, cost=0.01) for n in range(20)]
    assert judge(base, rivals[0])[1].decision == "adopt"
    assert {one.decision for one in judge(base, *rivals)[1:]} == {"inconclusive"}


def test_graded_scores_are_judged_too() -> None:
    base = [0.5, 0.75, 1.0, 0.25] * 200
    _, short = judge(table(BASE, base, cost=0.02), table(SHORT, base, cost=0.01))
    assert short.decision == "adopt"
    _, short = judge(
        table(BASE, base, cost=0.02), table(SHORT, [s - 0.25 for s in base], cost=0.01)
    )
    assert short.decision == "reject"


def test_evidence_that_holds_at_any_time_needs_more_cases_than_a_single_look() -> None:
    right = [1.0] * 170
    tables = table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01)
    assert judge(*tables)[1].decision == "adopt"
    assert judge(*tables, total=1000, anytime=True)[1].decision == "inconclusive"
    more = [1.0] * 400
    later = judge(table(BASE, more, cost=0.02), table(SHORT, more, cost=0.01), anytime=True)[1]
    assert later.decision == "adopt"


def test_what_was_decided_early_stays_decided_whatever_came_after() -> None:
    early = [1.0] * 400 + [0.0] * 60
    base = [1.0] * 460
    tables = table(BASE, base, cost=0.02), table(SHORT, early, cost=0.01)
    assert judge(*tables, anytime=True)[1].decision == "adopt"


def test_a_whole_small_suite_decides_for_itself_at_any_time() -> None:
    right = [1.0] * 30
    tables = table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01)
    found = judge(*tables, rule=Rule(target="suite"), anytime=True)[1]
    assert found.decision == "adopt"
    assert found.accuracy_delta_ci == (0.0, 0.0)


def test_an_open_comparison_says_about_how_many_more_cases_it_needs() -> None:
    right = [1.0] * 100
    tables = table(BASE, right, cost=0.02), table(SHORT, right, cost=0.01)
    found = judge(*tables, total=1000, anytime=True)[1]
    assert found.cases_needed is not None
    more = [1.0] * (100 + found.cases_needed)
    tables = table(BASE, more, cost=0.02), table(SHORT, more, cost=0.01)
    assert judge(*tables, total=1000, anytime=True)[1].decision == "adopt"


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1),
    st.floats(0, 0.5),
)
def test_a_wider_margin_never_turns_adoption_into_less(
    pairs: list[tuple[float, float]], margin: float
) -> None:
    base = table(BASE, [b for b, _ in pairs], cost=0.02)
    short = table(SHORT, [s for _, s in pairs], cost=0.01)
    narrow = judge(base, short, rule=Rule(margin=margin))[1]
    wide = judge(base, short, rule=Rule(margin=margin + 0.1))[1]
    if narrow.decision == "adopt":
        assert wide.decision == "adopt"
    if wide.decision == "reject":
        assert narrow.decision == "reject"


@pytest.mark.parametrize("margin", [0.0, 0.02, 0.1])
def test_the_interval_and_the_decision_agree_for_one_candidate(margin: float) -> None:
    for losses in range(0, 60, 3):
        short = [0.0] * losses + [1.0] * (300 - losses)
        rule = Rule(margin=margin)
        found = judge(
            table(BASE, [1.0] * 300, cost=0.02), table(SHORT, short, cost=0.01), rule=rule
        )[1]
        assert found.accuracy_delta_ci is not None
        assert (found.decision == "adopt") == (found.accuracy_delta_ci.low > -margin)
