import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import Project
from tests.schemas import check

PROJECT = ["llmopt.yaml", "prompts/triage.yaml", "testcases/triage.yaml", "llmopt.baseline.json"]


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


WORKFLOW = "github-workflow"


def test_a_new_project_can_be_evaluated_at_once(empty_project: Project) -> None:
    said = empty_project.llmopt("init")
    assert said.code == 0, said.err
    assert files(empty_project.root) == sorted(PROJECT)
    assert said.out.splitlines() == [f"written  {name}" for name in PROJECT]
    done = empty_project.llmopt("eval", "--format", "json")
    assert done.code == 0, done.err
    assert "warning" not in done.err
    rows = json.loads(done.out)["candidates"]
    assert [row["variant"] for row in rows] == ["friendly", "brief"]
    assert rows[1]["token_saving"] > 0.5


def test_the_commands_to_go_on_with_are_printed(empty_project: Project) -> None:
    said = empty_project.llmopt("init", "apps/my mail")
    *_, cd, first, second, third = said.err.splitlines()
    assert shlex.split(cd) == ["cd", "apps/my mail"]
    assert (first, second, third) == ("  llmopt eval", "  llmopt gate", "  llmopt report")


def test_a_new_project_passes_its_gate_and_a_longer_prompt_does_not(empty_project: Project) -> None:
    empty_project.llmopt("init")
    said = empty_project.llmopt("gate")
    assert said.code == 0, said.err
    prompt = empty_project.root / "prompts" / "triage.yaml"
    prompt.write_text(prompt.read_text().replace("Thank you!", "Thank you very, very much!"))
    assert empty_project.llmopt("gate").code == 1


def test_files_that_do_not_load_get_no_baseline_but_the_way_to_one(empty_project: Project) -> None:
    empty_project.write("prompts/broken.yaml", "prompt: [")
    said = empty_project.llmopt("init")
    assert said.code == 0
    assert not (empty_project.root / "llmopt.baseline.json").exists()
    assert said.err.splitlines()[-2:] == ["  llmopt baseline update", "  llmopt gate"]


def test_gitlab_s_own_file_must_include_the_workflow_and_that_is_said(
    empty_project: Project,
) -> None:
    assert "include: .gitlab/llmopt.yml" in empty_project.llmopt("init", "--ci", "gitlab").err
    assert "include:" not in empty_project.llmopt("init", "--ci", "github").err


def test_what_is_there_is_kept_and_listed(empty_project: Project) -> None:
    own = empty_project.write("llmopt.yaml", "traffic: {}\n")
    said = empty_project.llmopt("init")
    assert said.code == 0
    assert "kept     llmopt.yaml" in said.out
    assert own.read_text() == "traffic: {}\n"
    again = empty_project.llmopt("init", "--format", "json")
    assert {file["state"] for file in json.loads(again.out)["files"]} == {"kept"}


def test_a_file_is_replaced_only_by_name(empty_project: Project) -> None:
    own = empty_project.write("llmopt.yaml", "traffic: {}\n")
    prompt = empty_project.write("prompts/triage.yaml", "mine\n")
    said = empty_project.llmopt("init", "--force", "llmopt.yaml")
    assert "replaced llmopt.yaml" in said.out
    assert "gates:" in own.read_text()
    assert prompt.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--force", "other.yaml"), "init writes no such file"),
        (("taken",), "cannot make the folder"),
        (("--ci", "jenkins"), "jenkins"),
    ],
)
def test_what_cannot_be_done_ends_with_2(
    empty_project: Project, arguments: tuple[str, ...], message: str
) -> None:
    empty_project.write("taken", "")
    said = empty_project.llmopt("init", *arguments)
    assert said.code == 2
    assert message in said.err
    assert files(empty_project.root) == ["taken"]


def test_a_project_inside_another_is_told_of(empty_project: Project) -> None:
    empty_project.llmopt("init")
    assert "inside another project" in empty_project.llmopt("init", "inner").err


@pytest.mark.parametrize("folder", [".", "apps/mail", "apps/it's: #1"])
@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_a_workflow_lies_where_ci_looks_and_stands_in_the_project(
    empty_project: Project, ci: str, folder: str
) -> None:
    (empty_project.root / ".git").mkdir()
    assert empty_project.llmopt("init", folder, "--ci", ci).code == 0
    path = {"github": ".github/workflows/llmopt.yml", "gitlab": ".gitlab/llmopt.yml"}[ci]
    text = (empty_project.root / path).read_text()
    assert "@" not in text.replace("actions/checkout@", "").replace("actions/setup-python@", "")
    workflow: Any = yaml.safe_load(text)
    if ci == "github":
        # YAML 1.1 reads the key `on` as true.
        check({"on" if key is True else key: part for key, part in workflow.items()}, WORKFLOW)
        stands_in = workflow["jobs"]["gate"]["defaults"]["run"]["working-directory"]
    else:
        (line,) = (line for line in workflow["llmopt"]["script"] if line.startswith("cd "))
        stands_in = shlex.split(line)[1]
    assert stands_in == folder
