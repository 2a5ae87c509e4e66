"""Notebooks: their code is read as Python, line by line where it stands in the file."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.audit.auditing import results_of

from llmopt.audit.probes.code.notebooks import python_of

ASK = (
    "from openai import OpenAI\n"
    'OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": q}])'
)


def notebook(*cells: tuple[str, str], indent: int | None = 1) -> str:
    """Write a notebook of cells (kind, source) as Jupyter does."""
    written: list[dict[str, Any]] = [
        {
            "cell_type": kind,
            "execution_count": None,
            "metadata": {},
            "outputs": [{"data": {"text/plain": ["'print(1)'"]}}],
            "source": source.splitlines(keepends=True),
        }
        for kind, source in cells
    ]
    return json.dumps({"cells": written, "nbformat": 4, "nbformat_minor": 5}, indent=indent)


def code_of(*cells: tuple[str, str]) -> list[str]:
    return [line for line in python_of(notebook(*cells)).split("\n") if line]


def test_code_cells_are_read_and_nothing_else() -> None:
    assert code_of(("markdown", "# import os"), ("code", "a = 1\nb = 2"), ("raw", "c = 3")) == [
        "a = 1",
        "b = 2",
    ]


def test_a_line_stands_where_it_stands_in_the_file() -> None:
    written = notebook(("markdown", "Title"), ("code", "first = 1\n\nlast = 'é \"x\"'"))
    lines, read = written.split("\n"), python_of(written).split("\n")
    assert "first = 1" in lines[read.index("first = 1")]
    assert "last = " in lines[read.index("last = 'é \"x\"'")]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("%matplotlib inline\na = 1", ["pass", "a = 1"]),
        ("!pip install x\na = 1", ["pass", "a = 1"]),
        ("if a:\n    !ls\n    files = !ls", ["if a:", "    pass", "    pass"]),
        ("a = 1\nframe.head?", ["a = 1", "pass"]),
        ("%%time\na = 1", ["a = 1"]),
        ("%%bash\necho 1", []),
        ("rest = a % b", ["rest = a % b"]),
        ("def broken(:", []),
    ],
)
def test_what_only_ipython_understands_is_left_out(cell: str, read: list[str]) -> None:
    assert code_of(("code", cell)) == read


def test_a_broken_cell_hides_no_other() -> None:
    assert code_of(("code", "def broken(:"), ("code", "a = 1")) == ["a = 1"]


@given(st.lists(st.sampled_from(["abc = 1", "x = 'a'", "# é", "for i in y:", "    z = 2", ""])))
def test_no_notebook_has_more_lines_than_its_file(lines: list[str]) -> None:
    written = notebook(("code", "\n".join(lines)))
    assert len(python_of(written).split("\n")) == len(written.split("\n"))


def test_what_a_notebook_asks_is_judged_at_its_line(tmp_path: Path) -> None:
    written = notebook(("markdown", "Title"), ("code", ASK))
    found = results_of(tmp_path, {"ask.ipynb": written})["ARC101"]
    places = [one.place for one in found.evidence if one.place]
    assert found.outcome == "fail"
    assert [place.file for place in places] == ["ask.ipynb"]
    assert "gpt-4o" in written.split("\n")[(places[0].line or 0) - 1]


@pytest.mark.parametrize("text", ["", "{", "[]", '"cells"', notebook(("code", ASK), indent=None)])
def test_a_file_that_is_no_notebook_of_lines_is_survived(tmp_path: Path, text: str) -> None:
    assert results_of(tmp_path, {"odd.ipynb": text})["ARC101"].outcome == "not-applicable"
