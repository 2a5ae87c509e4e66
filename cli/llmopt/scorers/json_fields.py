from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, given
from llmopt.scorers.objects import Json, Kind, NotJsonError, as_json, find, parse
from llmopt.scorers.options import flag, only
from llmopt.scorers.schema import Schema, read_schema
from llmopt.scorers.text import listed, quote, short, visible

_ABSENT = object()
_SHOWN = 3  # wrong fields that a reason names


class Leaf(NamedTuple):
    """One field compared: where it is and, unless it is right, what is wrong with it."""

    path: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class JsonFields:
    """The share of the expected fields that the reply's JSON object gets right.

    Fields of nested objects and the items of lists, position by position, count
    one each; a surplus list item is a wrong one, a surplus key is only reported.
    `strict_types` false also takes `"12"` for 12, `"yes"` in other case or
    spacing, and a missing field for null. With `schema`, an object that does not
    conform scores 0; without an expectation one that does scores 1.
    """

    expect: Any = None
    strict_types: bool = True
    schema: Schema | None = None

    def score(self, reply: str, case: Case) -> Score:
        wanted = self._wanted(case)
        kind: Kind = "array" if isinstance(wanted, list) else "object"
        keys = self._keys(wanted)
        try:
            said = find(
                visible(reply), kind, wanted=lambda value: not keys or bool(keys & _keys_of(value))
            )
        except NotJsonError as error:
            return Score(0.0, f"{error}: {quote(reply)}")
        problem = self.schema.violation(said) if self.schema else None
        if problem:
            return Score(0.0, f"against the schema: {problem}")
        if wanted is None:
            return Score(1.0, "conforms to the schema")
        leaves = list(compare(wanted, said, strict=self.strict_types))
        return Score(_share(leaves), _reason(leaves, _surplus(wanted, said)))

    def _wanted(self, case: Case) -> Json:
        if self.schema and self.expect is None and case.expect is None:
            return None
        return given(self.expect, case, read_expected)

    def _keys(self, wanted: Json) -> Set[str]:
        """Return the keys that tell the answer from other objects in a reply."""
        if isinstance(wanted, dict):
            return wanted.keys()
        return self.schema.keys if self.schema and wanted is None else frozenset()


def compare(wanted: Json, said: object, *, strict: bool, path: str = "") -> Iterator[Leaf]:
    """Compare leaf by leaf; the expectation's shape says what the leaves are."""
    if isinstance(wanted, dict) and wanted:
        for key, value in wanted.items():
            inner = said.get(key, _ABSENT) if isinstance(said, dict) else _ABSENT
            yield from compare(value, inner, strict=strict, path=f"{path}.{key}" if path else key)
    elif isinstance(wanted, list) and wanted:
        items = said if isinstance(said, list) else []
        for index, value in enumerate(wanted):
            inner = items[index] if index < len(items) else _ABSENT
            yield from compare(value, inner, strict=strict, path=f"{path}[{index}]")
        for index in range(len(wanted), len(items)):
            yield Leaf(f"{path}[{index}]", "not expected")
    elif _equal(wanted, said) or (not strict and _alike(wanted, said)):
        yield Leaf(path, None)
    elif said is _ABSENT:
        yield Leaf(path, "missing")
    else:
        yield Leaf(path, f"expected {_shown(wanted)}, got {_shown(said, beside=wanted)}")


def _equal(wanted: Json, said: object) -> bool:
    """Compare leaves; JSON has one kind of number, and true is none."""
    if isinstance(wanted, bool) or isinstance(said, bool):
        return wanted is said
    if isinstance(wanted, int | float):
        return isinstance(said, int | float) and wanted == said
    if isinstance(wanted, dict):
        return isinstance(said, dict)
    return type(wanted) is type(said) and bool(wanted == said)


def _alike(wanted: Json, said: object) -> bool:
    if isinstance(said, dict | list) or isinstance(wanted, dict | list):
        return False
    if said is _ABSENT:
        return wanted is None
    one, other = _loose(wanted), _loose(said)
    if one == other:
        return True
    if isinstance(wanted, bool) or isinstance(said, bool):
        return False
    try:
        return Decimal(one) == Decimal(other)
    except ArithmeticError:
        return False


def _loose(value: object) -> str:
    if value is None:
        return "null"
    text = unicodedata.normalize("NFKC", str(value))
    return " ".join(text.casefold().split())


def _share(leaves: Sequence[Leaf]) -> float:
    return sum(leaf.wrong is None for leaf in leaves) / len(leaves)


def _reason(leaves: Sequence[Leaf], surplus: Sequence[str]) -> str:
    wrong = [leaf for leaf in leaves if leaf.wrong is not None]
    parts = [f"{len(leaves) - len(wrong)} of {len(leaves)} fields right"]
    parts += [f"{short(leaf.path, 40) or 'it'}: {leaf.wrong}" for leaf in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        parts.append(f"{len(wrong) - _SHOWN} more wrong")
    if surplus:
        parts.append(f"not asked for: {listed(surplus)}")
    return "; ".join(parts)


def _surplus(wanted: Json, said: Json) -> list[str]:
    if not isinstance(wanted, dict) or not isinstance(said, dict):
        return []
    return [key for key in said if key not in wanted]


def _shown(value: object, *, beside: object = None) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        number = isinstance(beside, int | float) and not isinstance(beside, bool)
        return f"'{short(value, 40)}'" + (" (text, not a number)" if number else "")
    text = short(str(value), 40)
    return text + (" (a number, not text)" if isinstance(beside, str) else "")


def _keys_of(value: Json) -> set[str]:
    return set(value) if isinstance(value, dict) else set()


def read_expected(value: object) -> Json:
    """Read a mapping, a list, or JSON text of either as the expected value.

    Raises:
        ValueError: it is neither.
    """
    read = _parsed(value) if isinstance(value, str) else as_json(value)
    if isinstance(read, dict | list):
        return read
    raise ValueError(f"expected a mapping, got {_shown(read)}")


def _parsed(text: str) -> Json:
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"expected a mapping, got {quote(text)}: {error}") from error


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> JsonFields:
    """Options: `expect` (a mapping), `schema` (a JSON Schema), `strict_types` (true)."""
    only(options, "expect", "schema", "strict_types")
    schema = options.get("schema")
    return JsonFields(
        checked(options.get("expect"), read_expected),
        flag(options, "strict_types", default=True),
        None if schema is None else read_schema(schema),
    )
