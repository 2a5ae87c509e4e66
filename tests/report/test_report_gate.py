"""One verdict, computed once: every format and the exit code say the same."""

import csv
import io
import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from tests.report.sarif_schema import SARIF
from tests.schemas import check

from llmopt.decide.gates import EXIT_CODES, GateReport, GateRow, Overall
from llmopt.domain import Candidate, Finding, Place, Severity
from llmopt.files.limits import KINDS
from llmopt.gate.rules import BY_NAME, RULES
from llmopt.report.gate import GATE, as_table
from llmopt.report.gated import fine_change, headline, rule_of, sentence
from llmopt.stats.interval import Interval

SHORT = Candidate("mood", "short", "acme/one")


def a_row(**changes: Any) -> GateRow:
    row = GateRow(
        "input_tokens",
        SHORT,
        "+0%",
        baseline=31.0,
        actual=31.0,
        status="pass",
        change=0.0,
        place=Place("prompts/mood.yaml", 9, 5),
    )
    return replace(row, **changes)


GROWN = a_row(actual=40.0, status="fail", change=9 / 31)
CLOSE = a_row(actual=32.0, status="warn", change=1 / 31, limit="+2%")
NOISY = a_row(
    name="accuracy",
    limit="-2pt",
    baseline=0.94,
    actual=0.93,
    change=-0.01,
    interval=Interval(-0.04, 0.02),
    status="undecided",
    cases_needed=120,
)


def a_finding(severity: Severity) -> Finding:
    return Finding(BY_NAME["price-changed"], severity, "the price changed", key="acme/one")


REPORTS: list[tuple[GateReport, Overall]] = [
    (GateReport("main", (a_row(),)), "pass"),
    (GateReport("main", (CLOSE, a_row())), "warn"),
    (GateReport("main", (GROWN, CLOSE, a_row())), "fail"),
    (GateReport("main", (NOISY, CLOSE)), "undecided"),
    (GateReport("main", (GROWN, NOISY)), "fail"),
    (GateReport("main", (NOISY, a_row()), on_undecided="pass"), "pass"),
    (GateReport("main", (NOISY, a_row()), on_undecided="fail"), "fail"),
    (GateReport("main", (a_row(),), findings=(a_finding("error"),)), "fail"),
    (GateReport("main", (a_row(),), findings=(a_finding("info"),)), "pass"),
    (GateReport("main", ()), "nothing"),
    (GateReport("main", (), findings=(a_finding("info"),)), "nothing"),
]
WORDS = {"pass": "passed", "warn": "warnings", "fail": "failed", "undecided": "not decided",
         "nothing": "Nothing to compare"}  # fmt: skip
FORMATS = ("json", "markdown", "html", "junit", "sarif", "github", "github-comment", "gitlab")
MARKS = {"pass": "✅", "warn": "⚠️", "fail": "❌", "undecided": "❔", "nothing": "❔"}


@pytest.mark.parametrize(("report", "status"), REPORTS)
def test_every_format_and_the_exit_code_agree(report: GateReport, status: Overall) -> None:
    assert report.status == status
    code = report.exit_code
    told = {name: GATE.text(name, report) for name in FORMATS}
    told["table"] = as_table(report, width=80, color=False)

    document = json.loads(told["json"])
    assert (document["status"], document["exit_code"]) == (status, code)
    for name in ("table", "markdown", "html", "github", "github-comment"):
        assert WORDS[status].lower() in told[name].lower(), name
    for name in ("markdown", "github-comment"):
        assert f"### {MARKS[status]} " in told[name], name

    root = ET.fromstring(told["junit"])  # noqa: S314 - our own
    assert (int(root.get("failures", 0)) > 0) == (code == 1)
    assert (int(root.get("errors", 0)) + int(root.get("failures", 0)) > 0) == (code != 0)

    sarif = json.loads(told["sarif"])
    jsonschema.validate(sarif, SARIF)
    check(sarif, "sarif-2.1.0")
    (run,) = sarif["runs"]
    assert run["invocations"][0]["exitCode"] == code
    assert any(found["level"] == "error" for found in run["results"]) == (code == 1)

    assert ("::error " in told["github"]) == (code in (1, 2))
    majors = [issue for issue in json.loads(told["gitlab"]) if issue["severity"] == "major"]
    assert bool(majors) == (code == 1)
    if code == 3:
        assert "::warning " in told["github"]


def test_exit_codes_are_the_gate_s_own() -> None:
    for report, status in REPORTS:
        assert EXIT_CODES[status] == report.exit_code


def test_every_gate_has_its_rule() -> None:
    assert {rule_of(name) for name in KINDS} <= set(RULES)
    assert rule_of("max_latency_p95").name == "latency"
    assert rule_of("max_cost").name == "cost"


