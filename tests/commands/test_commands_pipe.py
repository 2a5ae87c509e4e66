"""A reader that leaves early: the command says nothing of it, and ends as it would have."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.conftest import Project


def ends_with(project: Project, *arguments: str) -> tuple[int, bytes]:
    """Run llmopt with a stdout that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "llmopt", *arguments],
            cwd=project.root,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("flags", "code"), [((), 0), (("--max-input-tokens", "1"), 1), (("--max-input-tokens", "x"), 2)]
)
def test_a_gate_whose_reader_has_gone_ends_with_its_verdict(
    project: Project, flags: tuple[str, ...], code: int
) -> None:
    assert project.llmopt("baseline", "update").code == 0
    ended, said = ends_with(project, "gate", "--format", "json", *flags)
    assert ended == code
    assert b"Broken" not in said


def test_counting_for_a_reader_that_has_gone_is_done_in_silence(project: Project) -> None:
    assert ends_with(project, "tokens") == (0, b"")
