"""The schemas' errors in plain words."""

from __future__ import annotations

import types
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic_core import ErrorDetails

from llmopt.files.problems import did_you_mean, hints, kind_of, listing, quoted, shorten
from llmopt.files.schemas.base import TAG_MARK
from llmopt.files.yaml_scalars import resolve

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
_OLD_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})


class Told(NamedTuple):
    """An error as the user reads it."""

    message: str
    hint: str | None = None


def explain(model: type[BaseModel], details: ErrorDetails) -> Told:
    """Say one of pydantic's errors about `model` in the words of llmopt."""
    kind, found, context = details["type"], details["input"], details.get("ctx", {})
    path = [p for p in details["loc"] if not str(p).startswith(TAG_MARK)]
    if kind == "plain":
        return Told(str(context["message"]), context["hint"])
    if kind in {"missing", "extra_forbidden"}:
        return _about_key(kind, str(path[-1]), keys_at(model, details["loc"][:-1]))
    name = next((f"'{shorten(p)}': " for p in reversed(path) if isinstance(p, str)), "")
    if path and isinstance(path[-1], int):
        name = f"an item of {name}"
    message, hint = _about_value(kind, found, context)
    return Told(f"{name}{message}", hint)


def _about_key(kind: str, key: str, keys: dict[str, str | None]) -> Told:
    if kind == "missing":
        return Told(f"key '{key}' is missing", keys.get(key))
    near = hints(did_you_mean(key, keys), f"allowed here: {listing(sorted(keys))}")
    return Told(f"unknown key '{shorten(key)}'", near)


def _about_value(kind: str, found: object, context: dict[str, Any]) -> Told:
    if kind in _EXPECTED:
        return Told(f"expected {_EXPECTED[kind]}, found {_shown(found)}", _cure(kind, found))
    if kind in _BOUNDS:
        return Told(f"{_BOUNDS[kind].format(**context)}, found {shorten(found)}")
    if kind == "literal_error":
        options = str(context["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        near = did_you_mean(str(found), options)
        return Told(f"expected {_either(options)}, found {_shown(found)}", near)
    if kind in {"too_short", "string_too_short"}:
        return Told("must not be empty")
    return Told("this value does not fit")


def _either(options: list[str]) -> str:
    return quoted(options).replace(" and ", " or ")


def _shown(value: object) -> str:
    kind = kind_of(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"{kind} '{shorten(value)}'"
    return f"{kind} ({shorten(value)})" if isinstance(value, (int, float)) else kind


def _cure(kind: str, found: object) -> str | None:
    if kind == "bool_type" and isinstance(found, str) and found.lower() in _OLD_BOOLEANS:
        return "write true or false"
    if kind in {"int_type", "float_type"} and isinstance(found, str):
        return (
            "write the number without quotes" if isinstance(resolve(found), float | int) else None
        )
    if kind == "list_type" and isinstance(found, str):
        return f"write it as a list: [{shorten(found)}]"
    if found is None:
        return "give it a value, or remove the key"
    return None


def keys_at(model: type[BaseModel], location: tuple[str | int, ...]) -> dict[str, str | None]:
    """The keys that a schema allows at a location, each with an example where it has one."""
    kind: Any = model
    for part in location:
        kind = _inner(kind, part)
    kind = _bare(kind)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return {}
    return {
        field.alias or name: f"for example {field.alias or name}: {field.examples[0]}"
        if field.examples and isinstance(field.examples[0], str | int | float)
        else field.description
        for name, field in kind.model_fields.items()
    }


def _inner(kind: Any, part: str | int) -> Any:  # noqa: ANN401 - a type expression
    """The type of what stands under a key, an index or an alternative's tag."""
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {f.alias or name: f for name, f in kind.model_fields.items()}
        return fields[str(part)].annotation if str(part) in fields else None
    if get_origin(kind) in {Union, types.UnionType}:
        return next((arm for arm in get_args(kind) if Tag(str(part)) in _marks(arm)), None)
    return get_args(kind)[-1] if get_origin(kind) in {list, dict} else None


def _bare(kind: Any) -> Any:  # noqa: ANN401 - a type expression
    """The type without annotations and without None."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        arms = [arm for arm in get_args(kind) if arm is not type(None)]
        if get_origin(kind) in {Union, types.UnionType} and len(arms) == 1:
            kind = arms[0]
            continue
        return kind


def _marks(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type expression
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()
