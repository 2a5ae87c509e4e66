from __future__ import annotations

from itertools import product

import pytest

from llmopt.decide.gates import EXIT_CODES, GateReport, GateRow, OnUndecided, Overall, Status
from llmopt.domain import Candidate, Finding, Severity
from llmopt.gate.rules import BY_NAME, RULES

STATUSES: tuple[Status, ...] = ("pass", "warn", "fail", "undecided")


def row(status: Status) -> GateRow:
    candidate = Candidate("mood", "short", "openai/gpt-5-mini")
    return GateRow("input_tokens", candidate, "+0%", baseline=31, actual=33, status=status)


def finding(severity: Severity) -> Finding:
    return Finding(BY_NAME["price-changed"], severity, "the price changed", key="openai/gpt-5-mini")


def test_a_gate_that_compared_nothing_does_not_pass() -> None:
    assert GateReport("main", ()).exit_code == 2
    assert GateReport("main", (), findings=(finding("info"),)).exit_code == 2


@pytest.mark.parametrize(
    ("statuses", "policy", "overall", "code"),
    [
        (["pass"], "undecided", "pass", 0),
        (["pass", "warn"], "undecided", "warn", 0),
        (["warn", "undecided"], "undecided", "undecided", 3),
        (["undecided", "fail"], "undecided", "fail", 1),
        (["undecided"], "pass", "pass", 0),
        (["undecided", "warn"], "pass", "warn", 0),
        (["undecided"], "fail", "fail", 1),
        (["fail"], "pass", "fail", 1),
    ],
)
def test_the_worst_row_decides(
    statuses: list[Status], policy: OnUndecided, overall: Overall, code: int
) -> None:
    report = GateReport("main", tuple(map(row, statuses)), on_undecided=policy)
    assert (report.status, report.exit_code) == (overall, code)


def test_a_row_more_never_turns_a_failed_gate_green() -> None:
    severity = ["pass", "warn", "undecided", "fail"]
    for first, second in product(STATUSES, STATUSES):
        both = GateReport("main", (row(first), row(second))).status
        assert severity.index(both) == max(severity.index(first), severity.index(second))


def test_a_finding_that_is_an_error_fails_the_gate() -> None:
    assert GateReport("main", (row("pass"),), findings=(finding("error"),)).exit_code == 1
    assert GateReport("main", (row("pass"),), findings=(finding("warning"),)).exit_code == 0


def test_rules_have_codes_and_names_of_their_own() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES) == len(BY_NAME)
    assert all(rule.code.startswith("GATE1") and rule.summary.endswith(".") for rule in RULES)
    assert set(EXIT_CODES.values()) == {0, 1, 2, 3}
