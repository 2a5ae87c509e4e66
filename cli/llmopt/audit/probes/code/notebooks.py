"""Jupyter notebooks as Python source, each line where it stands in the notebook's file."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator

NOTEBOOK = ".ipynb"
_TEXT = re.compile(r'\s*("(?:[^"\\]|\\.)*"),?\s*')
_OF_PYTHON = frozenset({"%%time", "%%timeit", "%%capture", "%%prun", "%%memit"})
"""Magics of a whole cell that is Python all the same."""
_MAGIC = re.compile(r"(?m)^([ \t]*)(?:[\w., ]+=[ \t]*)?(?:[%!].*|\?.*|[\w.]+\?\??)$")


def python_of(notebook: str) -> str:
    """Return the code cells of a notebook as nbformat 4 writes it, one string a line.

    All other lines are blank, so that places in the result are places in the file. Cells
    of another language, and those that do not parse, are left out; so is all of a
    notebook that is not written with a string a line.

    Raises:
        ValueError: it is no JSON.
    """
    json.loads(notebook)
    lines = notebook.splitlines()
    code = [""] * len(lines)
    for start, cell in _code_cells(lines):
        source = _plain("".join(cell)).split("\n")
        if len(source) <= len(cell) and _parses("\n".join(source)):
            code[start : start + len(source)] = source
    return "\n".join(code)


def _code_cells(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each code cell: the index of its first line, and its lines."""
    kind, start, cell = "", -1, list[str]()
    for number, line in enumerate(lines):
        word = line.strip()
        if word.startswith('"cell_type":'):
            kind = word
        elif word == '"source": [':
            start, cell = number + 1, []
        elif start >= 0 and (text := _TEXT.fullmatch(line)):
            cell.append(json.loads(text[1]))
        elif start >= 0:
            if "code" in kind and cell:
                yield start, cell
            start = -1


def _plain(cell: str) -> str:
    """Return a cell without what only IPython understands."""
    first, _, rest = cell.partition("\n")
    if first.startswith("%%"):
        cell = f"\n{rest}" if first.split()[0] in _OF_PYTHON else ""
    return _MAGIC.sub(r"\1pass", cell)


def _parses(cell: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
