"""The action and the pre-commit hook as data, and the action's scripts as a runner runs them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.conftest import Project
from tests.docs import pages
from tests.docs.test_docs_examples import parse
from tests.schemas import check

HERE = Path(__file__).parent.parent.parent
ACTION: Any = yaml.safe_load((HERE / "action.yml").read_text(encoding="utf-8"))
WORKFLOW = "cli/llmopt/api/scaffold/ci/github.yml"
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
TAGGED = "<!-- llmopt -->\n### it\n"


def uses(node: object) -> Iterator[str]:
    """Every action that a document names, in whatever depth."""
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "uses")
        for value in node.values():
            yield from uses(value)
    elif isinstance(node, list):
        for value in node:
            yield from uses(value)


def workflow() -> object:
    """The workflow that `llmopt init` writes."""
    return yaml.safe_load((HERE / WORKFLOW).read_text(encoding="utf-8").replace("@FOLDER@", "."))


def test_the_action_is_what_github_takes_for_one() -> None:
    check(ACTION, "github-action")


def test_every_action_is_pinned_to_a_commit() -> None:
    named = [*uses(ACTION), *uses(workflow())]
    assert len(named) == 3
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name) for name in named)


def test_no_script_holds_an_expression() -> None:
    scripts = [step["run"] for step in STEPS.values() if "run" in step]
    assert len(scripts) == 3
    assert not [script for script in scripts if "${{" in script]


def test_every_input_is_described_and_used() -> None:
    text = (HERE / "action.yml").read_text(encoding="utf-8")
    for name, entry in ACTION["inputs"].items():
        assert entry["description"]
        assert f"inputs.{name}" in text


def test_the_hook_runs_a_gate_and_looks_at_the_files_that_matter() -> None:
    (hook,) = yaml.safe_load((HERE / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["entry"], hook["pass_filenames"]) == ("llmopt gate", False)
    matching = re.compile(hook["files"])
    for path in (
        "llmopt.yaml",
        "prompts/a/b.yaml",
        "apps/x/testcases/c.csv",
        "llmopt.baseline.json",
    ):
        assert matching.search(path), path
    assert not matching.search("src/app.py")


class Ran(NamedTuple):
    code: int
    out: str
    calls: list[list[str]]
    """What was called, each with its arguments."""


class Runner:
    """A folder that looks to a step like a runner's: fakes of the programs it calls come first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root / "calls"
        (root / "bin").mkdir()

    def program(self, name: str, script: str) -> None:
        path = self.root / "bin" / name
        path.write_text(
            f"#!/usr/bin/env bash\nprintf '%s\\0' {name} \"$@\" >>{self.log}\n"
            f"printf '\\n' >>{self.log}\n{script}\n"
        )
        path.chmod(0o755)

    def run(
        self,
        step: str,
        *,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        **more: str,
    ) -> Ran:
        self.log.write_text("")
        variables = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.root),
            "RUNNER_TEMP": str(self.root),
            "GITHUB_OUTPUT": str(self.root / "output"),
            "GITHUB_ACTION_PATH": "/the action",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **(environ or {}),
            **more,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]],  # noqa: S607
            env=variables, cwd=folder or self.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        calls = [line.split("\0")[:-1] for line in self.log.read_text().splitlines()]
        return Ran(done.returncode, done.stdout + done.stderr, calls)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.parametrize(
    ("asked", "installed"), [("", "/the action"), ("0.1.0; rm -rf /", "llmopt==0.1.0; rm -rf /")]
)
def test_the_release_asked_for_is_installed_or_the_action_s_own(
    runner: Runner, asked: str, installed: str
) -> None:
    runner.program("python", "")
    ran = runner.run("Install llmopt", VERSION=asked)
    assert ran.code == 0
    assert [call[-1] for call in ran.calls] == [installed]


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_step_ends_as_the_gate_does(runner: Runner, code: int) -> None:
    runner.program("llmopt", f"exit {code}")
    ran = runner.run("Compare", AGAINST="", ARGS="")
    assert ran.code == code
    assert (runner.root / "output").read_text() == f"exit-code={code}\n"
    assert ran.calls == [
        ["llmopt", "gate", "--format", "github", "-o",
         f"github-comment:{runner.root}/llmopt-comment.md"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("--prompt mood", ["--prompt", "mood"]),
        ("--prompt 'a b'\n -n", ["--prompt", "a b", "-n"]),
        ("$(touch gone) `touch gone` ; touch gone", ["$(touch", "gone)", "`touch", "gone`", ";",
                                                     "touch", "gone"]),
        ("*", ["*"]),
    ],
)  # fmt: skip
def test_arguments_are_split_and_nothing_in_them_is_run(
    runner: Runner, text: str, words: list[str]
) -> None:
    runner.program("llmopt", "")
    ran = runner.run("Compare", AGAINST="", ARGS=text)
    assert ran.calls[0][6:] == words
    assert not (runner.root / "gone").exists()


