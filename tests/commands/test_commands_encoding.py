"""Streams whose system speaks something older than UTF-8."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from tests.conftest import MOOD_PROMPT, Project

from llmopt.commands.terminal import take_any_text


class Screen(io.BytesIO):
    def isatty(self) -> bool:
        return True


def shown(text: str, encoding: str) -> str:
    """Return what a terminal of this encoding shows of a text."""
    screen = Screen()
    stream = io.TextIOWrapper(screen, encoding=encoding)
    take_any_text(stream)
    stream.write(text)
    stream.flush()
    return screen.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437"])
def test_a_table_in_a_file_is_utf_8_whatever_the_system_s_encoding(
    project: Project, encoding: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llmopt", "eval"],
        cwd=project.root,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "\N{MINUS SIGN}" in done.stdout.decode("utf-8")


def test_json_in_a_file_is_utf_8_whatever_the_system_s_encoding(project: Project) -> None:
    project.write("prompts/mood.yaml", MOOD_PROMPT.replace("short:", "k\xfcrzer:"))
    done = subprocess.run(
        [sys.executable, "-m", "llmopt", "eval", "--format", "json"],
        cwd=project.root,
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout.decode("utf-8"))
    assert "k\xfcrzer" in done.stdout.decode("utf-8")


def test_a_terminal_shows_the_nearest_sign_it_has() -> None:
    assert (
        shown("\N{MINUS SIGN}3 \N{EN DASH} caf\xe9 \N{RIGHTWARDS ARROW}", "latin-1")
        == "-3 - caf\xe9 >"
    )
    assert shown("\N{HIRAGANA LETTER A}\xe9\N{MINUS SIGN}", "ascii") == "??-"


def test_a_terminal_that_has_every_sign_shows_it() -> None:
    assert (
        shown("\N{MINUS SIGN}\N{HIRAGANA LETTER A}", "utf-8")
        == "\N{MINUS SIGN}\N{HIRAGANA LETTER A}"
    )
