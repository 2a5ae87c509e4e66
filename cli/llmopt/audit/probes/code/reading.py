"""The code probe: every file of code that may tell something, read to facts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmopt.audit.probes.code.facts import Code
from llmopt.audit.probes.code.hints import is_telling
from llmopt.audit.probes.code.imports import Imports, imported
from llmopt.audit.probes.code.index import Entry, Index
from llmopt.audit.probes.code.javascript.definitions import defined as script_defined
from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.javascript.reading import read_javascript
from llmopt.audit.probes.code.javascript.values import constants_of
from llmopt.audit.probes.code.javascript.values import imports as imports_of
from llmopt.audit.probes.code.links import ALONE, link
from llmopt.audit.probes.code.module import Module, nothing
from llmopt.audit.probes.code.neighbours import neighbours
from llmopt.audit.probes.code.notebooks import NOTEBOOK, python_of
from llmopt.audit.probes.code.python.definitions import defined as python_defined
from llmopt.audit.probes.code.python.reading import parse, read_python
from llmopt.audit.probes.code.python.values import Parsed, shared_literals
from llmopt.audit.probes.code.seeing import see
from llmopt.audit.probes.code.telling import Teller
from llmopt.audit.probes.tree import Tree

PYTHON = (".py", NOTEBOOK)
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
    files = [*tree.ending(*PYTHON, *JAVASCRIPT)]
    imports = Imports(tree, files)
    telling, named = _telling(tree, files, notes)
    beside = neighbours(telling, named, imports)
    python: list[tuple[str, Parsed]] = []
    scripts: list[tuple[str, Source]] = []
    for file in files:
        if file not in telling and file not in beside:
            continue
        text = telling.pop(file, None) or _source(tree, file) or ""
        if not file.endswith(PYTHON):
            scripts.append((file, Source(text)))
        elif (parsed := parse(text)) is not None:
            python.append((file, parsed))
        else:
            notes.append(f"{file}: is no Python that can be parsed")
    index = _indexed(imports, python, scripts)
    modules = [*_modules(index, python, scripts, notes)]
    program = [module for module in modules if not for_tests(module.file)]
    links = link(program, index)
    teller = Teller(program, index, tree)
    seen = [
        see(module, links.get(module.file, ALONE), teller)
        for module in modules
        if module.file not in beside or module.file in links
    ]
    return Code(
        tuple(file for file in seen if not for_tests(file.file)),
        tuple(file for file in seen if for_tests(file.file)),
    )


def _telling(
    tree: Tree, files: list[str], notes: list[str]
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the texts of the files that hold a word of the trade, and what all files import."""
    telling: dict[str, str] = {}
    named: dict[str, list[str]] = {}
    for file in files:
        text = _source(tree, file)
        if text is None:
            notes.append(f"{file}: is huge, binary or cannot be read")
        elif is_telling(text) and not _is_minified(text):
            telling[file] = text
        if text is not None and (file in telling or not _is_minified(text)):
            named[file] = [*imported(file, text)]
    return telling, named


def _source(tree: Tree, file: str) -> str | None:
    """Return the code of a file; None where there is none to be read."""
    text = tree.text(file)
    if text is None or not file.endswith(NOTEBOOK):
        return text
    try:
        return python_of(text)
    except (ValueError, RecursionError):
        return None


def _is_minified(text: str) -> bool:
    return max((len(line) for line in text.splitlines()), default=0) > _MINIFIED


def _indexed(
    imports: Imports, python: list[tuple[str, Parsed]], scripts: list[tuple[str, Source]]
) -> Index:
    index = Index(imports)
    for file, parsed in python:
        literals = parsed.literals(nothing)
        entry = Entry(python_defined(parsed), parsed.aliases, parsed.modules, literals)
        index.add(file, entry, shared_literals(file, parsed, literals))
    for file, source in scripts:
        module = file.rpartition("/")[2].partition(".")[0]
        aliases, modules = imports_of(source)
        literals = constants_of(source)
        entry = Entry(script_defined(source, aliases), aliases, modules, literals)
        index.add(file, entry, {f"{module}.{name}": value for name, value in literals.items()})
    return index


def _modules(
    index: Index,
    python: list[tuple[str, Parsed]],
    scripts: list[tuple[str, Source]],
    notes: list[str],
) -> Iterator[Module]:
    for file, parsed in python:
        try:
            yield read_python(file, parsed, index.lookup(file), index.defined(file))
        except RecursionError:
            notes.append(f"{file}: nests too deep")
    for file, source in scripts:
        yield read_javascript(file, source, index.lookup(file), index.defined(file))
