from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from llmopt.errors import Problem
from llmopt.files.loading import load

PROMPT = "prompt: p\nvariants:\n  a:\n    user: '{{ text }}'\n"
CASES = "prompt: p\ncases:\n  - {vars: {text: hi}, expect: x}\n"

Files = Mapping[str, str | bytes | None]


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Files], Path]:
    """Write files below a fresh folder."""

    def write(files: Files) -> Path:
        for name, content in files.items():
            if content is None:
                continue
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


@pytest.fixture
def told(project: Callable[[Files], Path]) -> Callable[[Files], str]:
    """What is told of a sound project in which some files are changed; None removes one."""

    def problems(files: Files) -> str:
        root = project({"prompts/p.yaml": PROMPT, "testcases/p.yaml": CASES, **files})
        return "".join(map(words, load(root).problems))

    return problems


def words(problem: Problem) -> str:
    hint = f"  hint: {problem.hint}\n" if problem.hint else ""
    return f"{problem.severity} {problem.where}: {problem.message}\n{hint}"
