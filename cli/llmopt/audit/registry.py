"""Which checks there are: those of llmopt, and those that installed packages add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, get_args

from llmopt.audit.check import AREAS, Area, Check, Goal, Need
from llmopt.audit.checks import GOALS
from llmopt.audit.judging import Judgement
from llmopt.errors import LlmoptError, UsageError

if TYPE_CHECKING:
    from llmopt.audit.facts import Facts
    from llmopt.domain import Saving

ENTRY_POINTS = "llmopt.checks"
"""Third parties offer a `Goal` with its checks under each entry point of this group."""
_JUDGED = frozenset({"pass", "fail", "manual", "not-applicable", "undecided"})
_WEIGHTS = range(1, 6)


@cache
def goals() -> tuple[Goal, ...]:
    """Return every goal, area by area: those of llmopt, then those of other packages.

    Raises:
        UsageError: an entry point cannot be loaded, or what it offers is not to be used.
    """
    found = list(GOALS)
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda one: (one.name, one.value)):
        goal = _load(point)
        problems = list(_problems(goal, found))
        if problems:
            raise UsageError(f"{_origin(point)} {'; '.join(problems)}", hint=_HINT)
        found.append(replace(goal, checks=tuple(_guarded(c, point) for c in goal.checks)))
    order = {area.code: position for position, area in enumerate(_areas(found))}
    return tuple(sorted(found, key=lambda goal: order[goal.area.code]))


def areas() -> tuple[Area, ...]:
    """Return every area that a goal has, those of llmopt first."""
    return tuple(_areas(goals()))


def checks() -> Mapping[str, Check]:
    """Return every check by its code."""
    return {check.code: check for goal in goals() for check in goal.checks}


_HINT = "mend or uninstall the package; the library reference says what a check has to be"


def _areas(found: Iterable[Goal]) -> Iterator[Area]:
    known = {area.code: area for area in (*AREAS, *(goal.area for goal in found))}
    return iter(known.values())


def _origin(point: EntryPoint) -> str:
    package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
    return f"entry point '{point.name}' ({ENTRY_POINTS}){package}"


def _load(point: EntryPoint) -> Goal:
    try:
        goal = point.load()
    except Exception as error:  # whatever somebody's module raises
        raise UsageError(
            f"{_origin(point)} cannot be loaded from {point.value}: {_said(error)}", hint=_HINT
        ) from error
    if not isinstance(goal, Goal):
        raise UsageError(f"{_origin(point)} offers a {type(goal).__name__}, not a Goal", hint=_HINT)
    return goal


def _problems(goal: Goal, found: list[Goal]) -> Iterator[str]:
    """Yield what forbids a goal of another package beside those found before."""
    area = next((one for one in _areas(found) if one.code == goal.area.code), None)
    if area is not None and area != goal.area:
        yield f"has another area {area.code} than '{area.title}'"
    if not re.fullmatch(r"[A-Z]{3}", goal.area.code):
        yield f"has the area '{goal.area.code}'; the code of an area is three capital letters"
    if not re.fullmatch(rf"{goal.area.code}\d", goal.code):
        yield f"has the goal '{goal.code}'; its code is {goal.area.code} and a digit"
    if goal.code in {one.code for one in found}:
        yield f"has the goal {goal.code}, which there is already"
    if not goal.checks:
        yield f"has no check under its goal {goal.code}"
    names = {check.name for one in found for check in one.checks}
    codes: set[str] = set()
    for check in goal.checks:
        yield from _check_problems(check, goal)
        if check.code in codes or check.name in names:
            yield f"has the check {check.code} {check.name}, which there is already"
        codes.add(check.code)
        names.add(check.name)


def _check_problems(check: Check, goal: Goal) -> Iterator[str]:
    if not re.fullmatch(rf"{goal.code}\d\d", check.code):
        yield f"has the check '{check.code}'; its code is {goal.code} and two digits"
    if check.weight not in _WEIGHTS:
        yield f"gives {check.code} the weight {check.weight!r}; a weight is from 1 to 5"
    if unknown := set(check.needs) - {*get_args(Need)}:
        yield f"lets {check.code} look at {min(unknown)!r}; {', '.join(get_args(Need))} exist"


def _guarded(check: Check, point: EntryPoint) -> Check:
    """Let what a check of another package does wrong be told as that package's."""
    saves = check.saves

    def judge(facts: Facts) -> Judgement:
        with _blaming(check, point):
            judged = check.judge(facts)
            _hold(judged)
        return judged

    def saved(facts: Facts) -> Saving | None:
        with _blaming(check, point):
            return saves(facts) if saves else None

    return replace(check, judge=judge, saves=saved if saves else None)


@contextmanager
def _blaming(check: Check, point: EntryPoint) -> Iterator[None]:
    try:
        yield
    except LlmoptError:
        raise
    except Exception as error:  # whatever somebody's code raises
        raise UsageError(
            f"check {check.code} of {_origin(point)} failed: {_said(error)}",
            hint=f"leave it out with --skip {check.code}, or tell its authors",
        ) from error


def _hold(judged: object) -> None:
    """Refuse what is no judgement, and a verdict without evidence."""
    if not isinstance(judged, Judgement):
        raise TypeError(f"it returned a {type(judged).__name__}, not a Judgement")
    if judged.outcome not in _JUDGED:
        raise ValueError(f"it has no outcome '{judged.outcome}'")
    if judged.outcome in {"pass", "fail"} and not judged.evidence:
        raise ValueError(f"it says {judged.outcome} without evidence")


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
