"""Which file of the repository an import stands for: packages, `src/`, workspaces, tsconfig."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

from llmopt.audit.probes.tree import Tree

MOST_MANIFESTS = 500
"""Package and compiler settings that are read; a repository of more is not one program."""
_SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs")
_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*[\s\S]*?\*/')
_TRAILING = re.compile(r",(\s*[}\]])")
_PYTHON = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n;#]+)|"
    r"import[ \t]+([^\n;#]+))",
    re.MULTILINE,
)
_SCRIPT = re.compile(r"(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*[\"']([^\"'\n]+)[\"']")


def imported(file: str, text: str) -> Iterator[str]:
    """Yield what a file imports, by its words alone: far faster than a parse."""
    if not file.endswith((".py", ".ipynb")):
        yield from _SCRIPT.findall(text)
        return
    for module, names, plain in _PYTHON.findall(text):
        for piece in re.split(r"[,()]", names or plain):
            name = piece.strip().partition(" ")[0]
            package = module.lstrip(".")
            if name:
                yield f"{package}.{name}" if package else name


class Found(NamedTuple):
    """The file that a name is imported from, and what of the name is left within it."""

    file: str
    rest: str


class Imports:
    """Resolves imports; `files` are the files of code, `packages` those of a workspace."""

    def __init__(self, tree: Tree, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._packages = dict(_packages(tree))
        self._paths = [*_paths(tree)]
        self._first = self._first_parts()
        self._in_folder = cache(self._find)

    def _first_parts(self) -> dict[str, list[str]]:
        """Return the folders in which each top-level name of Python may be imported."""
        found: dict[str, list[str]] = {}
        for file in self._files:
            if file.endswith(".py"):
                folder, _, name = file.rpartition("/")
                if name == "__init__.py":
                    folder, _, name = folder.rpartition("/")
                found.setdefault(name.removesuffix(".py"), []).append(folder)
        return found

    def find(self, importer: str, name: str) -> Found | None:
        """Return the file that a name of an import stands for, and what is left of the name."""
        return self._in_folder(dirname(importer), name, importer.endswith((".py", ".ipynb")))

    def _find(self, folder: str, name: str, python: bool) -> Found | None:  # noqa: FBT001
        return self._python(folder, name.split(".")) if python else self._script(folder, name)

    def _python(self, folder: str, parts: list[str]) -> Found | None:
        """Find the longest module; the nearest folder above, or its `src`, holds it.

        A package that lies elsewhere (a library of the same repository) must be the only one.
        """
        roots = [root for base in _above(folder) for root in (base, join(base, "src"))]
        only = {home for home in self._first.get(parts[0], ()) if self._is_root(home)}
        if len(only) == 1:
            roots += only
        for count in range(len(parts), 0, -1):
            path, rest = "/".join(parts[:count]), ".".join(parts[count:])
            for root in roots:
                for file in (f"{join(root, path)}.py", f"{join(root, path)}/__init__.py"):
                    if file in self._files:
                        return Found(file, rest)
        return None

    def _is_root(self, folder: str) -> bool:
        return f"{folder}/__init__.py" not in self._files and bool(folder)

    def _script(self, folder: str, name: str) -> Found | None:
        if name.startswith("."):
            for specifier, rest in _splits(name):
                file = self._at(normpath(join(folder, specifier)))
                if file:
                    return Found(file, rest)
            return None
        for package, home, entry in self._named(name):
            beyond = name[len(package) :]
            if beyond.startswith("/"):
                for inner, rest in _splits(beyond[1:]):
                    file = self._at(join(home, inner)) or self._at(join(home, "src", inner))
                    if file:
                        return Found(file, rest)
            elif not beyond or beyond.startswith("."):
                file = next((f for f in map(self._at, entry) if f), None)
                if file:
                    return Found(file, beyond[1:])
        return self._mapped(folder, name)

    def _named(self, name: str) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the packages of the workspace whose name a specifier may begin with."""
        scope, slash, rest = name.partition("/")
        first = f"{scope}{slash}{re.split(r'[./]', rest)[0]}" if name.startswith("@") else ""
        for package in (first, re.split(r"[./]", name)[0]):
            if package in self._packages:
                home, entries = self._packages[package]
                yield package, home, entries

    def _mapped(self, folder: str, name: str) -> Found | None:
        """Find what the paths of the nearest compiler settings map a specifier to."""
        for base in _above(folder):
            for home, pattern, targets in self._paths:
                prefix = pattern.removesuffix("*")
                if home != base or not name.startswith(prefix):
                    continue
                for inner, rest in _splits(name[len(prefix) :]):
                    for target in targets:
                        file = self._at(normpath(join(home, target.replace("*", inner))))
                        if file:
                            return Found(file, rest)
        return None

    def _at(self, path: str) -> str | None:
        stem = re.sub(r"\.(?:[cm]?js|jsx)$", "", path)
        tried = [
            path,
            *(stem + end for end in _SCRIPTS),
            *(f"{path}/index{end}" for end in _SCRIPTS),
        ]
        return next((file for file in tried if file in self._files), None)


def _above(folder: str) -> Iterator[str]:
    """Yield a folder and all around it, the root (an empty text) last."""
    while folder:
        yield folder
        folder = dirname(folder)
    yield ""


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Yield specifier and rest, the longest specifier first: `./a.b.c`, `./a.b` and `c`, ..."""
    begun = name.rfind("/") + 1
    parts = name[begun:].split(".")
    for count in range(len(parts), 0, -1):
        head = ".".join(parts[:count])
        if head or not name[begun:]:
            yield name[:begun] + head, ".".join(parts[count:])


def _packages(tree: Tree) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """Yield the packages of a workspace: name, folder, and where they may begin."""
    for file in [*tree.named("package.json")][:MOST_MANIFESTS]:
        told = _json(tree.text(file))
        name, home = told.get("name"), dirname(file)
        if not isinstance(name, str):
            continue
        entries = [told.get(key) for key in ("source", "module", "main", "types")]
        exports = told.get("exports")
        entries += [exports] if isinstance(exports, str) else [*_within(exports)]
        named = [normpath(join(home, entry)) for entry in entries if isinstance(entry, str)]
        yield (
            name,
            (home, [*named, normpath(join(home, "src/index")), normpath(join(home, "index"))]),
        )


def _within(exports: object) -> Iterator[str]:
    """Yield the files that the main entry of `exports` names."""
    main = exports.get(".", exports) if isinstance(exports, dict) else None
    if isinstance(main, str):
        yield main
    elif isinstance(main, dict):
        yield from (value for value in main.values() if isinstance(value, str))


def _paths(tree: Tree) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the mappings of compiler settings: their folder, pattern and targets."""
    for file in [*tree.named("tsconfig.json", "tsconfig.base.json", "jsconfig.json")][
        :MOST_MANIFESTS
    ]:
        options = _json(tree.text(file)).get("compilerOptions")
        paths = options.get("paths") if isinstance(options, dict) else None
        if not isinstance(options, dict) or not isinstance(paths, dict):
            continue
        base = str(options.get("baseUrl", "."))
        for pattern, targets in paths.items():
            if isinstance(targets, list):
                yield dirname(file), pattern, [join(base, str(target)) for target in targets]


def _json(text: str | None) -> dict[str, Any]:
    """Read JSON with comments; anything that is no object is an empty one."""
    plain = _TRAILING.sub(r"\1", _COMMENTS.sub(lambda match: match[1] or "", text or ""))
    try:
        told = json.loads(plain)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
