"""Where in a file of Python the reader stands: in which function, loop and assignment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager

from llmopt.audit.probes.code.module import Loop
from llmopt.audit.probes.code.python.values import Values, dotted

_STEPS = re.compile(r"attempt|retr(?:y|ies)|tr(?:y|ies)|steps?|turns?|rounds?|iterations?|hops?")
_MODELS = re.compile(r"(?i)(?:^|_|\.)(?:models?|llms?|clients?|providers?|backends?|fallbacks?)$")
"""A loop over these asks one after the other until one answers."""
MOST_LITERAL_ITEMS = 8
"""A loop over so many written items chooses among them; over more, it is over data."""


class Scope:
    """What surrounds the statement that is read; `targets` are what it assigns."""

    def __init__(self) -> None:
        self.targets: tuple[str, ...] = ()
        self._functions: list[str] = []
        self._loops: list[Loop] = []
        self._waiting = 0
        """How many loops around have no end: they wait for work, item by item."""

    @property
    def function(self) -> str:
        return self._functions[-1] if self._functions else ""

    @property
    def innermost(self) -> Loop | None:
        if self._waiting and self._loops:
            return "while"
        if "data" in self._loops:
            return "data"
        return self._loops[-1] if self._loops else None

    @contextmanager
    def inside(self, function: str) -> Iterator[None]:
        loops, self._loops = self._loops, []
        waiting, self._waiting = self._waiting, 0
        self._functions.append(function)
        yield
        self._functions.pop()
        self._loops, self._waiting = loops, waiting

    @contextmanager
    def repeated(self, kind: Loop, *, endless: bool = False) -> Iterator[None]:
        self._waiting += endless
        self._loops.append(kind)
        yield
        self._loops.pop()
        self._waiting -= endless

    @contextmanager
    def assigning(self, targets: tuple[str, ...]) -> Iterator[None]:
        before, self.targets = self.targets, targets
        yield
        self.targets = before


def loop_kind(target: ast.expr, over: ast.expr, values: Values) -> Loop:
    """Tell what a loop runs over, by the names of its variable and of what it goes through."""
    targets, source = values.mentions(target), values.mentions(over)
    if any(_STEPS.fullmatch(name.rpartition("_")[2].lower()) for name in targets):
        return "steps"
    if any(_MODELS.search(name) for name in source | targets):
        return "steps"
    if isinstance(over, ast.List | ast.Tuple) and len(over.elts) <= MOST_LITERAL_ITEMS:
        return "steps"
    if isinstance(over, ast.Call) and dotted(over.func, values.aliases) in {"range", "count"}:
        of_data = len(over.args) == 3 or any(isinstance(a, ast.Call) for a in over.args)
        return "data" if of_data else "steps"
    return "data"
