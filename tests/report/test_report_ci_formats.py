import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.checking import DEARER, NASTY, ODD, a_check, a_finding, checked
from tests.report.sarif_schema import SARIF
from tests.schemas import check

from llmopt.domain import Finding, Place
from llmopt.report import github, markdown
from llmopt.report.checked import Checked, Outcome, Table, in_folder
from llmopt.report.github import as_annotations, as_comment, as_summary
from llmopt.report.gitlab import as_gitlab
from llmopt.report.junit import as_junit
from llmopt.report.sarif import as_sarif

OUTCOMES: tuple[Outcome, ...] = ("pass", "warn", "fail", "undecided", "skipped")


def sarif_run(of: Checked) -> Any:
    document = json.loads(as_sarif(of))
    jsonschema.validate(document, SARIF, format_checker=jsonschema.FormatChecker())
    check(document, "sarif-2.1.0")
    return document["runs"][0]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_sarif_follows_the_schema(outcome: Outcome) -> None:
    run = sarif_run(checked(outcome))
    assert run["invocations"][0]["exitCode"] == checked(outcome).exit_code
    assert run["properties"]["outcome"] == outcome


def test_a_key_that_sarif_does_not_know_would_be_noticed() -> None:
    document = json.loads(as_sarif(checked()))
    document["runs"][0]["results"][0]["severity"] = "error"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SARIF)


def test_a_sarif_result_names_its_rule_its_place_and_how_to_mend_it() -> None:
    (result,) = sarif_run(checked())["results"]
    assert result["ruleId"] == "GATE101"
    assert result["level"] == "error"
    assert "Fix: take the second example out" in result["message"]["text"]
    assert "Saves about $31.00, 1,200 tokens a month (at 40,000" in result["message"]["text"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "prompts/mood.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 3},
    }
    (related,) = result["relatedLocations"]
    assert related["message"] == {"text": "measured here"}


def test_sarif_lists_each_rule_once_and_results_point_to_theirs() -> None:
    other = a_finding(rule=ODD, severity="warning", key="x")
    run = sarif_run(checked(findings=(other, a_finding(), a_finding(key="y"))))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["GATE101", "GATE102"]
    assert [rules[found["ruleIndex"]]["id"] for found in run["results"]] == [
        found["ruleId"] for found in run["results"]
    ]


def test_a_finding_on_the_whole_project_points_to_its_configuration() -> None:
    whole = checked(findings=(a_finding(place=None),))
    (result,) = sarif_run(whole)["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "llmopt.yaml"
    assert physical["region"]["startLine"] == 1
    assert "file=llmopt.yaml,line=1" in as_annotations(whole)
    assert json.loads(as_gitlab(whole))[0]["location"]["path"] == "llmopt.yaml"


def test_places_begin_at_the_repository_in_every_format() -> None:
    seen = in_folder(checked(checks=(a_check(place=Place("prompts/mood.yaml", 7, 3)),)), "apps/ai")
    path = "apps/ai/prompts/mood.yaml"
    for text in (as_sarif(seen), as_annotations(seen), as_gitlab(seen), as_junit(seen)):
        assert path in text
    assert path in as_comment(seen)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("prompts/häs sp.yaml", "prompts/h%C3%A4s%20sp.yaml"),
        ("a:b.yaml", "a%3Ab.yaml"),
        ("/elsewhere/x.yaml", "file:///elsewhere/x.yaml"),
        ("../x.yaml", "../x.yaml"),
    ],
)
def test_sarif_writes_files_as_addresses(file: str, uri: str) -> None:
    (result,) = sarif_run(checked(findings=(a_finding(place=Place(file, 1, 1)),)))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def prints(of: Finding) -> set[str]:
    """The finding's fingerprints in the formats that have one."""
    (result,) = sarif_run(checked(findings=(of,)))["results"]
    (issue,) = json.loads(as_gitlab(checked(findings=(of,))))
    return {result["partialFingerprints"]["llmoptKey/v1"], issue["fingerprint"]}


def test_a_fingerprint_survives_moved_lines_and_new_figures_but_no_other_finding() -> None:
    own = prints(a_finding())
    assert len(own) == 1
    moved = a_finding(place=Place("prompts/mood.yaml", 99, 1), message="31 → 44", severity="info")
    assert prints(moved) == own
    assert not prints(a_finding(key="mood/other/acme/one")) & own
    assert not prints(a_finding(rule=ODD)) & own
    assert not prints(a_finding(place=Place("prompts/joy.yaml", 7, 3))) & own


def junit(of: Checked) -> ET.Element:
    return ET.fromstring(as_junit(of))  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [("fail", "failure"), ("undecided", "error"), ("skipped", "skipped"), ("pass", "system-out"),
     ("warn", "system-out")],
)  # fmt: skip
def test_a_check_is_a_junit_case_with_its_outcome(outcome: Outcome, tag: str) -> None:
    (case,) = junit(checked(outcome)).iter("testcase")
    assert case.get("name") == "short on acme/one: input_tokens"
    assert case.get("classname") == "llmopt.gate.mood"
    assert [inner.tag for inner in case] == [tag]


def test_junit_counts_what_it_holds() -> None:
    root = junit(checked(checks=tuple(a_check(outcome=o, name=o) for o in OUTCOMES)))
    for element in (root, root[0]):
        counts = [element.get(name) for name in ("tests", "failures", "errors", "skipped")]
        assert counts == ["5", "1", "1", "1"]


def test_without_checks_junit_has_one_passing_case() -> None:
    (case,) = junit(checked("pass", checks=())).iter("testcase")
    assert [inner.tag for inner in case] == ["system-out"]


