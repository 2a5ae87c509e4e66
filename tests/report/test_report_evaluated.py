import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.report.test_report_formats import (
    LONG,
    NOTE,
    SHORT,
    a_result,
    a_verdict,
    short_figures,
    some_figures,
)
from tests.report.test_report_gate import REPORTS

from llmopt.decide.gates import GateReport, Overall
from llmopt.decide.result import Result
from llmopt.report.evaluated import checked_evaluation
from llmopt.report.formats import EVALUATION
from llmopt.report.gated import headline
from llmopt.report.markdown import MARKS
from llmopt.report.targets import CI
from llmopt.store.tallies import StoredFailure


def decided(decision: str, **changes: Any) -> Result:
    verdict = a_verdict(decision=decision, reason="undecided", **changes)
    return a_result(verdicts={LONG: a_verdict(decision="baseline"), SHORT: verdict})


@pytest.mark.parametrize(
    ("decision", "outcome", "rule", "of_check"),
    [
        ("adopt", "pass", "EVAL101", "pass"),
        ("inconclusive", "skipped", "EVAL102", "skipped"),
        ("reject", "pass", "EVAL103", "pass"),
    ],
)
def test_a_verdict_is_a_check_and_a_finding_and_fails_nothing(
    decision: str, outcome: str, rule: str, of_check: str
) -> None:
    seen = checked_evaluation(decided(decision))
    assert (seen.outcome, seen.exit_code) == (outcome, 0)
    (finding,) = seen.findings
    assert (finding.rule.code, finding.severity) == (rule, "info")
    assert [check.outcome for check in seen.checks] == ["pass", of_check]


def test_failed_trials_leave_an_evaluation_undecided() -> None:
    failure = StoredFailure(SHORT, "c1", "rate_limit", "slow down")
    seen = checked_evaluation(
        a_result(some_figures(LONG), short_figures(errors=7), failures=(failure,) * 7)
    )
    assert (seen.outcome, seen.exit_code) == ("undecided", 3)
    assert [check.outcome for check in seen.checks] == ["pass", "undecided"]
    assert "7 of 200 trials failed: rate_limit in case c1: slow down" in seen.findings[-1].message


def test_a_run_that_its_budget_ended_is_undecided_in_every_format() -> None:
    result = a_result()
    budget = {"ended": True, "spent": 1.5, "limit": 2.0, "assumed_calls": 0, "assumed": 0.0}
    result.run.snapshot["budget"] = budget  # type: ignore[index]
    seen = checked_evaluation(result)
    assert (seen.outcome, seen.exit_code) == ("undecided", 3)
    assert "budget ended the run" in seen.headline
    assert 'errors="1"' in EVALUATION.text("junit", result)
    assert "::warning title=llmopt (EVAL202" in EVALUATION.text("github", result)


@pytest.mark.parametrize(("report", "status"), REPORTS)
@pytest.mark.parametrize("failed", [0, 2])
def test_an_evaluation_with_its_gate_says_the_same_in_every_format(
    report: GateReport, status: Overall, failed: int
) -> None:
    result = a_result(some_figures(LONG), short_figures(errors=failed), gate=report)
    seen = checked_evaluation(result)
    code = report.exit_code or (3 if failed else 0)
    assert seen.exit_code == code
    root = ET.fromstring(EVALUATION.text("junit", result))  # noqa: S314 - our own
    red = int(root.get("failures", 0)), int(root.get("errors", 0))
    assert (red[0] > 0) == (code == 1)
    assert (sum(red) > 0) == (code != 0)
    (run,) = json.loads(EVALUATION.text("sarif", result))["runs"]
    assert run["invocations"][0]["exitCode"] == code
    assert ("::error " in EVALUATION.text("github", result)) == (code in (1, 2))
    document = json.loads(EVALUATION.text("json", result))
    assert (document["exit_code"], document["outcome"]) == (code, seen.outcome)
    opening = EVALUATION.text("markdown", result).partition("\n")[0]
    assert MARKS[seen.outcome] in opening
    assert MARKS[seen.outcome] in EVALUATION.text("github-comment", result)
    for name in ("markdown", "github-comment", "html"):
        assert headline(report)[:20] in EVALUATION.text(name, result), name


def test_a_finding_stands_where_its_variant_stood() -> None:
    result = a_result()
    result.run.snapshot["places"] = {"mood": {"short": ["prompts/mood.yaml", 9, 3]}}  # type: ignore[index]
    (finding,) = checked_evaluation(result).findings
    assert str(finding.place) == "prompts/mood.yaml:9:3"
    (elsewhere,) = checked_evaluation(a_result()).findings
    assert elsewhere.place is None


@pytest.mark.parametrize("name", [name for name in CI if name != "gitlab"])
def test_every_format_of_ci_says_what_the_embedded_model_is(name: str) -> None:
    assert NOTE in EVALUATION.text(name, a_result())


@pytest.mark.parametrize("name", CI)
def test_a_candidate_to_adopt_is_named_in_every_format(name: str) -> None:
    assert "mood/short: 72%" in EVALUATION.text(name, a_result()).replace("%25", "%")
