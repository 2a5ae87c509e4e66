import json
import os
import sqlite3
from pathlib import Path

import pytest
from tests.conftest import Project, Said

from llmopt.api.doctor import Screen, examine

SECRET = "sk-this-is-nobody-s-business"


def told(project: Project, *, code: int = 0) -> dict[str, list[tuple[str, str]]]:
    """The lines by area."""
    said: Said = project.llmopt("doctor", "--format", "json")
    assert said.code == code, said.out
    found: dict[str, list[tuple[str, str]]] = {}
    for check in json.loads(said.out)["checks"]:
        found.setdefault(check["area"], []).append((check["status"], check["message"]))
    return found


def test_a_sound_project_is_ok_and_ends_with_0(project: Project) -> None:
    lines = told(project)
    assert lines["files"] == [("ok", "prompts: 1, cases: 4, errors: 0, warnings: 0")]
    assert lines["model"] == [("ok", "embedded/rules: answers inside llmopt, no key needed")]
    assert "defaults hold" in lines["config"][0][1]
    assert "not there yet" in lines["runs"][0][1]


def test_the_baseline_is_read_and_what_is_wrong_with_it_is_told(project: Project) -> None:
    assert "not there yet" in told(project)["baseline"][0][1]
    assert project.llmopt("baseline", "update").code == 0
    status, message = told(project)["baseline"][0]
    assert status == "ok"
    assert message.endswith("llmopt.baseline.json: candidates: 2")
    project.write("llmopt.baseline.json", "<<<<<<< ours\n{}\n")
    assert told(project, code=2)["baseline"] == [
        ("error", "llmopt.baseline.json:1:1: a merge conflict stands in this file")
    ]
    (project.root / "llmopt.baseline.json").unlink()
    (project.root / "llmopt.baseline.json").mkdir()
    assert "not a regular file" in told(project, code=2)["baseline"][0][1]


def test_without_git_it_is_git_that_is_missed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project.root))
    assert told(project)["git"] == [("warning", "git is not installed, or not in PATH")]


def test_looking_makes_no_files(project: Project) -> None:
    project.llmopt("doctor")
    assert sorted(path.name for path in project.root.iterdir()) == ["prompts", "testcases"]


def test_it_says_which_configuration_is_read_from_a_folder_below(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("llmopt.yaml", "traffic: {mood: 5/day}\n")
    inner = project.root / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert told(project)["config"] == [("ok", str(project.root / "llmopt.yaml"))]


@pytest.mark.parametrize("name", ["llmopt.yml", ".llmopt.yaml", "inner/llmopt.yaml"])
def test_a_configuration_that_is_not_found_is_pointed_at(project: Project, name: str) -> None:
    project.write(name, "traffic: {}\n")
    assert ("warning", f"{project.root / name} is not read") in told(project)["config"]


def test_a_configuration_that_is_not_there_is_an_error(project: Project) -> None:
    said = project.llmopt("doctor", "--config", "no.yaml")
    assert said.code == 2
    assert "there is no file no.yaml" in said.out


def test_problems_in_files_are_errors(project: Project) -> None:
    project.write("llmopt.yaml", "modles: []\n")
    lines = told(project, code=2)
    assert lines["files"][0] == ("error", "prompts: 1, cases: 4, errors: 1, warnings: 0")
    assert "llmopt.yaml:1:1: unknown key 'modles'" in lines["files"][1][1]


def test_keys_are_looked_for_and_never_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    project.write("llmopt.yaml", "models: [openai/gpt-5-mini, anthropic/claude-haiku-4-5]\n")
    lines = told(project)["model"]
    assert lines[0] == ("ok", "openai/gpt-5-mini: key in OPENAI_API_KEY, at api.openai.com")
    assert lines[1][0] == "warning"
    assert "ANTHROPIC_API_KEY is not set" in lines[1][1]
    said = project.llmopt("doctor")
    assert SECRET not in said.out + said.err


@pytest.mark.parametrize("model", ["recorded/no.jsonl", "embedded/no"])
def test_a_model_that_cannot_be_is_an_error(project: Project, model: str) -> None:
    project.write("llmopt.yaml", f"models: [{model}]\n")
    assert told(project, code=2)["model"][0][0] == "error"


def test_a_provider_that_does_not_exist_is_no_embedded_model(project: Project) -> None:
    project.write("llmopt.yaml", "models: [opnai/x]\n")
    lines = told(project, code=2)
    assert "there is no provider 'opnai'" in lines["files"][1][1]
    assert "model" not in lines


def test_a_store_that_cannot_be_read_is_an_error(project: Project) -> None:
    project.llmopt("eval", "-q")
    assert told(project)["runs"][0][0] == "ok"
    with sqlite3.connect(project.root / ".llmopt" / "runs.db") as store:
        store.execute("PRAGMA user_version = 99")
    store.close()
    (line,) = told(project, code=2)["runs"]
    assert "newer llmopt" in line[1]


def test_a_folder_that_cannot_be_written_is_an_error(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert told(project, code=2)["runs"][0][0] == "error"


@pytest.mark.parametrize("there", ["file", "loop"])
def test_what_stands_where_the_folder_of_the_store_belongs_is_an_error(
    project: Project, there: str
) -> None:
    folder = project.root / ".llmopt"
    if there == "loop":
        folder.symlink_to(folder)
    else:
        folder.write_text("")
    lines = told(project, code=2)
    for area in ("runs", "cache"):
        assert lines[area][0][0] == "error"
        assert lines[area][0][1].endswith(".llmopt is no folder")
    for command in ("cache stats", "cache clear", "cache prune --older-than 1d", "runs list"):
        said = project.llmopt(*command.split())
        assert said.code == 2
        assert ".llmopt is no folder" in said.err


def test_it_fits_80_columns_with_long_paths(project: Project) -> None:
    inner = project.root / ("x" * 100)
    inner.mkdir()
    (inner / "llmopt.yaml").write_text("")
    said = project.llmopt("doctor")
    assert max(map(len, said.out.splitlines())) <= 80
    assert said.out.startswith("ok       llmopt    ")


def test_a_terminal_without_unicode_is_pointed_at(project: Project) -> None:
    screen = Screen(width=80, color=False, live=False, encoding="ascii")
    lines = examine(Path.cwd(), screen=screen, environ={})
    assert [line.hint for line in lines if line.area == "terminal"] == [None, "set PYTHONUTF8=1"]
