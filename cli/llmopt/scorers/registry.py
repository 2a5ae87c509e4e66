"""Which scorers there are, and how what a user wrote becomes one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from llmopt.domain import ScorerSpec
from llmopt.errors import UsageError
from llmopt.scorers.base import Scorer
from llmopt.scorers.combined import AllOf, AnyOf, Not, Part
from llmopt.scorers.options import only, suggestion

ENTRY_POINTS = "llmopt.scorers"


class ScorerFactory(Protocol):
    """What makes a scorer of the options that a user wrote: each name stands for one.

    Third parties offer theirs as entry points. What the factory raises as
    UsageError, TypeError or ValueError is reported at the place of the options.
    """

    def __call__(self, options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Scorer:
        """Make the scorer; `labels` are the prompt's answers, `root` the project's folder."""
        ...


BUILT_IN: Mapping[str, str] = {
    "exact": "llmopt.scorers.exact:scorer",
    "label": "llmopt.scorers.label:scorer",
    "contains": "llmopt.scorers.contains:scorer",
    "regex": "llmopt.scorers.regex:scorer",
    "numeric": "llmopt.scorers.numeric:scorer",
    "json": "llmopt.scorers.json_fields:scorer",
    "f1": "llmopt.scorers.f1:scorer",
    "rouge": "llmopt.scorers.rouge:scorer",
    "length": "llmopt.scorers.length:scorer",
    "python": "llmopt.scorers.python_function:scorer",
    "similarity": "llmopt.scorers.similarity:scorer",
    "judge": "llmopt.scorers.judge:scorer",
}
"""Name to `module:factory`; the module is imported when a suite uses the name."""

COMBINING = ("all", "any", "not")
"""These have parts in place of options."""


def names() -> tuple[str, ...]:
    """Name every scorer that this installation knows, built in or installed beside it."""
    others = sorted(point.name for point in entry_points(group=ENTRY_POINTS))
    return tuple(dict.fromkeys((*BUILT_IN, *COMBINING, *others)))


def build(spec: ScorerSpec, *, labels: Sequence[str], root: Path) -> Scorer:
    """Make the scorer that `spec` describes. Scorers keep no state: one serves all cases.

    Raises:
        UsageError: the name is not known, or the options cannot be followed.
        MissingError: the scorer needs a package that is not installed.
    """
    try:
        return _build(spec, labels, root)
    except _PlacedError:
        raise
    except UsageError as error:
        raise _PlacedError(f"{_where(spec)} {error.message}", hint=error.hint) from error
    except (TypeError, ValueError) as error:
        raise _PlacedError(f"{_where(spec)} cannot be built: {error}") from error


class _PlacedError(UsageError):
    """A usage error that already says where: an inner part's is not wrapped by the outer."""


def _build(spec: ScorerSpec, labels: Sequence[str], root: Path) -> Scorer:
    _check_weight(spec.weight)
    if spec.name not in COMBINING:
        if spec.parts:
            raise UsageError("has no parts", hint=f"only {', '.join(COMBINING)} combine scorers")
        return _factory(spec.name)(spec.options, labels=labels, root=root)
    only(spec.options)
    if not spec.parts:
        raise UsageError("has no parts", hint="name the scorers that it combines")
    parts = tuple(
        Part(part.name, build(part, labels=labels, root=root), float(part.weight))
        for part in spec.parts
    )
    if spec.name == "not":
        if len(parts) > 1:
            raise UsageError(f"inverts one scorer, not {len(parts)}", hint="invert an all or any")
        return Not(parts)
    if not sum(part.weight for part in parts):
        raise UsageError("has no part with a weight")
    return AllOf(parts) if spec.name == "all" else AnyOf(parts)


def _check_weight(weight: float) -> None:
    if isinstance(weight, bool) or not math.isfinite(weight) or weight < 0:
        raise UsageError(f"has the weight {weight!r}; a weight is a number from 0")


def _factory(name: str) -> ScorerFactory:
    if name in BUILT_IN:
        module, _, factory = BUILT_IN[name].partition(":")
        return cast("ScorerFactory", getattr(import_module(module), factory))
    for point in entry_points(group=ENTRY_POINTS, name=name):
        return cast("ScorerFactory", point.load())
    known = names()
    raise UsageError(
        "is not known", hint=suggestion(name, known, otherwise=f"there are {', '.join(known)}")
    )


def _where(spec: ScorerSpec) -> str:
    return f"scorer '{spec.name}'" + (f" ({spec.place})" if spec.place else "")
