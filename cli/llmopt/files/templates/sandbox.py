"""The Jinja environment that templates run in: values in, text out, in bounded time and memory.

Three walls. `rules` lets only a small part of the language through. Here, values have items and no
Python attributes, and methods are filters of ours. And everything that loops or makes text is
charged to a meter, so that no short template makes a long text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from llmopt.files.problems import kind_of, shorten
from llmopt.files.templates.filters import ALL_FILTERS, ALL_TESTS, apply_format
from llmopt.files.templates.metering import meter_of

_NUMBER_BITS = 4096
_LOOP_FIELDS = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem"}
)


class Missing(StrictUndefined):
    """A value that is not there: any use of it fails with a plain sentence."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name = shorten(self._undefined_name)
        if self._undefined_obj is None:
            return f"a null value has no part '{name}'"
        if isinstance(self._undefined_obj, (str, int, float, bool)):
            return f"{kind_of(self._undefined_obj)} has no part '{name}'"
        if isinstance(self._undefined_obj, (dict, list, tuple)):
            return f"{kind_of(self._undefined_obj)} has no '{name}' in it"
        return f"variable '{self._undefined_name}' is not given"


class Environment(ImmutableSandboxedEnvironment):
    """Jinja without attributes, calls and globals; operators are checked before they run."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(undefined=Missing, autoescape=False, keep_trailing_newline=True)
        self.globals = {}
        self.filters = dict(ALL_FILTERS)
        self.tests = dict(ALL_TESTS)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's shape
        if isinstance(obj, LoopContext) and attribute in _LOOP_FIELDS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja's shape
        if isinstance(obj, Undefined):
            return str(obj)  # raises: what is missing has no parts
        if isinstance(argument, Undefined):
            return str(argument)
        if isinstance(obj, (dict, list, tuple, str)):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return self.undefined(obj=obj, name=str(argument))

    def call(
        self, _context: Context, _function: object, *_args: object, **_kwargs: object
    ) -> object:
        raise SecurityError("templates cannot call functions")

    def call_binop(
        self,
        context: Context,
        operator: str,
        left: Any,  # noqa: ANN401 - Jinja's shape
        right: Any,  # noqa: ANN401 - Jinja's shape
    ) -> Any:  # noqa: ANN401 - Jinja's shape
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return _calculate(operator, left, right)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            meter_of(context).handle(len(left) + len(right))
            return left + right
        if operator == "%" and isinstance(left, str):
            return apply_format(context, left, *(right if isinstance(right, tuple) else (right,)))
        raise SecurityError(
            f"'{operator}' cannot join {kind_of(left)} and {kind_of(right)};"
            " '~' joins text, numbers are added after |int or |float"
        )


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


def _calculate(sign: str, left: float, right: float) -> object:
    if sign not in _OPERATORS:
        raise SecurityError(f"'{sign}' is not allowed")
    if all(isinstance(side, int) for side in (left, right)):
        bits = int(left).bit_length() + int(right).bit_length()
        if bits > _NUMBER_BITS:
            raise SecurityError("the template makes a number that is too large")
    return _OPERATORS[sign](left, right)
