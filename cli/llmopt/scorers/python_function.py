"""Scorers that users write: a function of the reply and its case."""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.errors import ScorerError, UsageError
from llmopt.files.sources import Stamp, stamp
from llmopt.scorers.options import only, suggestion
from llmopt.scorers.text import short

_RETURNS = "return True or False, a number from 0 to 1, (number, reason), or a Score"

_import_lock = threading.RLock()


class _Brought(NamedTuple):
    """A module that a project's scorers brought in, its file as it was then."""

    root: Path
    file: Path
    stamp: Stamp | None


_projects: dict[str, _Brought] = {}
_suspects: dict[Path, dict[Path, Stamp | None]] = {}
"""By project: files in which the fault may lie of an import that failed, as they were then."""


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """Scores what the user's function returns for the reply and its case.

    The function may look at `case.vars`, `case.expect` and `case.id`; it may be a coroutine
    function.
    """

    name: str
    function: Callable[[str, Case], object]
    root: Path

    def score(self, reply: str, case: Case) -> Score | Awaitable[Score]:
        try:
            result = self.function(reply, case)
        except (Exception, SystemExit) as error:
            raise self._failed(error) from error
        return self._later(result) if inspect.isawaitable(result) else self._read(result)

    async def _later(self, result: Awaitable[object]) -> Score:
        try:
            settled = await result
        except (Exception, SystemExit) as error:
            raise self._failed(error) from error
        return self._read(settled)

    def _read(self, result: object) -> Score:
        match result:
            case Score(value=float() | int()):
                score = result
            case Real() as value:
                score = Score(self._number(value), f"{self.name} returned {value}")
            case (Real() as value, str(reason)):
                score = Score(self._number(value), short(reason, 320))
            case _:
                said = short(repr(type(result).__name__ if result is not None else None))
                raise ScorerError(f"{self.name} returned {said}", hint=_RETURNS)
        if not 0 <= score.value <= 1:
            raise ScorerError(f"{self.name} returned {score.value}, outside 0..1", hint=_RETURNS)
        return score

    def _number(self, value: Real) -> float:
        try:
            return float(value)
        except (OverflowError, ValueError) as error:
            raise ScorerError(f"{self.name} returned no number: {error}", hint=_RETURNS) from error

    def _failed(self, error: BaseException) -> ScorerError:
        where = _place(error, self.root)
        message = short(str(error), 320)
        return ScorerError(f"{self.name} raised {type(error).__name__}: {message}{where}")


def _place(error: BaseException, root: Path) -> str:
    """Say where in the user's own files the error came from: ` (checks.py:12)`."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({_relative(error.filename, root)}:{error.lineno})"
    own = [frame for frame in frames if _inside(frame.filename, root)]
    return f" ({_relative(own[-1].filename, root)}:{own[-1].lineno})" if own else ""


def _inside(file: str, root: Path) -> bool:
    path = Path(file)
    return path.is_relative_to(root) and "site-packages" not in path.parts


def _relative(file: str, root: Path) -> str:
    return str(Path(file).relative_to(root)) if Path(file).is_relative_to(root) else file


@lru_cache(maxsize=256)
def load(name: str, root: Path) -> Callable[[str, Case], object]:
    """Import `module:function` with the project's folder first on the path.

    The path is put back afterwards, so a module imports its neighbours at its top, not inside
    its functions.

    Raises:
        UsageError: the name is no `module:function`, or it cannot be imported.
    """
    module_name, colon, attribute = name.partition(":")
    if not colon or not all(part.isidentifier() for part in module_name.split(".")):
        raise UsageError(
            f"'{name}' names no function", hint="write it as module:function, e.g. checks:tone"
        )
    module = _module(module_name, root)
    function: Any = module
    for part in attribute.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        known = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise UsageError(
            f"module '{module_name}' has no function '{attribute}'",
            hint=suggestion(attribute, known, otherwise=f"it is read from {_file(module)}"),
        )
    return function  # type: ignore[no-any-return]


def _module(name: str, root: Path) -> ModuleType:
    with _import_lock, _first_on_path(root):
        _forget_other_projects(root)
        _refuse_shadowed(name, root)
        before = set(sys.modules)
        suspects = own = _own_files(name, root)
        importlib.invalidate_caches()
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise _broken(name, error, root) from error
            known = sorted(file.stem for file in root.glob("*.py"))
            raise UsageError(
                f"there is no module '{name}' in {root}", hint=suggestion(name, known)
            ) from error
        except (Exception, SystemExit) as error:
            raise _broken(name, error, root) from error
        else:
            suspects = {}
            return module
        finally:
            _suspects.setdefault(root, {}).update(suspects)
            for added in set(sys.modules) - before:
                file = _file(sys.modules[added])
                if _stands_in(root, added, file):
                    path = Path(file)
                    _projects[added] = _Brought(root, path, own.get(path) or stamp(path))


def _broken(name: str, error: BaseException, root: Path) -> UsageError:
    message = short(str(error), 160)
    return UsageError(
        f"importing '{name}' failed: {type(error).__name__}: {message}{_place(error, root)}"
    )


@contextmanager
def _first_on_path(root: Path) -> Iterator[None]:
    entry = str(root)
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _forget_other_projects(root: Path) -> None:
    """Let two projects in one process each have a `checks.py`."""
    for name in [name for name, brought in _projects.items() if brought.root != root]:
        sys.modules.pop(name, None)
        del _projects[name]


def imported(root: Path) -> dict[Path, Stamp | None]:
    """Return the files that the project's scorers were imported from, as they were then.

    After an import that failed, they are all those in which the fault may lie.
    """
    root = root.resolve()
    files = {one.file: one.stamp for one in _projects.values() if one.root == root}
    return files | _suspects.get(root, {})


def forget() -> None:
    """Let the next use of a scorer import its module anew, and what that imports."""
    with _import_lock:
        for name in _projects:
            sys.modules.pop(name, None)
        _projects.clear()
        _suspects.clear()
        load.cache_clear()


def _own_files(name: str, root: Path) -> dict[Path, Stamp | None]:
    """Look at the files in a project that importing a module may read, there or not."""
    top, *_ = name.split(".")
    places = {root / f"{top}.py", *root.glob("*.py"), *(root / top).rglob("*.py")}
    return {path: stamp(path) for path in places}


def _stands_in(root: Path, name: str, file: str) -> bool:
    """Whether a module was found by way of the project's folder, not by another path entry."""
    top = name.partition(".")[0]
    return _inside(file, root) and Path(file).relative_to(root).parts[0] in {top, f"{top}.py"}


def _refuse_shadowed(name: str, root: Path) -> None:
    """Refuse a project's module whose name another one, already loaded, has taken."""
    top = name.partition(".")[0]
    loaded = sys.modules.get(top)
    mine = [path for path in (root / f"{top}.py", root / top / "__init__.py") if path.is_file()]
    if loaded is not None and mine and not _inside(_file(loaded), root):
        raise UsageError(
            f"'{mine[0].name}' has the name of another module, {_file(loaded) or top}",
            hint="rename the file",
        )


def _file(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or ""


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> PythonFunction:
    """Options: `function` (`module:function`, read from the project's folder)."""
    only(options, "function")
    name = options.get("function")
    if not isinstance(name, str):
        raise UsageError("needs a function", hint="write it as module:function, e.g. checks:tone")
    folder = root.resolve()
    return PythonFunction(name, load(name.strip(), folder), folder)
