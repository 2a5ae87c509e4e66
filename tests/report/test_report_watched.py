"""What a watch says of its rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.report.test_report_formats import LONG, SHORT, a_result, short_figures, some_figures

from llmopt.evaluate.tally import Tally
from llmopt.report.watched import differences, last_line, round_line, separator

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
LONG_THEN = some_figures(LONG)
SHORT_THEN = short_figures()
BEFORE = {LONG: LONG_THEN, SHORT: SHORT_THEN}


def since(*now: Any, before: Any = BEFORE) -> list[str]:
    return list(differences(before, a_result(*now)))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ((), "── round 7 · 04:05:06 ──────"),
        (("a.yaml",), "── round 7 · 04:05:06 · changed: a.yaml "),
        (("a", "b", "c", "d", "e"), "── round 7 · 04:05:06 · changed: a, b, c and 2 more "),
    ],
)
def test_a_separator_says_when_and_why(changed: tuple[str, ...], said: str) -> None:
    assert separator(7, AT, changed, width=28) == said


@pytest.mark.parametrize(
    ("calls", "limit", "said"),
    [
        (
            Tally(1, 2, 0.5),
            None,
            "1 new call, 2 from the cache; $0.500 this round, $1.50 in all",
        ),
        (
            Tally(1200, 0, 0.5),
            2.0,
            "1,200 new calls, 0 from the cache; $0.500 this round, $1.50 of $2.00 in all",
        ),
        (
            Tally(2, 0, 0.5, known=False),
            None,
            "2 new calls, 0 from the cache; $0.500 + unknown this round, $1.50 in all",
        ),
    ],
)
def test_a_round_ends_with_its_calls_and_dollars(
    calls: Tally, limit: float | None, said: str
) -> None:
    assert round_line(calls, Tally(9, 9, 1.5), limit=limit) == said


def test_tallies_add_up_and_what_is_unknown_stays_unknown() -> None:
    total = Tally(1, 2, 0.5)
    total.add(Tally(3, 4, 0.25, known=False))
    assert total == Tally(4, 6, 0.75, known=False)
    said = "stopped: 4 new calls, 6 from the cache; $0.750 + unknown of $1.00 in all"
    assert last_line(total, limit=1.0) == said


def test_the_first_round_is_compared_with_nothing() -> None:
    assert since(LONG_THEN, SHORT_THEN, before={}) == []


def test_candidates_whose_figures_stand_are_counted() -> None:
    assert since(LONG_THEN, SHORT_THEN) == ["2 candidates as before"]


def test_a_changed_candidate_has_its_changes_with_their_signs() -> None:
    now = replace(
        SHORT_THEN,
        avg_total_tokens=(SHORT_THEN.avg_total_tokens or 0) * 0.75,
        avg_accuracy=(SHORT_THEN.avg_accuracy or 0) + 0.02,
        cost_per_1k_calls=(SHORT_THEN.cost_per_1k_calls or 0) * 1.5,
    )
    assert since(LONG_THEN, now) == [
        f"{SHORT}: tokens −25%, accuracy +2.0 points, cost +50%",
        "1 candidate as before",
    ]


def test_what_is_unknown_is_said_to_be() -> None:
    now = replace(SHORT_THEN, avg_accuracy=None, cost_per_1k_calls=None)
    line = f"{SHORT}: tokens 0%, accuracy unknown, cost unknown"
    assert since(LONG_THEN, now)[0] == line
    free = {LONG: LONG_THEN, SHORT: replace(SHORT_THEN, cost_per_1k_calls=0.0)}
    assert since(LONG_THEN, SHORT_THEN, before=free)[0].endswith("cost unknown")


def test_another_number_of_cases_stands_beside_the_changes() -> None:
    now = replace(SHORT_THEN, cases=SHORT_THEN.cases + 1)
    said = f"; {now.cases} cases, before {SHORT_THEN.cases}"
    assert since(LONG_THEN, now)[0].endswith(said)


def test_candidates_come_and_go() -> None:
    assert since(LONG_THEN, SHORT_THEN, before={LONG: LONG_THEN}) == [
        f"{SHORT}: new",
        "1 candidate as before",
    ]
    elsewhere = SHORT._replace(prompt="elsewhere")
    run = replace(a_result().run, candidates=(LONG,))
    result = replace(a_result(LONG_THEN), run=run)
    gone = differences({**BEFORE, elsewhere: SHORT_THEN}, result)
    assert list(gone) == [f"{SHORT}: gone", "1 candidate as before"]


def test_a_round_that_its_budget_ended_is_not_compared() -> None:
    result = a_result(LONG_THEN, SHORT_THEN)
    budget = {"limit": 1.0, "spent": 1.0, "assumed": 0.0, "assumed_calls": 0, "ended": True}
    run = replace(result.run, snapshot={**result.run.snapshot, "budget": budget})
    said = "not compared with before: the budget ended the run"
    assert list(differences(BEFORE, replace(result, run=run))) == [said]
