from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MOOD_CASES, MOOD_PROMPT, Project

from llmopt.errors import MissingError, UsageError
from llmopt.gate.revision import suite_at

CONFIG = "models: [openai/gpt-4o]\n"
GROWN = MOOD_PROMPT.replace("Answer with one word.", "Be brief and answer with just one word.")


def git(folder: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *settings, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def versioned(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    project.write("llmopt.yaml", CONFIG)
    git(project.root, "init", "-q", "-b", "main")
    commit(project.root)
    return project


def against(project: Project, ref: str, *flags: str) -> tuple[int, dict[str, Any]]:
    said = project.llmopt("gate", "--against", ref, "--format", "json", *flags)
    document: dict[str, Any] = json.loads(said.out)
    return said.code, document


def test_against_a_revision_no_hint_speaks_of_a_baseline_file(versioned: Project) -> None:
    assert versioned.llmopt("baseline", "update").code == 0
    versioned.write("prompts/mood.yaml", GROWN)
    committed = "`llmopt baseline update`"
    assert committed in versioned.llmopt("gate").out
    said = versioned.llmopt("gate", "--against", "HEAD")
    assert (said.code, committed in said.out) == (1, False)
    assert "hint: Every call carries the input." in said.out


def test_the_work_tree_is_held_against_a_revision_and_left_alone(versioned: Project) -> None:
    assert against(versioned, "main")[0] == 0
    versioned.write("prompts/mood.yaml", GROWN)
    before = git(versioned.root, "status", "--porcelain")
    code, document = against(versioned, "HEAD")
    assert (code, document["against"]) == (1, "HEAD")
    assert git(versioned.root, "status", "--porcelain") == before
    assert git(versioned.root, "worktree", "list").count("\n") == 0


def test_changed_cases_are_compared_where_both_have_them(versioned: Project) -> None:
    more = MOOD_CASES + '  - {id: long, vars: {text: "' + "very " * 50 + '"}, expect: neutral}\n'
    versioned.write("testcases/mood.yaml", more)
    code, document = against(versioned, "main")
    assert code == 0
    assert {row["change"] for row in document["gates"]} == {0.0}
    (finding,) = document["findings"]
    assert finding["code"] == "GATE132"
    assert "compared on the 4 that both have" in finding["message"]
    versioned.write("prompts/mood.yaml", GROWN)
    assert against(versioned, "main")[0] == 1


def test_without_a_common_case_nothing_is_passed_in_silence(versioned: Project) -> None:
    versioned.write("testcases/mood.yaml", MOOD_CASES.replace("{id: ", "{id: other-"))
    versioned.write("prompts/mood.yaml", GROWN)
    code, document = against(versioned, "main")
    assert code == 3
    assert {row["reason"] for row in document["gates"]} == {"not comparable: the cases changed"}


def test_a_project_in_a_folder_of_its_repository_is_found(versioned: Project) -> None:
    inner = versioned.root / "apps/one"
    inner.mkdir(parents=True)
    for name in ("prompts", "testcases", "llmopt.yaml"):
        (versioned.root / name).rename(inner / name)
    commit(versioned.root)
    with suite_at("HEAD", inner) as suite:
        assert list(suite.prompts) == ["mood"]
        assert len(suite.cases["mood"]) == 4
    with pytest.raises(MissingError, match="no project"), suite_at("HEAD~1", inner):
        pass  # pragma: no cover


@pytest.mark.parametrize(
    "ref", ["--output=/tmp/x", "-h", "a b", "main;ls", "main..HEAD", ":prompts", "", "a\nb", "$(x)"]
)
def test_a_ref_that_is_no_name_is_refused_before_git_sees_it(versioned: Project, ref: str) -> None:
    with pytest.raises(UsageError), suite_at(ref, versioned.root):
        pass  # pragma: no cover


def test_an_unknown_ref_and_a_shallow_clone_are_explained(
    versioned: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(MissingError, match="no revision 'gone'"), suite_at("gone", versioned.root):
        pass  # pragma: no cover
    first = git(versioned.root, "rev-parse", "HEAD")
    versioned.write("prompts/mood.yaml", GROWN)
    commit(versioned.root)
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(versioned.root, "clone", "-q", "--depth", "1", versioned.root.as_uri(), str(clone))
    with pytest.raises(MissingError) as missing, suite_at(first, clone):
        pass  # pragma: no cover
    assert "shallow" in str(missing.value.hint)
    with suite_at("HEAD", clone) as suite:
        assert suite.prompts["mood"].baseline == "long"


def test_outside_a_repository_the_file_is_recommended(project: Project) -> None:
    said = project.llmopt("gate", "--against", "main")
    assert said.code == 2
    assert "git finds no repository at" in said.err
    assert "not a git repository" in said.err


def test_without_git_it_is_git_that_is_missed(
    versioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(versioned.root))
    with (
        pytest.raises(MissingError, match="there is no git here"),
        suite_at("HEAD", versioned.root),
    ):
        pass  # pragma: no cover


def test_a_repository_that_git_does_not_trust_is_told_as_that(
    versioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(MissingError, match="dubious ownership") as missing:  # noqa: SIM117
        with suite_at("HEAD", versioned.root):
            pass  # pragma: no cover
    assert "safe.directory" in str(missing.value.hint)


@pytest.mark.parametrize(
    ("ref", "way"),
    [
        ("origin/main", "git fetch --depth 1 origin main"),
        ("v1.2", "git fetch --depth 1 origin v1.2"),
        ("HEAD~9", "git fetch --unshallow"),
        ("@~9", "git fetch --unshallow"),
    ],
)
def test_the_way_to_fetch_fits_what_was_asked_for(
    versioned: Project, tmp_path_factory: pytest.TempPathFactory, ref: str, way: str
) -> None:
    versioned.write("prompts/mood.yaml", GROWN)
    commit(versioned.root)
    clone = tmp_path_factory.mktemp("clone") / "c"
    git(versioned.root, "clone", "-q", "--depth", "1", versioned.root.as_uri(), str(clone))
    if ref.startswith("origin/"):
        git(clone, "update-ref", "-d", f"refs/remotes/{ref}")
    with pytest.raises(MissingError) as missing, suite_at(ref, clone):
        pass  # pragma: no cover
    assert way in str(missing.value.hint)


@pytest.mark.parametrize("name", ["größer", "a+b#c"])
def test_a_branch_is_found_under_any_letters(versioned: Project, name: str) -> None:
    git(versioned.root, "branch", name)
    with suite_at(name, versioned.root) as suite:
        assert list(suite.prompts) == ["mood"]


def test_a_folder_named_like_a_pattern_of_git_is_taken_by_its_name(versioned: Project) -> None:
    inner = versioned.root / ":(top)" / "[x]*"
    inner.mkdir(parents=True)
    for name in ("prompts", "testcases", "llmopt.yaml"):
        (versioned.root / name).rename(inner / name)
    commit(versioned.root)
    with suite_at("HEAD", inner) as suite:
        assert list(suite.prompts) == ["mood"]


def test_errors_of_the_other_tree_are_told_as_its_own(versioned: Project) -> None:
    versioned.write("prompts/mood.yaml", MOOD_PROMPT.replace("baseline:", "baselyne:"))
    commit(versioned.root)
    versioned.write("prompts/mood.yaml", MOOD_PROMPT)
    said = versioned.llmopt("gate", "--against", "HEAD")
    assert said.code == 2
    assert "--> HEAD:prompts/mood.yaml:3:1" in said.err


def test_links_and_files_of_other_kinds_are_not_written(versioned: Project, tmp_path: Path) -> None:
    (versioned.root / "prompts/link.yaml").symlink_to("/etc/hostname")
    versioned.write("scorer.py", "raise SystemExit\n")
    commit(versioned.root)
    with suite_at("HEAD", versioned.root) as suite:
        there = sorted(path.name for path in suite.root.rglob("*") if path.is_file())
    assert there == ["llmopt.yaml", "mood.yaml", "mood.yaml"]


def test_two_answers_to_one_question_are_refused(versioned: Project) -> None:
    said = versioned.llmopt("gate", "--against", "main", "--baseline", "x.json")
    assert said.code == 2