EXPECTED = """\
Input tokens +29% on 1 prompt. Gate failed, 1 of 3 limits exceeded; 1 of 3
limits not decided (against main)

candidate  gate         baseline   now              change limit
──────────────────────────────────────────────────────────────────────────
mood/short input_tokens     31.0  40.0                +29%   +0%      fail
mood/short accuracy        94.0% 93.0% −1.0pt [−4.0, +2.0]  -2pt undecided
mood/short input_tokens     31.0  31.0                  0%   +0%      pass

error: GATE101 input-tokens: mood/short on acme/one: input_tokens 31.0 → 40.0
(+29%), limit +0%
  --> prompts/mood.yaml:9:5
"""


def test_the_gate_s_table_fits_80_columns_worst_first() -> None:
    text = as_table(GateReport("main", (GROWN, NOISY, a_row())), width=80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(EXPECTED)


def test_the_worst_ten_rows_are_shown_and_the_others_counted() -> None:
    good = GateReport("main", (GROWN, *[a_row()] * 30))
    assert "and 21 more that hold" in as_table(good, width=80, color=False)
    bad = as_table(GateReport("main", (GROWN,) * 30), width=80, color=False)
    assert "and 20 more, 20 of them not held" in bad
    assert bad.count(" fail\n") == 10
    assert "and 10 more findings" in bad


def test_long_names_and_many_figures_fit_80_columns_too() -> None:
    long = Candidate(
        "customer-mail-classifier", "compressed-fewshot-v2", "anthropic/claude-haiku-4-5"
    )
    rows = (
        replace(GROWN, candidate=long, baseline=123456.0, actual=234567.0, exact=False, was=SHORT),
        replace(NOISY, candidate=long, name="latency_p95", baseline=200_000.0, actual=300_000.0),
        a_row(name="max_output_tokens", baseline=None, change=None, limit="2000"),
    )
    text = as_table(GateReport("llmopt.baseline.json", rows), width=80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    for shown in ("compressed-", "fewshot-v2", "claude-haiku-4-5", "was short", "fail"):
        assert shown in text


def test_brackets_of_users_are_not_eaten() -> None:
    odd = replace(GROWN, candidate=Candidate("mood", "[bold]v1", "acme/one"))
    assert "[bold]v1" in as_table(GateReport("main", (odd,)), width=100, color=False)


def test_the_headline_says_what_it_costs_a_month_once_a_candidate() -> None:
    rows = (
        replace(GROWN, monthly=41.0),
        replace(GROWN, name="cost", monthly=41.0, baseline=1.0, actual=1.3),
        replace(GROWN, candidate=Candidate("mood", "long", "acme/one"), monthly=9.0),
    )
    assert headline(GateReport("main", rows)) == (
        "Input tokens +29% on 1 prompt: +$50.00 a month. "
        "Gate failed, 3 of 3 limits exceeded (against main)"
    )
    saved = replace(a_row(), monthly=-2.5, actual=20.0, change=-0.35)
    assert headline(GateReport("main", (saved,))).startswith("Monthly cost −$2.50: gate passed")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GROWN, "input_tokens 31.0 → 40.0 (+29%), limit +0%"),
        (
            replace(NOISY, cases_needed=None, reason="too few cases"),
            "accuracy 94.0% → 93.0% (−1.0pt [−4.0, +2.0]), limit -2pt: too few cases",
        ),
        (
            a_row(name="cost", baseline=None, actual=None, change=None, reason="no price is known"),
            "cost unknown, limit +0%: no price is known",
        ),
        (
            a_row(name="latency_p95", baseline=410.0, actual=980.0, change=1.39, limit="+10%"),
            "latency_p95 410ms → 980ms (+139%), limit +10%",
        ),
    ],
)
def test_a_row_as_a_sentence(row: GateRow, said: str) -> None:
    assert sentence(row) == said


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.003, "+0.3%"), (-0.003, "−0.3%"), (0.0001, "+<0.1%"), (0.29, "+29%"),
     (None, "unknown")],
)  # fmt: skip
def test_a_small_change_is_not_written_as_none(share: float | None, text: str) -> None:
    assert fine_change(share) == text


def test_a_gate_s_csv_has_a_row_a_limit_and_its_header_always() -> None:
    rows = list(csv.DictReader(io.StringIO(GATE.text("csv", GateReport("main", (GROWN, NOISY))))))
    assert [row["status"] for row in rows] == ["fail", "undecided"]
    assert rows[1]["change_low"] == "-0.04"
    full, empty = (GATE.text("csv", GateReport("main", rows)) for rows in ((GROWN,), ()))
    assert empty == full.splitlines(keepends=True)[0]


def test_the_comment_says_nothing_changed_only_where_nothing_did() -> None:
    same = GATE.text("github-comment", GateReport("main", (a_row(),)))
    assert "Nothing changed." in same
    moved = a_row(actual=30.0, change=-1 / 31)
    assert "Nothing changed." not in GATE.text("github-comment", GateReport("main", (moved,)))
