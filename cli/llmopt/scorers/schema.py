from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from llmopt.errors import MissingError, ScorerError, UsageError
from llmopt.scorers.objects import Json, as_json
from llmopt.scorers.text import short


class _Violation(Protocol):
    json_path: str
    message: str


class _Validator(Protocol):
    def iter_errors(self, instance: Json) -> Iterator[_Violation]: ...


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON Schema (draft 2020-12, unless it names another) that holds all it refers to."""

    validator: _Validator
    keys: frozenset[str]
    """Its top-level properties."""

    def violation(self, value: Json) -> str | None:
        """Say where and how `value` does not conform; None where it does.

        Raises:
            ScorerError: the schema refers to what it does not hold.
        """
        from jsonschema.exceptions import best_match
        from referencing.exceptions import Unresolvable

        try:
            error = best_match(self.validator.iter_errors(value))
        except RecursionError:
            return "nested too deeply"
        except Unresolvable as missing:
            raise ScorerError(f"the schema refers to what it does not hold: {missing}") from missing
        return f"{error.json_path}: {short(error.message)}" if error else None


def read_schema(value: object) -> Schema:
    """Make a schema of what a user wrote. Nothing is ever fetched for it.

    Raises:
        UsageError: it is no JSON Schema.
        MissingError: the package jsonschema is not installed.
    """
    try:
        from jsonschema import Draft202012Validator, SchemaError
        from jsonschema.validators import validator_for
        from referencing import Registry
    except ImportError as error:
        raise MissingError(
            f"'schema' needs the package jsonschema: {error}", hint="pip install jsonschema"
        ) from error
    plain = as_json(value)
    if not isinstance(plain, dict):
        raise UsageError("'schema' is a mapping, a JSON Schema")
    kind = validator_for(plain, default=Draft202012Validator)
    try:
        kind.check_schema(plain)
    except SchemaError as error:
        raise UsageError(f"'schema' is no JSON Schema: {short(error.message, 160)}") from error
    properties = plain.get("properties")
    keys = frozenset(properties) if isinstance(properties, dict) else frozenset()
    return Schema(cast("_Validator", kind(plain, registry=Registry())), keys)
