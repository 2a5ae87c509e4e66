"""A project's files and its run store."""

from __future__ import annotations

import os
from pathlib import Path

from llmopt.domain import Suite
from llmopt.errors import InputError, MissingError
from llmopt.files.loading import Loaded, find_root
from llmopt.files.loading import load as load_files
from llmopt.store.connection import is_there
from llmopt.store.runs import RunStore

STORE_FILE = "runs.db"


def check(start: Path | str = ".", *, config: Path | None = None) -> Loaded:
    """Read a project's files; return its suite and every problem found in them."""
    return load_files(Path(start), config=config)


def load(start: Path | str = ".", *, config: Path | None = None) -> Suite:
    """Read the project that `start` lies in.

    Raises:
        InputError: all errors in all files, with their places.
    """
    return sound(check(start, config=config))


def sound(loaded: Loaded) -> Suite:
    """Return the suite of files without errors.

    Raises:
        InputError: there are errors; warnings alone do not raise.
    """
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    return loaded.suite


def store_path(root: Path) -> Path:
    """Return where a project's runs are kept."""
    return Path(os.environ.get("LLMOPT_HOME") or root / ".llmopt") / STORE_FILE


def repository_folder(start: Path | str = ".", *, root: Path | None = None) -> str:
    """Return the way from the git repository to the project: "" where they are one, or no git.

    CI shows findings at files as the repository names them. The project is the one
    that `start` lies in, or `root`.
    """
    root = (root or find_root(Path(start))[0]).resolve()
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            found = root.relative_to(folder).as_posix()
            return "" if found == "." else found
    return ""


def open_store(start: Path | str = ".") -> RunStore:
    """Open the run store of the project that `start` lies in.

    Raises:
        MissingError: nothing was ever run here.
        StoreError: the store cannot be read.
    """
    path = store_path(find_root(Path(start))[0])
    if not is_there(path):
        raise MissingError(f"no runs are kept here ({path})", hint="`llmopt eval` makes the first")
    return RunStore(path)
