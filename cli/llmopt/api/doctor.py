"""Where a project stands: what llmopt finds, from where, and what would keep it from running."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Literal

from llmopt import numbers
from llmopt.api.gate import baseline_path
from llmopt.api.project import STORE_FILE, check, store_path
from llmopt.domain import Model, Suite
from llmopt.errors import InputError, LlmoptError, MissingError, StoreError
from llmopt.evaluate.snapshot import PACKAGES, git_state
from llmopt.files.loading import CONFIG_NAME, find_root
from llmopt.gate.baseline_file import read_baseline
from llmopt.prices.table import table_date
from llmopt.providers import registry
from llmopt.store.cache import CACHE_FILE
from llmopt.store.connection import Closing, is_there
from llmopt.store.runs import RunStore

Status = Literal["ok", "warning", "error"]

MISNAMED = ("llmopt.yml", ".llmopt.yaml", ".llmopt.yml", "llmopt.json", "llmopt.toml")
SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at, how it is, and how to mend it."""

    area: str
    status: Status
    text: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """The terminal as a command sees it; `encoding` is None where nobody knows."""

    width: int
    color: bool
    live: bool
    encoding: str | None


def examine(
    start: Path,
    *,
    config: Path | None = None,
    screen: Screen | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Line, ...]:
    """Look at everything that a command needs; no model is called."""
    environ = os.environ if environ is None else environ
    root = config.absolute().parent if config else find_root(start)[0]
    lines = [*_program(), *_configuration(start, config)]
    try:
        suite, problems = check(start, config=config)
    except MissingError as error:
        return (*lines, Line("files", "error", error.message, error.hint))
    errors = [problem for problem in problems if problem.severity == "error"]
    lines.append(_files(suite, len(errors), len(problems) - len(errors)))
    lines += [
        Line("files", problem.severity, f"{problem.where}: {problem.message}", problem.hint)
        for problem in problems[:SHOWN_PROBLEMS]
    ]
    if suite.config.models or not errors:  # else those that are meant could not be read
        lines += [_model(model, root, environ) for model in _models(suite)]
    lines += _baseline(suite)
    lines += _stores(root, environ)
    lines.append(_git(root))
    return (*lines, *(_screen(screen) if screen else ()))


def _program() -> Iterator[Line]:
    import llmopt

    where = Path(llmopt.__file__).parent
    yield Line("llmopt", "ok", f"{version('llmopt')} in {where}")
    yield Line("python", "ok", f"{platform.python_version()} ({sys.executable})")
    found = {name: _version(name) for name in PACKAGES if name != "llmopt"}
    yield Line("packages", "ok", ", ".join(f"{name} {found[name]}" for name in found))
    for name, there in found.items():
        if there is None:
            yield Line("packages", "error", f"{name} is not installed", "install llmopt again")
    date = table_date()
    yield Line("prices", "ok" if date else "warning", f"as of {date}" if date else "no price table")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _configuration(start: Path, config: Path | None) -> Iterator[Line]:
    if config is not None:
        there = config.is_file()
        text = f"{config} (--config)" if there else f"there is no file {config}"
        yield Line("config", "ok" if there else "error", text)
        return
    root, found = find_root(start)
    if found:
        yield Line("config", "ok", f"{found}")
    else:
        yield Line(
            "config",
            "ok",
            f"no {CONFIG_NAME} in {root} or in any folder above; defaults hold",
            "`llmopt init` writes one",
        )
    for path in _misplaced(start.absolute(), found):
        yield Line(
            "config",
            "warning",
            f"{path} is not read",
            f"the name must be {CONFIG_NAME}, in this folder or above it; or name it: --config",
        )


def _misplaced(start: Path, found: Path | None) -> Iterator[Path]:
    """Yield files that look meant as the configuration: other names, or one folder too deep."""
    for folder in (start, *start.parents):
        yield from (folder / name for name in MISNAMED if (folder / name).is_file())
        if found and folder == found.parent:
            return
    if found is None:
        try:
            yield from sorted(start.glob(f"*/{CONFIG_NAME}"))
        except OSError:
            return


def _files(suite: Suite, errors: int, warnings: int) -> Line:
    cases = sum(len(cases) for cases in suite.cases.values())
    text = (
        f"prompts: {numbers.count(len(suite.prompts))}, cases: {numbers.count(cases)}, "
        f"errors: {errors}, warnings: {warnings}"
    )
    if errors:
        return Line("files", "error", text, "`llmopt eval` shows all of them")
    if not suite.prompts:
        return Line("files", "warning", text, "`llmopt init` writes a first prompt")
    return Line("files", "warning" if warnings else "ok", text)


