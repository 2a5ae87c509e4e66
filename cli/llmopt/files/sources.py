"""What a project was read from, so that a change of it can be told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR
from typing import NamedTuple

_YAML_ENDINGS = frozenset({".yaml", ".yml"})


class Stamp(NamedTuple):
    """A file's state: it differs as soon as somebody writes the file or puts another there."""

    modified_ns: int
    size: int
    inode: int


def stamp(path: Path) -> Stamp | None:
    """Look at a file, through links; None where there is none, or none that can be looked at."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    if S_ISDIR(status.st_mode):
        return None
    return Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


@dataclass(slots=True)
class Sources:
    """Where a project was looked for, and every file of it as it was just before it was read.

    `named` are the folders and files that hold prompts and cases. A file that was not
    there stands in `files` with None. `of_prompt` are the files that a prompt and its
    cases come from; `config` is where llmopt.yaml is, or would be.
    """

    root: Path
    config: Path
    named: list[Path] = field(default_factory=list)
    files: dict[Path, Stamp | None] = field(default_factory=dict)
    of_prompt: dict[str, set[Path]] = field(default_factory=dict)

    def note(self, path: Path) -> None:
        """Remember a file that is about to be read."""
        self.files.setdefault(path, stamp(path))

    def belongs(self, prompt: str, *paths: Path) -> None:
        """Remember that a prompt is made from these files."""
        self.of_prompt.setdefault(prompt, set()).update(paths)

    def changes(self) -> dict[Path, Stamp | None]:
        """Return every file that is not as it was, as it is now: changed, new or gone."""
        there = {path for named in self.named for path in yaml_files(named)}
        now = {path: stamp(path) for path in (*self.files, *there)}
        return {path: one for path, one in now.items() if self.files.get(path) != one}

    def folders(self) -> set[Path]:
        """Return the folders in which such a file changes, appears or goes."""
        below = {folder for named in self.named for folder, _ in _walk(named)}
        return {self.root, *below, *(path.parent for path in (*self.named, *self.files))}


def yaml_files(folder: Path, closed: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Yield the YAML files in a folder and below, none that is hidden, in order.

    `closed` is told of folders that cannot be read.
    """
    for where, names in _walk(folder, closed):
        for name in sorted(names):
            if Path(name).suffix.lower() in _YAML_ENDINGS and not name.startswith("."):
                yield where / name


def _walk(
    folder: Path, closed: Callable[[OSError], None] | None = None
) -> Iterator[tuple[Path, list[str]]]:
    for where, folders, files in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(where), files