def test_arguments_that_cannot_be_split_run_nothing(runner: Runner) -> None:
    runner.program("llmopt", "")
    ran = runner.run("Compare", AGAINST="", ARGS='--max-input-tokens 900 "--input-tokens +0%')
    assert (ran.code, ran.calls) == (2, [])
    assert "::error title=llmopt::args: a quotation mark is not closed" in ran.out
    assert (runner.root / "output").read_text() == "exit-code=2\n"


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],  # noqa: S607
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def shallow(runner: Runner) -> tuple[Path, str]:
    """A checkout of depth 1 whose base commit is only at its origin."""
    origin, checkout = runner.root / "origin", runner.root / "checkout"
    origin.mkdir()
    git(origin, "init", "--quiet")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    for text in ("base", "head"):
        (origin / "file").write_text(text)
        git(origin, "add", ".")
        git(origin, "commit", "--quiet", "-m", text)
    base = git(origin, "rev-parse", "HEAD^")
    git(runner.root, "clone", "--quiet", "--depth=1", f"file://{origin}", str(checkout))
    return checkout, base


def test_the_base_of_a_shallow_checkout_is_fetched(
    runner: Runner, shallow: tuple[Path, str]
) -> None:
    checkout, base = shallow
    runner.program("llmopt", 'git cat-file -e "$7^{commit}"')
    ran = runner.run("Compare", folder=checkout, AGAINST=base, ARGS="")
    assert ran.code == 0, ran.out
    assert ran.calls[0][6:] == ["--against", base]


@pytest.mark.parametrize("name", ["other", "origin/other", "v1"])
def test_a_branch_or_a_tag_that_a_shallow_checkout_lacks_is_fetched(
    runner: Runner, shallow: tuple[Path, str], name: str
) -> None:
    checkout, base = shallow
    git(runner.root / "origin", "branch", "other", base)
    git(runner.root / "origin", "tag", "v1", base)
    runner.program("llmopt", 'git cat-file -e "$7^{commit}"')
    ran = runner.run("Compare", folder=checkout, AGAINST=name, ARGS="")
    assert ran.code == 0, ran.out
    assert ran.calls[0][6:] == ["--against", base]


def test_the_gate_itself_compares_base_and_head(runner: Runner, project: Project) -> None:
    runner.program("llmopt", f'exec {sys.executable} -m llmopt "$@"')
    git(project.root, "init", "--quiet")
    git(project.root, "add", "prompts", "testcases")
    git(project.root, "commit", "--quiet", "-m", "base")
    base = git(project.root, "rev-parse", "HEAD")
    prompt = project.root / "prompts" / "mood.yaml"
    prompt.write_text(prompt.read_text().replace("Answer with one word.", "Answer with one. Word."))
    git(project.root, "commit", "--quiet", "--all", "-m", "head")
    summary = runner.root / "summary.md"
    ran = runner.run("Compare", AGAINST=base, ARGS="", GITHUB_STEP_SUMMARY=str(summary))
    assert ran.code == 1, ran.out
    assert "::error title=llmopt (GATE101 input-tokens),file=prompts/mood.yaml" in ran.out
    assert summary.read_text().startswith("### ❌")
    assert (runner.root / "llmopt-comment.md").read_text().startswith("<!-- llmopt -->\n### ❌")
    same = runner.run("Compare", AGAINST="HEAD", ARGS="")
    assert same.code == 0, same.out
    assert "Nothing changed." in (runner.root / "llmopt-comment.md").read_text()