@pytest.mark.parametrize(("outcome", "tag"), [("fail", "failure"), ("undecided", "error")])
def test_what_no_single_check_says_junit_says_of_the_whole(outcome: Outcome, tag: str) -> None:
    cases = list(junit(checked(outcome, checks=(a_check(),))).iter("testcase"))
    assert [[inner.tag for inner in case] for case in cases] == [["system-out"], [tag]]


def test_equal_names_are_told_apart_in_junit() -> None:
    cases = junit(checked("pass", checks=(a_check(), a_check()))).iter("testcase")
    assert len({case.get("name") for case in cases}) == 2


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_makes_well_formed_xml_and_json(text: str) -> None:
    nasty = checked(
        headline=text,
        checks=(a_check(name=text, group=text, said=text, outcome="fail"),),
        findings=(a_finding(message=text, key=text),),
    )
    assert len(list(junit(nasty).iter("testcase"))) == 1
    json.loads(as_gitlab(nasty))
    json.loads(as_sarif(nasty))


def commands(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("::")]


def test_an_annotation_is_written_as_the_runner_reads_it() -> None:
    found = a_finding(message="50% more:\na, b", saving=None, fix=None, evidence=())
    (line,) = commands(as_annotations(checked(findings=(found,))))
    assert line == (
        "::error title=llmopt (GATE101 more-input-tokens),file=prompts/mood.yaml,line=7,"
        "endLine=7,col=3::50%25 more:%0Aa, b"
    )


def test_properties_of_an_annotation_escape_colons_and_commas() -> None:
    found = a_finding(place=Place("a:b,c%.yaml", 1, 1))
    (line,) = commands(as_annotations(checked(findings=(found,))))
    assert ",file=a%3Ab%2Cc%25.yaml,line=1," in line


def test_ten_annotations_a_severity_the_worst_first_then_how_many_more() -> None:
    many = [a_finding(severity="warning", key=str(i)) for i in range(12)]
    many += [a_finding(key=str(i)) for i in range(11)]
    text = as_annotations(checked(findings=tuple(many)))
    found = commands(text)
    assert [line.split(" ")[0] for line in found] == ["::error"] * 10 + ["::warning"] * 10
    assert "1 more error in the summary" in text
    assert "2 more warnings in the summary" in text


def test_a_user_s_text_starts_no_workflow_command() -> None:
    found = a_finding(message=NASTY)
    text = as_annotations(checked(headline="::stop-commands::x", findings=(found,)))
    assert len(commands(text)) == 1
    assert len(text.splitlines()) == 2


def test_markdown_shows_a_user_s_text_as_it_stands() -> None:
    shown = markdown.escape(NASTY)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[|`*]", shown)
    assert "<b>" not in shown
    assert github.TAG not in shown
    assert "@everyone" not in shown
    assert markdown.escape("input_tokens of _x_") == r"input_tokens of \_x\_"
    assert markdown.escape("1. x") == r"1\. x"
    assert markdown.escape("# x") == r"\# x"


def test_the_comment_opens_with_its_tag_and_the_headline() -> None:
    lines = as_comment(checked()).splitlines()
    assert lines[0] == "<!-- llmopt -->"
    assert lines[1] == "### ❌ Monthly cost +$41 (+12%): 1 prompt grew"
    assert "| candidate | before | after |" in lines
    assert "| --- | ---: | ---: |" in lines
    assert "<details><summary>Details</summary>" in lines


def test_the_comment_has_ten_rows_and_the_others_folded() -> None:
    rows = tuple((f"v{i}", "1", "2") for i in range(14))
    text = as_comment(checked(table=Table(("candidate", "before", "after"), rows)))
    shown, _, folded = text.partition("<details>")
    assert shown.count("| v") == 10
    assert "4 more rows not shown." in shown
    assert folded.count("| v") == 14


def test_the_comment_says_when_nothing_changed() -> None:
    text = as_comment(checked("pass", changed=False))
    assert "Nothing changed." in text
    assert "|" not in text
    assert "Nothing changed." not in as_comment(checked("warn", changed=False))


def test_the_comment_and_the_summary_stay_under_github_s_limits() -> None:
    long = tuple(a_finding(message="ä" * 2000, key=str(i)) for i in range(900))
    rows = tuple(("x" * 9000, "1", "2") for _ in range(12))
    huge = checked(findings=long, table=Table(("candidate", "before", "after"), rows))
    comment = as_comment(huge)
    assert len(comment.encode()) < 64 * 1024
    assert comment.endswith("</details>\n")
    assert "The rest is left out" in comment
    assert 900_000 < len(as_summary(huge).encode()) < 1024 * 1024
    assert len(as_summary(huge, room=5000).encode()) <= 5000
    assert as_summary(checked()).count("The rest is left out") == 0


def test_gitlab_names_the_rule_the_place_and_a_severity_it_knows() -> None:
    (issue,) = json.loads(as_gitlab(checked()))
    assert issue["check_name"] == DEARER.code
    assert issue["severity"] == "major"
    assert issue["location"] == {"path": "prompts/mood.yaml", "lines": {"begin": 7}}
    assert json.loads(as_gitlab(checked("pass"))) == []


@pytest.mark.parametrize("write", [as_sarif, as_junit, as_annotations, as_comment, as_summary])
def test_what_stands_beside_the_figures_is_in_every_format(write: Callable[[Checked], str]) -> None:
    assert "no language model" in write(checked("warn", caveats=("x is no language model",)))
