"""What the project depends on, by its own statements: lock files are left aside."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping

from llmopt.audit.probes.tree import Tree
from llmopt.domain import Place

_REQUIREMENTS = re.compile(
    r"(?:.*/)?requirements[\w.-]*\.(?:txt|in)|(?:.*/)?requirements/[\w.-]+\.txt"
)
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


def read_dependencies(tree: Tree, notes: list[str]) -> Mapping[str, Place]:
    """Return the names of packages, each with the place of its first statement."""
    found: dict[str, Place] = {}
    for file in tree.files:
        for name, line in _stated(tree, file, notes):
            found.setdefault(name.lower().replace("_", "-"), Place(file, line, 1))
    return found


def _stated(tree: Tree, file: str, notes: list[str]) -> Iterator[tuple[str, int]]:
    name = file.rpartition("/")[2]
    if _REQUIREMENTS.fullmatch(file):
        for number, line in enumerate((tree.text(file) or "").splitlines(), start=1):
            match = _NAME.match(line)
            if match and not line.lstrip().startswith(("#", "-")):
                yield match[1], number
    elif name in {"pyproject.toml", "package.json", "Pipfile"}:
        text = tree.text(file) or ""
        try:
            names = (
                _package(json.loads(text))
                if name == "package.json"
                else _python(tomllib.loads(text))
            )
        except (ValueError, RecursionError):
            notes.append(f"{file}: cannot be read")
            return
        for stated in names:
            yield stated, _line_of(stated, text)


def _package(content: object) -> list[str]:
    keys = ("dependencies", "devDependencies", "optionalDependencies")
    tables = [content.get(key) for key in keys] if isinstance(content, dict) else []
    return [name for table in tables if isinstance(table, dict) for name in table]


def _python(content: dict[str, object]) -> list[str]:
    project, tool = content.get("project"), content.get("tool")
    lists: list[object] = []
    if isinstance(project, dict):
        lists.append(project.get("dependencies"))
        extras = project.get("optional-dependencies")
        lists += list(extras.values()) if isinstance(extras, dict) else []
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    tables = [poetry.get("dependencies")] if isinstance(poetry, dict) else []
    tables.append(content.get("packages"))
    named = [item for group in lists if isinstance(group, list) for item in group]
    matches = (_NAME.match(item) for item in named if isinstance(item, str))
    return [match[1] for match in matches if match] + [
        name for table in tables if isinstance(table, dict) for name in table
    ]


def _line_of(name: str, text: str) -> int:
    at = text.find(name)
    return text.count("\n", 0, max(at, 0)) + 1
