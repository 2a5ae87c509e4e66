"""YAML with lines, and Helm templates filled from their chart's values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

HIDDEN = "HIDDEN-BY-TEMPLATE"
"""What stands where a template's value is not known."""
MOST_DEPTH = 60
_VALUE = re.compile(r"\{\{-?\s*(?:toYaml\s+)?\.Values\.([\w.]+)[^}]*?-?\}\}")
_CONTROL = re.compile(
    r"^\s*\{\{-?\s*(?:if|else|end|with|range|define|include|template|/\*|\$)[^}]*\}\}\s*$"
)
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_GUARD = re.compile(
    r"\s*(?:(?:#[^\n]*|\{\{-?\s*/\*.*?\*/\s*-?\}\})\s*)*\{\{-?\s*if\s([^}]*)\}\}", re.DOTALL
)
_BLOCK = re.compile(r"^(\s*)\{\{-?\s*(?:toYaml\s+)?\.Values\.([\w.]+)[^}]*-?\}\}\s*$")


class Mapped(dict[str, Any]):
    """A mapping that knows its line and those of its keys."""

    line: int = 1
    lines: dict[str, int]


def documents(text: str) -> Iterator[Any]:
    """Yield the documents of a YAML file as plain values.

    Raises:
        ValueError: it is no YAML.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for node in yaml.compose_all(text, Loader=loader):
            yield _plain(node, {}, 0)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _plain(node: Any, known: dict[int, Any], depth: int) -> Any:  # noqa: ANN401 - nodes of yaml
    """Turn a node into values; a node that aliases share is turned once."""
    import yaml

    if id(node) in known or depth > MOST_DEPTH:
        return known.get(id(node))
    if isinstance(node, yaml.MappingNode):
        mapped = known[id(node)] = Mapped()
        mapped.line = node.start_mark.line + 1
        mapped.lines = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                mapped.lines[key.value] = key.start_mark.line + 1
                mapped[key.value] = _plain(value, known, depth + 1)
        return mapped
    if isinstance(node, yaml.SequenceNode):
        items = known[id(node)] = []
        items.extend(_plain(item, known, depth + 1) for item in node.value)
        return items
    return node.value if isinstance(node, yaml.ScalarNode) else None


def filled(text: str, values: Any) -> str:  # noqa: ANN401
    """Fill a Helm template: values where the chart has them, control lines left blank."""
    lines = []
    for line in text.splitlines():
        block = _BLOCK.match(line)
        if block:
            lines.append(f"{block[1]}{_flow(_found(values, block[2]))}")
        elif _CONTROL.match(line):
            lines.append("")
        else:
            filled_in = _VALUE.sub(lambda match: _scalar(_found(values, match[1])), line)
            rest = _ANY.sub(HIDDEN, filled_in)
            lines.append("" if rest.strip() == HIDDEN else rest)
    return "\n".join(lines)


def is_left_out(text: str, values: Any) -> bool:  # noqa: ANN401
    """Tell whether a template begins with a condition that the chart's values do not meet."""
    match = _GUARD.match(text)
    if match is None or re.search(r"\b(?:not|or|eq|ne|default)\b", match[1]):
        return False
    found = [_found(values, path) for path in re.findall(r"\.Values\.([\w.]+)", match[1])]
    return any(not value or str(value).lower() in {"false", "0", "null"} for value in found)


def _found(values: Any, path: str) -> Any:  # noqa: ANN401
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _flow(value: Any) -> str:  # noqa: ANN401
    return json.dumps({HIDDEN: True} if value is None else value)


def _scalar(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return HIDDEN
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def plain_text(value: Any, depth: int = 0) -> str:  # noqa: ANN401
    """Return all keys and values as one text, for rules on words."""
    if depth > MOST_DEPTH:
        return ""
    if isinstance(value, dict):
        return " ".join(f"{key} {plain_text(inner, depth + 1)}" for key, inner in value.items())
    if isinstance(value, list):
        return " ".join(plain_text(inner, depth + 1) for inner in value)
    return "" if value is None else str(value)
