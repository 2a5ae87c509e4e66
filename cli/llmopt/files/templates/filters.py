"""The filters and methods that templates have: Jinja's where they are harmless, ours elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.tests import TESTS

from llmopt.files.problems import kind_of
from llmopt.files.templates.metering import LOOP_LIMIT, meter_of

INNER = ":"
"""Begins the names of filters that only the compiler may use."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS: Mapping[type, frozenset[str]] = {
    str: _names(
        "upper lower title capitalize strip lstrip rstrip split rsplit splitlines replace join"
        " startswith endswith removeprefix removesuffix count find isdigit isalpha isupper islower"
    ),
    dict: _names("items keys values get"),
}
METHOD_NAMES = METHODS[str] | METHODS[dict]
MAPPABLE = _names("upper lower title capitalize trim string int float abs length first last tojson")
TEST_NAMES = _names(
    "boolean defined divisibleby eq equalto even false float ge greaterthan gt integer iterable"
    " le lessthan lower lt mapping ne none number odd sequence string true undefined upper"
)

_FROM_JINJA = _names(
    "abs capitalize count d default dictsort e escape first float int items last length list lower"
    " max min reject rejectattr reverse select selectattr sort string title trim truncate unique"
    " upper wordcount"
)
_WIDTHS = re.compile(r"%(?:\([^)]*\))?[^%a-zA-Z]*(?:\d{4}|\*)")


