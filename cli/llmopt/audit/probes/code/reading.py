"""The code probe: every file of code that may tell something, read to facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from llmopt.audit.probes.code.facts import Code, CodeFile
from llmopt.audit.probes.code.hints import is_telling
from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.javascript.reading import read_javascript
from llmopt.audit.probes.code.javascript.values import constants_of
from llmopt.audit.probes.code.python.reading import parse, read_python
from llmopt.audit.probes.code.python.values import Parsed, shared_literals
from llmopt.audit.probes.code.seeing import see
from llmopt.audit.probes.tree import Tree

PYTHON = (".py",)
JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_TEST_FOLDERS = frozenset(
    [
        "tests",
        "test",
        "__tests__",
        "spec",
        "specs",
        "fixtures",
        "testdata",
        "examples",
        "example",
        "samples",
        "docs",
        "benchmarks",
        "tutorials",
        "tutorial",
        "cookbook",
        "notebooks",
        "e2e",
    ]
)
_TEST_FILES = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|.*\.(?:test|spec)\.\w+|.*\.d\.ts")
_MINIFIED = 5_000
"""Characters of a line that nobody wrote."""


def for_tests(file: str) -> bool:
    """Tell whether a file is there for tests, examples or documentation."""
    *folders, name = file.split("/")
    return bool(_TEST_FOLDERS.intersection(folders) or _TEST_FILES.fullmatch(name))


def read_code(tree: Tree, notes: list[str]) -> Code:
    """Read the code of a project; files that cannot be read are noted and left out."""
    python: list[tuple[str, Parsed]] = []
    scripts: list[tuple[str, Source]] = []
    for file, text in _telling(tree, notes):
        if file.endswith(PYTHON):
            parsed = parse(text)
            if parsed is None:
                notes.append(f"{file}: is no Python that can be parsed")
            else:
                python.append((file, parsed))
        else:
            scripts.append((file, Source(text)))
    outside = _shared(python, scripts)
    files = list(_seen(python, scripts, outside, notes))
    return Code(
        tuple(file for file in files if not for_tests(file.file)),
        tuple(file for file in files if for_tests(file.file)),
    )


def _telling(tree: Tree, notes: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the files of code that hold a word of the trade."""
    for file in tree.ending(*PYTHON, *JAVASCRIPT):
        text = tree.text(file)
        if text is None:
            notes.append(f"{file}: is huge, binary or cannot be read")
        elif is_telling(text) and not _is_minified(text):
            yield file, text


def _is_minified(text: str) -> bool:
    return max((len(line) for line in text.splitlines()), default=0) > _MINIFIED


def _shared(python: list[tuple[str, Parsed]], scripts: list[tuple[str, Source]]) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    for file, parsed in python:
        shared.update(shared_literals(file, parsed, parsed.literals({})))
    for file, source in scripts:
        module = file.rpartition("/")[2].partition(".")[0]
        found = constants_of(source, {})
        shared.update({f"{module}.{name}": value for name, value in found.items()})
    return shared


def _seen(
    python: list[tuple[str, Parsed]],
    scripts: list[tuple[str, Source]],
    outside: dict[str, Any],
    notes: list[str],
) -> Iterator[CodeFile]:
    for file, parsed in python:
        try:
            module = read_python(file, parsed, outside)
        except RecursionError:
            notes.append(f"{file}: nests too deep")
            continue
        yield see(module)
    for file, source in scripts:
        yield see(read_javascript(file, source, outside))
