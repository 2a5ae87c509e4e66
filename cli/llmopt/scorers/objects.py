"""JSON values inside replies: found in linear time, whatever stands around them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Literal, NoReturn, TypeAlias, cast

Kind = Literal["object", "array"]
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"

_STARTS: Mapping[Kind, re.Pattern[str]] = {
    "object": re.compile(r'\{\s*["}]'),
    "array": re.compile(r'\[\s*["\d\[\]{tfn-]'),
}

_COST = 50
"""How often its own length a reply may cost in places that turn out not to be JSON."""


class NotJsonError(ValueError):
    """No value of the wanted kind is in the reply; the message says what was met instead."""


def find(text: str, kind: Kind, *, wanted: Callable[[Json], bool]) -> Json:
    """Return the first JSON value of `kind` for which `wanted` holds.

    Where none is wanted, the first one; an empty one only if there is no other.

    Raises:
        NotJsonError: there is none.
    """
    spare: Json = None
    for value in _values(text, kind):
        if wanted(value):
            return value
        spare = spare or value
    if spare is None:
        raise NotJsonError(f"no JSON {kind} in the reply")
    return spare


def _values(text: str, kind: Kind) -> Iterator[Json]:
    """Parse the outermost values; inside a place that is no JSON, what lies deeper.

    Raises:
        NotJsonError: nothing was found and something looked like it, or the text ends inside
            a value: what is inside that one is no answer.
    """
    budget = _COST * len(text) + 10_000
    done, found, problem = 0, False, ""
    for start in _STARTS[kind].finditer(text):
        if start.start() < done or budget < 0:
            continue
        try:
            value, done = _DECODER.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            if _cut_off(text, error):
                raise NotJsonError(f"the JSON {kind} is cut off") from error
            problem = problem or f"{error.msg} (line {error.lineno}, column {error.colno})"
            budget -= error.pos + 100
        except (ValueError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            problem = problem or ("it is nested too deeply" if deep else str(error))
            budget -= len(text)
        else:
            found = True
            yield cast("Json", value)
    if problem and not found:
        raise NotJsonError(f"no valid JSON {kind}: {problem}")


def _cut_off(text: str, error: json.JSONDecodeError) -> bool:
    """Whether all of the text was good so far: the reply ended too early."""
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")


def parse(text: str) -> Json:
    """Parse a whole text as JSON, as strictly as RFC 8259 (no NaN).

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return cast("Json", _DECODER.decode(text))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def as_json(value: object) -> Json:
    """Return a YAML value as JSON has it: keys are text, dates too.

    Raises:
        ValueError: it has no counterpart in JSON.
    """
    match value:
        case Mapping():
            return {str(key): as_json(item) for key, item in value.items()}
        case list() | tuple():
            return [as_json(item) for item in value]
        case date():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
    raise ValueError(f"{type(value).__name__} is no JSON value")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
