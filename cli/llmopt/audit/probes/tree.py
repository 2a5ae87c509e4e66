"""The files of a project: what is ignored, installed, built, huge or not text is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from llmopt.audit.probes.ignore import Ignored

SKIPPED_FOLDERS = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "bower_components",
        "jspm_packages",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "site-packages",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".cache",
        ".llmopt",
        "dist",
        "build",
        "out",
        "target",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".turbo",
        ".terraform",
        "coverage",
        "htmlcov",
        ".eggs",
        "vendor",
        "third_party",
        ".idea",
    ]
)
TEST_FOLDERS = frozenset(
    ["tests", "test", "__tests__", "spec", "specs", "fixtures", "testdata", "e2e"]
)
"""What lies in them is there to be tested with, whatever it looks like."""
HUGE_BYTES = 1_000_000
"""Source and deployment files above it are data or generated; none is written by hand."""
MOST_FILES = 200_000


@dataclass(frozen=True, slots=True)
class Tree:
    """The files to look at, by paths relative to `root` with forward slashes, in order."""

    root: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]
    _texts: dict[str, str | None] = field(default_factory=dict, repr=False)

    def text(self, file: str) -> str | None:
        """Return a file's text; None where it is huge, binary, or cannot be read."""
        path = self.root / file
        try:
            with path.open("rb") as stream:
                content = stream.read(HUGE_BYTES + 1)
        except OSError:
            return None
        if len(content) > HUGE_BYTES or b"\0" in content[:8_192]:
            return None
        return content.decode("utf-8", errors="replace").removeprefix("\ufeff")

    def without_tests(self) -> Tree:
        """Return the files that lie in no folder of tests."""
        kept = (f for f in self.files if not TEST_FOLDERS.intersection(f.split("/")[:-1]))
        return Tree(self.root, tuple(kept), self.notes)

    def named(self, *names: str) -> Iterator[str]:
        """Yield the files of these names, wherever they lie."""
        wanted = frozenset(names)
        return (file for file in self.files if file.rpartition("/")[2] in wanted)

    def ending(self, *endings: str) -> Iterator[str]:
        return (file for file in self.files if file.endswith(endings))


def walk(root: Path) -> Tree:
    """List a project's files; links are not followed, so that no loop is entered."""
    files: list[str] = []
    notes: list[str] = []
    todo: list[tuple[str, Ignored]] = [("", Ignored())]
    while todo:
        folder, ignored = todo.pop()
        entries = _entries(root, folder, notes)
        names = {entry.name for entry in entries}
        if folder and "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            ignored = ignored.with_file(root / folder / ".gitignore", folder)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_FOLDERS and not ignored.ignores(path, folder=True):
                    todo.append((path, ignored))
            elif entry.is_file(follow_symlinks=False) and not ignored.ignores(path, folder=False):
                files.append(path)
        if len(files) > MOST_FILES:
            notes.append(f"more than {MOST_FILES:,} files: the rest was not read")
            break
    return Tree(root, tuple(sorted(files)), tuple(notes))


def _entries(root: Path, folder: str, notes: list[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as found:
            return list(found)
    except OSError as error:
        notes.append(f"{folder or '.'}: cannot be read ({error.strerror})")
        return []
