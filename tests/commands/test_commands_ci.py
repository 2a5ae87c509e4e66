import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from tests.conftest import Project
from tests.report.sarif_schema import SARIF
from tests.schemas import check


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


def test_one_run_writes_every_format(project: Project) -> None:
    said = project.llmopt(
        *("eval", "-q", "--format", "github", "-o", "r.xml", "-o", "r.sarif"),
        *("-o", "gitlab:g.json", "-o", "github-comment:c.md"),
    )
    assert said.code == 0, said.err
    assert "::notice title=llmopt (EVAL102 undecided-candidate),file=prompts/mood.yaml" in said.out
    cases = list(ET.parse(project.root / "r.xml").iter("testcase"))  # noqa: S314 - our own
    assert [case.get("name") for case in cases] == [
        "long on embedded/rules",
        "short on embedded/rules",
    ]
    (run,) = json.loads((project.root / "r.sarif").read_text())["runs"]
    assert run["invocations"][0]["exitCode"] == said.code
    (issue,) = json.loads((project.root / "g.json").read_text())
    assert issue["location"]["path"] == "prompts/mood.yaml"
    assert (project.root / "c.md").read_text().startswith("<!-- llmopt -->\n")


def test_the_exit_code_of_an_evaluation_is_that_of_its_reports(project: Project) -> None:
    project.llmopt("eval", "-q", "--limit", "2", "--record", "two.jsonl")
    said = project.llmopt("eval", "-q", "-m", "recorded/two.jsonl", "-o", "r.xml", "-o", "r.sarif")
    assert said.code == 3
    assert ET.parse(project.root / "r.xml").getroot().get("errors") == "2"  # noqa: S314 - our own
    (run,) = json.loads((project.root / "r.sarif").read_text())["runs"]
    assert run["invocations"][0]["exitCode"] == 3


def test_github_s_summary_is_appended_to_and_by_that_format_alone(
    project: Project, summary: Path
) -> None:
    summary.write_text("before\n")
    project.llmopt("eval", "-q")
    assert summary.read_text() == "before\n"
    project.llmopt("eval", "-q", "--format", "github")
    assert summary.read_text().startswith("before\n### ➖ Candidates: 1 not decided\n")


def test_a_full_summary_is_left_as_it_is(project: Project, summary: Path) -> None:
    summary.write_text("x" * 1024 * 1024)
    assert project.llmopt("eval", "-q", "--format", "github").code == 0
    assert summary.stat().st_size == 1024 * 1024


def test_in_a_repository_files_are_named_from_its_root(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / ".git").mkdir()
    inner = project.root / "apps" / "mood"
    inner.mkdir(parents=True)
    for name in ("prompts", "testcases"):
        (project.root / name).rename(inner / name)
    monkeypatch.chdir(inner)
    for command in (("eval", "-q"), ("runs", "show")):
        assert (
            "file=apps/mood/prompts/mood.yaml" in project.llmopt(*command, "--format", "github").out
        )


def test_problems_of_files_are_annotations_at_their_lines(project: Project) -> None:
    project.write("llmopt.yaml", "modles: []\ntraffic: {mood: 5}\n")
    said = project.llmopt("gate", "--format", "github")
    assert said.code == 2
    lines = said.out.splitlines()
    assert lines[0].startswith("::error title=llmopt,file=llmopt.yaml,line=1,col=1::unknown key")
    assert lines[1].startswith("::error title=llmopt,file=llmopt.yaml,line=2,col=17::traffic")
    assert len(lines) == 2


def test_any_other_error_is_an_annotation_too(project: Project) -> None:
    said = project.llmopt("gate", "--format=github")
    assert said.code == 2
    assert said.out == (
        "::error title=llmopt::there is no baseline file llmopt.baseline.json "
        "(`llmopt baseline update` makes one; commit it)\n"
    )
    assert project.llmopt("gate").out == ""


def test_an_audit_of_a_folder_names_files_from_the_repository(empty_project: Project) -> None:
    (empty_project.root / ".git").mkdir()
    call = 'import openai\nopenai.OpenAI().chat.completions.create(model="gpt-5", messages=[])\n'
    empty_project.write("service/app.py", call)
    said = empty_project.llmopt("checklist", "service", "-q", "--no-keep", "--format", "sarif")
    (run,) = json.loads(said.out)["runs"]
    jsonschema.validate(json.loads(said.out), SARIF)
    check(json.loads(said.out), "sarif-2.1.0")
    assert run["invocations"][0]["exitCode"] == said.code
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} <= {
        "service/app.py",
        "service/llmopt.yaml",
    }
    assert "service/app.py" in said.out