def _metered(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that is charged for what it reads and for the text that it makes."""
    wanted = str(getattr(getattr(function, "jinja_pass_arg", None), "name", ""))

    @pass_context
    def run(context: Context, value: object, *args: object, **kwargs: object) -> object:
        meter = meter_of(context)
        _sized(context, value)
        given = {
            "context": (context,),
            "eval_context": (context.eval_ctx,),
            "environment": (context.environment,),
        }.get(wanted, ())
        result = function(*given, value, *args, **kwargs)
        if isinstance(result, str):
            meter.handle(len(result))
            return str(result)
        return result

    return run


@pass_context
def _replace(
    context: Context,
    text: object,
    old: str,
    new: str,
    count: int | None = None,
) -> str:
    whole = str(text)
    limit = whole.count(old) if count is None or count < 0 else count
    meter_of(context).handle(len(whole) + min(limit, whole.count(old)) * len(new))
    return whole.replace(old, new, limit)


@pass_context
def _join(
    context: Context,
    values: Iterable[Any],
    separator: object = "",
    attribute: Any = None,  # noqa: ANN401
) -> str:
    items = list(values)
    if attribute is not None:
        items = [context.environment.getitem(item, attribute) for item in items]
    meter_of(context).handle(len(items) * (len(str(separator)) + 1))
    return str(separator).join(str(item) for item in items)


def _indent(text: object, width: int = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - Jinja's shape
    if not 0 <= width <= 100:
        raise SecurityError("'indent' goes up to 100 columns")
    lines = str(text).split("\n")
    pad = " " * width
    shifted = [f"{pad}{line}" if line or blank else line for line in lines]
    return "\n".join(shifted if first else [lines[0], *shifted[1:]])


def _round(value: float, precision: int = 0, method: str = "common") -> float:
    if not -20 <= precision <= 20:
        raise SecurityError("'round' goes up to 20 digits")
    result: float = FILTERS["round"](value, precision, method)
    return result


def _to_json(value: object, indent: int | None = None) -> str:
    """JSON as people write it; Jinja's own escapes it for HTML."""
    if indent is not None and not 0 <= indent <= 8:
        raise SecurityError("'tojson' indents by up to 8 columns")
    return json.dumps(value, ensure_ascii=False, indent=indent)


@pass_context
def apply_format(context: Context, text: str, *args: object, **kwargs: object) -> str:
    """`'%.2f'|format(price)`, without the widths that would blow the text up."""
    if _WIDTHS.search(text):
        raise SecurityError("a format cannot ask for a width of thousands")
    values: object = kwargs or args
    meter_of(context).handle(len(text))
    result = text % values
    meter_of(context).handle(len(result))
    return result


@pass_context
def _map(
    context: Context,
    values: Iterable[Any],
    name: str | None = None,
    *,
    attribute: object = None,
) -> list[Any]:
    """`map('upper')` or `map(attribute='name')`: one result an item."""
    if attribute is not None and name is None:
        return [_part(context, item, attribute) for item in values]
    if name not in MAPPABLE:
        raise SecurityError(f"'map' applies one of: {', '.join(sorted(MAPPABLE))}")
    function = context.environment.filters[name]
    return [function(context, item) for item in values]


def _part(context: Context, item: object, path: object) -> object:
    for part in str(path).split("."):
        item = context.environment.getitem(item, int(part) if part.isdigit() else part)
    return item


@pass_context
def _sum(context: Context, values: Iterable[Any], attribute: object = None) -> float:
    total: float = 0
    for value in values:
        item = value if attribute is None else _part(context, value, attribute)
        if not isinstance(item, (int, float)):
            raise SecurityError(f"'sum' adds numbers, found {kind_of(item)}")
        total += item
    return total


@pass_context
def _rounds(context: Context, values: Any) -> Any:  # noqa: ANN401 - any value may be looped over
    """What a loop goes over, paid for before the loop begins."""
    if isinstance(values, Undefined):
        str(values)
    if isinstance(values, (int, float, bool)) or values is None:
        raise SecurityError(f"a loop needs a list, found {kind_of(values)}")
    items = values if isinstance(values, (list, tuple, dict, str, range)) else list(values)
    meter_of(context).loop(len(items))
    return items


@pass_context
def _sized(context: Context, value: object) -> object:
    """What is compared, searched or cut as a whole, paid for by its size."""
    if isinstance(value, (str, list, tuple, dict)):
        meter_of(context).handle(len(value))
    return value


@pass_context
def _concat(context: Context, *parts: object) -> str:
    texts = [str(part) for part in parts]
    meter_of(context).handle(sum(map(len, texts)))
    return "".join(texts)


def _range(*bounds: int) -> range:
    if not all(isinstance(bound, int) for bound in bounds):
        raise SecurityError("'range' counts whole numbers")
    numbers = range(*bounds)
    if len(numbers) > LOOP_LIMIT:
        raise SecurityError(f"'range' counts up to {LOOP_LIMIT:,}")
    return numbers


def _method(name: str) -> Callable[..., Any]:
    """A method of text or of a mapping, reached without attribute access."""

    @pass_context
    def run(context: Context, value: Any, *args: Any) -> Any:  # noqa: ANN401
        if isinstance(value, Undefined):
            str(value)
        for kind in (str, dict):
            if isinstance(value, kind) and name in METHODS[kind]:
                if name == "replace":
                    return _replace(context, value, *args)
                if name == "join":
                    return _join(context, args[0] if args else [], value)
                result = getattr(kind, name)(value, *args)
                meter_of(context).handle(len(value))
                return (
                    result
                    if isinstance(result, (str, int, bool)) or name == "get"
                    else list(result)
                )
        raise SecurityError(f"{kind_of(value)} has no method '{name}'")

    return run


ALL_FILTERS: dict[str, Callable[..., Any]] = {
    **{name: _metered(FILTERS[name]) for name in _FROM_JINJA},
    "format": _metered(apply_format),
    "indent": _metered(_indent),
    "join": _metered(_join),
    "map": _metered(_map),
    "replace": _metered(_replace),
    "round": _metered(_round),
    "sum": _metered(_sum),
    "tojson": _metered(_to_json),
}
FILTER_NAMES = frozenset(ALL_FILTERS)
ALL_FILTERS |= {
    f"{INNER}loop": _rounds,
    f"{INNER}concat": _concat,
    f"{INNER}sized": _sized,
    f"{INNER}range": _range,
    **{f"{INNER}{name}": _method(name) for name in METHOD_NAMES},
}
ALL_TESTS = {name: TESTS[name] for name in TEST_NAMES}