def _models(suite: Suite) -> tuple[Model, ...]:
    default = Model(registry.DEFAULT_MODEL, registry.DEFAULT_MODEL)
    return suite.config.models or (default,)


def _model(model: Model, root: Path, environ: Mapping[str, str]) -> Line:
    """Say whether a model could be asked; a key is looked for, never shown."""
    area = "model"
    try:
        models = registry.expand(model, root)
        built = [registry.build(one, environ=environ, clock=time.perf_counter) for one in models]
    except MissingError as error:
        # Without a key, everything that asks no model still works.
        status: Status = "error" if registry.is_local(model) else "warning"
        return Line(area, status, error.message, error.hint)
    except LlmoptError as error:
        return Line(area, "error", error.message, error.hint)
    if registry.is_local(model):
        names = ", ".join(one.name for one in models)
        return Line(area, "ok", f"{names}: answers inside llmopt, no key needed")
    endpoint = getattr(built[0], "endpoint", None)
    if endpoint is None:
        return Line(area, "ok", model.name)
    key = f"key in {endpoint.key_env}" if endpoint.key_env else "no key is sent"
    return Line(area, "ok", f"{model.name}: {key}, at {endpoint.shown}")


def _baseline(suite: Suite) -> Iterator[Line]:
    """Say whether `llmopt gate` could read what it holds the project against."""
    path, area = baseline_path(suite), "baseline"
    try:
        found = read_baseline(path, suite.root)
    except MissingError:
        hint = "`llmopt baseline update` makes one; `llmopt gate` needs it, or --against"
        yield Line(area, "ok", f"{path}: not there yet", hint)
    except InputError as error:
        for problem in error.problems[:SHOWN_PROBLEMS]:
            yield Line(area, "error", f"{problem.where}: {problem.message}", problem.hint)
    else:
        yield Line(area, "ok", f"{path}: candidates: {numbers.count(len(found.entries))}")


def _stores(root: Path, environ: Mapping[str, str]) -> Iterator[Line]:
    from llmopt.store.cache import ResponseCache

    folder = store_path(root).parent
    if environ.get("LLMOPT_HOME"):
        yield Line("store", "ok", f"LLMOPT_HOME is set: {folder}")
    yield _store("runs", folder / STORE_FILE, RunStore)
    yield _store("cache", folder / CACHE_FILE, ResponseCache)


def _store(area: str, path: Path, kind: Callable[[Path], Closing]) -> Line:
    try:
        there = is_there(path)
    except StoreError as error:
        return Line(area, "error", error.message, error.hint)
    if not there:
        if _writable(path):
            return Line(area, "ok", f"{path}: not there yet")
        hint = "make the folder writable, or name another one with LLMOPT_HOME"
        return Line(area, "error", f"{path} cannot be written", hint)
    size = numbers.size(path.stat().st_size)
    try:
        with kind(path):
            pass
    except StoreError as error:
        return Line(area, "error", error.message, error.hint)
    if not os.access(path, os.W_OK):
        return Line(area, "error", f"{path} cannot be written", "change its permissions")
    return Line(area, "ok", f"{path}: {size}")


def _writable(path: Path) -> bool:
    nearest = next((folder for folder in path.parents if folder.exists()), Path("/"))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _git(root: Path) -> Line:
    state = git_state(root)
    if state is None:
        hint = "runs then keep no commit, and `llmopt gate --against` has nothing to compare"
        missing = "no commit here" if which("git") else "git is not installed, or not in PATH"
        return Line("git", "warning", missing, hint)
    dirty = ", files differ from it" if state["dirty"] else ", nothing changed since"
    return Line("git", "ok", f"commit {state['commit'][:12]}{dirty}")


def _screen(screen: Screen) -> Iterator[Line]:
    color = "colour" if screen.color else "no colour"
    live = "progress is shown" if screen.live else "no progress bar"
    yield Line("terminal", "ok", f"{screen.width} columns, {color}, {live}")
    encoding = (screen.encoding or "").lower().replace("-", "")
    if encoding and encoding != "utf8":
        text = f"writes {screen.encoding}, which has not every sign that llmopt prints"
        yield Line("terminal", "warning", text, "set PYTHONUTF8=1")
