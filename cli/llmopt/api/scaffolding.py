"""The first files of a project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from llmopt.api.gate import update_baseline
from llmopt.api.project import load, repository_folder
from llmopt.errors import LlmoptError, UsageError
from llmopt.files.loading import CONFIG_NAME
from llmopt.gate.baseline_file import BASELINE_NAME

Ci = Literal["github", "gitlab"]
State = Literal["written", "kept", "replaced"]

PROJECT = (CONFIG_NAME, "prompts/triage.yaml", "testcases/triage.yaml")
WORKFLOWS: Mapping[Ci, str] = {
    "github": ".github/workflows/llmopt.yml",
    "gitlab": ".gitlab/llmopt.yml",
}
"""Where CI looks for them, from the root of the repository."""


class File(NamedTuple):
    """A file of the scaffold, as seen from the project, and what became of it."""

    name: str
    state: State


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What was made of a folder, and what to do next there."""

    root: Path
    files: tuple[File, ...]
    above: Path | None
    """A project in whose folder this one lies."""
    next: tuple[str, ...]


def scaffold(folder: Path, *, ci: Ci | None = None, force: Collection[str] = ()) -> Scaffold:
    """Write the first files of a project; what is there is kept, unless `force` names it.

    Raises:
        UsageError: `force` names no file of the scaffold.
        LlmoptError: a file or folder cannot be written.
    """
    root = folder.absolute()
    contents = dict(_contents(root, ci))
    names = (*contents, BASELINE_NAME)
    unknown = [name for name in force if name not in names]
    if unknown:
        raise UsageError(
            f"--force {unknown[0]}: init writes no such file", hint=f"it writes {', '.join(names)}"
        )
    written = [
        File(name, _write(root / name, text, force=name in force))
        for name, text in contents.items()
    ]
    baseline = _baseline(root, force=BASELINE_NAME in force)
    written += [File(BASELINE_NAME, baseline)] if baseline else []
    commands = tuple(_next(folder, baseline=baseline is not None))
    return Scaffold(root, tuple(written), _above(root), commands)


def _contents(root: Path, ci: Ci | None) -> Iterator[tuple[str, str]]:
    templates = files("llmopt.api") / "scaffold"
    for name in PROJECT:
        yield name, templates.joinpath(name).read_text(encoding="utf-8")
    if ci is None:
        return
    inner = repository_folder(root, root=root)
    up = "../" * (inner.count("/") + 1) if inner else ""
    text = templates.joinpath("ci", f"{ci}.yml").read_text(encoding="utf-8")
    for mark, value in (
        ("@FOLDER@", _quoted(inner or ".")),
        ("@CD@", _quoted(f"cd {shlex.quote(inner or '.')}")),
        ("@PATH@", WORKFLOWS[ci]),
        ("@VERSION@", version("llmopt")),
    ):
        text = text.replace(mark, value)
    yield up + WORKFLOWS[ci], text


def _quoted(text: str) -> str:
    """Write a text so that YAML reads it as it stands."""
    return text if re.fullmatch(r"[\w./ -]+", text) else "'" + text.replace("'", "''") + "'"


def _write(path: Path, text: str, *, force: bool) -> State:
    existed = path.exists()
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
    except OSError as error:
        raise LlmoptError(
            f"cannot make the folder {path.parent}: {error.strerror}", hint="name another folder"
        ) from error
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return "kept"
    except OSError as error:
        raise LlmoptError(
            f"cannot write {path}: {error.strerror}", hint="name a folder that can be written"
        ) from error
    return "replaced" if existed else "written"


def _baseline(root: Path, *, force: bool) -> State | None:
    """Write the figures that a gate holds against; None where the files do not allow it yet."""
    path = root / BASELINE_NAME
    existed = path.exists()
    if existed and not force:
        return "kept"
    try:
        path.unlink(missing_ok=True)
        update_baseline(load(root, config=root / CONFIG_NAME))
    except LlmoptError:
        return None
    return "replaced" if existed else "written"


def _above(root: Path) -> Path | None:
    """Return the configuration of a project above, which this one now stands before."""
    found = (folder / CONFIG_NAME for folder in root.parents)
    return next((config for config in found if config.is_file()), None)


def _next(folder: Path, *, baseline: bool) -> Iterator[str]:
    if folder.absolute() != Path.cwd():
        yield f"cd {shlex.quote(str(folder))}"
    yield "llmopt eval"
    yield "llmopt gate" if baseline else "llmopt baseline update"
    yield "llmopt report" if baseline else "llmopt gate"
