from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

from llmopt.app import run
from llmopt.commands.terminal import Terminal

# Properties are about what holds, not about how long a busy machine takes to see it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

MOOD_PROMPT = """\
prompt: mood
description: Label a remark.
baseline: long
variants:
  long:
    user: |
      Please read the following remark carefully and tell me whether its mood is
      positive, negative or neutral. Answer with one word. Remark: {{ text }}
  short:
    system: Answer with one word.
    user: "Mood (positive/negative/neutral): {{ text }}"
    params: {max_tokens: 4}
"""
MOOD_CASES = """\
prompt: mood
score: label
cases:
  - {id: sunny, vars: {text: "I love this wonderful day."}, expect: positive, tags: [plain]}
  - {id: rainy, vars: {text: "I hate this awful rain."}, expect: negative, tags: [plain]}
  - {id: train, vars: {text: "The train leaves at nine."}, expect: neutral}
  - {id: twist, vars: {text: "Not bad at all."}, expect: positive, tags: [negation]}
"""


class Said(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Project:
    """A folder with a project in it, and the command line standing there."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def llmopt(self, *arguments: str, width: int = 80) -> Said:
        out, err = io.StringIO(), io.StringIO()
        terminal = Terminal(out, err, width=width, color=False, live=False)
        code = run(arguments, terminal)
        return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LLMOPT_HOME", raising=False)
    return Project(tmp_path)


@pytest.fixture
def project(empty_project: Project) -> Project:
    empty_project.write("prompts/mood.yaml", MOOD_PROMPT)
    empty_project.write("testcases/mood.yaml", MOOD_CASES)
    return empty_project
