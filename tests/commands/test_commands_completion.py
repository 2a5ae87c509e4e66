import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Project
from tests.test_startup import HEAVY

PROBE = "import sys; from llmopt.app import main; sys.argv[0] = 'llmopt'; main()"


def complete(line: str, *, shell: str = "bash", folder: Path | None = None) -> list[str]:
    """What a shell gets for a line with the cursor at its end."""
    words = line.split(" ")
    environ = {
        **os.environ,
        "_LLMOPT_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environ, cwd=folder, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("llmopt ev", ["eval"]),
        ("llmopt runs sh", ["show"]),
        ("llmopt eval --until", ["--until-decided"]),
        ("llmopt eval --format gitl", ["gitlab"]),
        ("llmopt nothing --x", []),
        ("llmopt eval mo", ["mood"]),
        ("llmopt power ", ["mood"]),
        ("llmopt eval -v s", ["short"]),
        ("llmopt eval -m emb", ["embedded/rules"]),
        ("llmopt runs show ", []),
    ],
)
def test_the_shell_is_offered_what_fits(project: Project, line: str, offered: list[str]) -> None:
    assert complete(line, folder=project.root) == offered


def test_runs_are_offered_by_their_ids(project: Project) -> None:
    project.llmopt("eval", "-q")
    latest, first = complete("llmopt runs show ", folder=project.root)
    assert latest == "latest"
    for line in ("runs export", "runs diff", "runs diff latest", "runs delete", "runs delete x"):
        assert complete(f"llmopt {line} {first[:8]}", folder=project.root) == [first]
    assert complete(f"llmopt eval --resume {first[:8]}", folder=project.root) == [first]


def test_broken_files_offer_nothing_and_say_nothing(project: Project) -> None:
    project.write("llmopt.yaml", "models: [[[")
    project.write("prompts/mood.yaml", "\t- nothing")
    assert complete("llmopt eval mo", folder=project.root) == []
    assert complete("llmopt eval -m o", folder=project.root) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script_and_its_words(project: Project, shell: str) -> None:
    environ = {**os.environ, "_LLMOPT_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environ, capture_output=True, text=True, check=True
    )
    assert "_LLMOPT_COMPLETE" in done.stdout
    assert "eval" in "".join(complete("llmopt ev", shell=shell, folder=project.root))


def test_offering_commands_imports_nothing_heavy() -> None:
    code = (
        "import sys, json\n"
        "from llmopt.app import run\n"
        "from llmopt.commands.terminal import Terminal\n"
        "run([], Terminal.detect())\n"
        f"sys.stderr.write(','.join(n for n in {HEAVY!r} if n in sys.modules))"
    )
    environ = {**os.environ, "_LLMOPT_COMPLETE": "complete_bash"}
    environ |= {"COMP_WORDS": "llmopt ", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert "eval" in done.stdout
    assert done.stderr == ""