def fake_gh(runner: Runner, comments: str, *, code: int = 0) -> None:
    """A gh that lists `comments` as GitHub does, through the real jq, and fails with `code`."""
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    (runner.root / "comments.json").write_text(comments)
    listing = f'jq -r "${{@: -1}}" {runner.root / "comments.json"}'
    runner.program("gh", f'[[ "$*" == *--jq* ]] && {listing}; exit {code}')


ON: Mapping[str, str] = {
    "GH_TOKEN": "t",
    "COMMENTS": "repos/o/r/issues/7/comments",
    "COMMENT": "repos/o/r/issues/comments",
}
OTHERS = '[{"id": 1, "body": "I like <!-- llmopt -->"}, {"id": 2, "body": "x"}]'
OURS = """[{"id": 1, "body": "x"}, {"id": 42, "body": "<!-- llmopt -->\\nold"},
           {"id": 43, "body": "<!-- llmopt -->\\nolder"}]"""


def comment(runner: Runner, body: str | None) -> Ran:
    if body is not None:
        (runner.root / "llmopt-comment.md").write_text(body)
    return runner.run("Comment", environ=ON)


def written(ran: Ran) -> list[list[str]]:
    return [call[3:] for call in ran.calls if "--jq" not in call]


def test_the_first_comment_is_written_anew(runner: Runner) -> None:
    fake_gh(runner, OTHERS)
    ran = comment(runner, TAGGED)
    body = f"body=@{runner.root}/llmopt-comment.md"
    assert written(ran) == [["--method", "POST", ON["COMMENTS"], "--field", body]]


def test_the_comment_that_is_there_is_rewritten_found_by_its_tag(runner: Runner) -> None:
    fake_gh(runner, OURS)
    ran = comment(runner, TAGGED)
    assert [call[:3] for call in written(ran)] == [["--method", "PATCH", f"{ON['COMMENT']}/42"]]


def test_where_nothing_changed_no_comment_is_begun_but_an_old_one_is_rewritten(
    runner: Runner,
) -> None:
    same = TAGGED + "\nNothing changed.\n"
    fake_gh(runner, OTHERS)
    assert written(comment(runner, same)) == []
    fake_gh(runner, OURS)
    assert len(written(comment(runner, same))) == 1


def test_a_fork_that_may_not_comment_is_told_where_the_report_is(runner: Runner) -> None:
    fake_gh(runner, "[]", code=1)
    ran = comment(runner, TAGGED)
    assert ran.code == 0
    assert "::notice title=llmopt::" in ran.out
    assert written(ran) == []


def test_without_a_report_no_comment_is_begun_but_an_old_one_says_so(runner: Runner) -> None:
    fake_gh(runner, OTHERS)
    ran = comment(runner, None)
    assert (ran.code, ran.out, written(ran)) == (0, "", [])
    (runner.root / "llmopt-comment.md").unlink()
    fake_gh(runner, OURS)
    ran = comment(runner, None)
    assert [call[:3] for call in written(ran)] == [["--method", "PATCH", f"{ON['COMMENT']}/42"]]
    said = (runner.root / "llmopt-comment.md").read_text()
    assert said.startswith("<!-- llmopt -->\n### ❔ The gate could not run\n")


def test_the_guide_s_snippets_are_yaml_and_their_commands_can_be_parsed() -> None:
    commands = []
    for block in pages.blocks("guides/ci.md"):
        if block.language == "yaml":
            assert yaml.safe_load(block.text)
        if block.language in {"yaml", "groovy"}:
            commands += re.findall(r"\bllmopt ((?:gate|eval)\b[^'\n]*)", block.text)
    assert len(commands) > 5
    for command in commands:
        parse(shlex.split(command.partition(" # ")[0]))


def test_the_guide_names_every_input_of_the_action() -> None:
    text = pages.page("guides/ci.md")
    assert not [name for name in ACTION["inputs"] if f"| `{name}` |" not in text]
