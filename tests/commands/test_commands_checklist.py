import json
import xml.etree.ElementTree as ET

import pytest
from tests.conftest import Project

CALL = "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"


@pytest.fixture
def app(empty_project: Project) -> Project:
    empty_project.write("app.py", CALL)
    return empty_project


def test_the_table_fits_80_columns_and_shows_boxes_places_and_what_to_mend(app: Project) -> None:
    said = app.llmopt("checklist")
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80
    assert "[ ] INF201 Exact-match cache for repeated requests" in said.out
    assert "app.py:3" in said.out
    assert "What to mend first" in said.out


def test_json_is_what_the_contract_says(app: Project) -> None:
    document = json.loads(app.llmopt("checklist", "--format", "json").out)
    assert list(document) == ["schema_version", "score", "areas", "checks", "opportunities"]
    assert len(document["checks"]) == 46
    check = next(one for one in document["checks"] if one["code"] == "INF201")
    assert list(check) == [
        "code", "title", "area", "goal", "outcome", "weight", "evidence", "saving", "effort",
        "remedy",
    ]  # fmt: skip
    assert (check["area"], check["goal"], check["outcome"]) == ("inference", "caching", "fail")
    assert check["evidence"][0] == {"file": "app.py", "line": 3, "fact": "an uncached call"}
    assert check["saving"]["dollars_per_month"] is None
    assert "INF201" in document["opportunities"]


def test_a_score_below_the_threshold_fails(app: Project) -> None:
    assert app.llmopt("checklist", "--fail-under", "99").code == 1
    assert app.llmopt("checklist", "--fail-under", "1").code == 0


def test_markdown_has_boxes(app: Project) -> None:
    out = app.llmopt("checklist", "--format", "markdown").out
    assert "- [ ] **INF201**" in out
    assert "- [x] **ARC201**" in out


def test_files_are_written_by_their_ending(app: Project) -> None:
    names = ["audit.html", "audit.sarif", "audit.xml", "audit.md", "audit.json"]
    said = app.llmopt("checklist", *(part for name in names for part in ("-o", name)))
    assert said.code == 0
    assert (app.root / "audit.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    sarif = json.loads((app.root / "audit.sarif").read_text(encoding="utf-8"))
    found = {result["ruleId"]: result for result in sarif["runs"][0]["results"]}
    place = found["INF201"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app.py"
    assert place["region"]["startLine"] == 3
    suites = ET.fromstring((app.root / "audit.xml").read_text(encoding="utf-8"))  # noqa: S314 - ours
    assert len(list(suites.iter("testcase"))) == 46


def test_a_page_runs_nothing_of_what_it_shows(app: Project) -> None:
    app.write("<script>alert(1)</script>.py", CALL)
    page = app.llmopt("checklist", "--format", "html").out
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_explain_tells_all_and_audits_nothing(app: Project) -> None:
    said = app.llmopt("checklist", "--explain", "INF201")
    assert said.code == 0
    assert said.out.startswith("INF201 exact-match-cache")
    assert "Serving: exact caches" in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert not (app.root / ".llmopt").exists()


def test_parts_are_asked_for_by_area_and_code(app: Project) -> None:
    said = app.llmopt("checklist", "--area", "INF", "--skip", "INF3", "--format", "json")
    found = [check["code"][:4] for check in json.loads(said.out)["checks"]]
    assert set(found) == {"INF1", "INF2"}


def test_changes_since_the_last_audit_are_told(app: Project) -> None:
    app.llmopt("checklist")
    app.write("app.py", "from functools import cache\n" + CALL.replace("def", "@cache\ndef"))
    said = app.llmopt("checklist", "--diff", "latest")
    assert "INF201 Exact-match cache for repeated requests: fail → pass" in said.out


def test_another_project_is_audited_by_its_folder(app: Project) -> None:
    app.write("sub/app.py", CALL)
    said = app.llmopt("checklist", "sub", "--no-keep", "--format", "json")
    check = next(one for one in json.loads(said.out)["checks"] if one["code"] == "INF201")
    assert [evidence["file"] for evidence in check["evidence"]] == ["app.py", None]
    assert not (app.root / "sub" / ".llmopt").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "'nowhere' is no folder"),
        (["--explain", "XYZ123"], "there is no check 'XYZ123'"),
        (["--explain", "INF2"], "stands for several checks"),
        (["--area", "money"], "there is no area 'money'"),
        (["--diff", "latest"], "there is no audit 'latest'"),
        (["--new-only"], "no baseline of findings"),
        (["--fail-under", "101"], "--fail-under"),
        (["-o", "audit.csv"], "cannot tell the format"),
    ],
)
def test_what_cannot_be_done_is_told(app: Project, arguments: list[str], told: str) -> None:
    said = app.llmopt("checklist", *arguments)
    assert said.code == 2
    assert told in said.err


def test_names_with_brackets_are_shown_as_they_are(app: Project) -> None:
    app.write("[red]/x.py", CALL)
    assert "[red]/x.py:3" in app.llmopt("checklist").out


def test_a_wrong_configuration_is_told_with_its_place(app: Project) -> None:
    app.write("llmopt.yaml", "checklist:\n  INF201: {status: done}\n")
    said = app.llmopt("checklist", "--format", "json")
    assert said.code == 2
    assert "key 'reason' is missing" in said.err
    assert json.loads(said.out)["error"]["problems"][0]["line"] == 2


def test_a_configuration_for_the_audit_alone_is_no_problem(app: Project) -> None:
    app.write("llmopt.yaml", "checklist:\n  INF201: {status: done, reason: a gateway}\n")
    said = app.llmopt("checklist")
    assert (said.code, said.err) == (0, "")
    assert "[x] INF201" in said.out


def test_broken_prompts_are_noted_and_the_audit_goes_on(project: Project) -> None:
    project.write("prompts/bad.yaml", "prompt: bad\nvariants: 3\n")
    said = project.llmopt("checklist")
    assert said.code == 0
    assert "note: prompts/bad.yaml:2" in said.err
