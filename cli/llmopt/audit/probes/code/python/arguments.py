"""The arguments of calls in Python, those of nested settings among them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from llmopt.audit.probes.code.python.values import Values, dotted

_GROUPS = frozenset(
    [
        "config",
        "generation_config",
        "model_settings",
        "options",
        "inferenceConfig",
        "inference_config",
        "model_kwargs",
        "extra_body",
        "text",
        "output_config",
        "search_kwargs",
        "generate_kwargs",
        "generation_kwargs",
    ]
)
"""Arguments that hold settings of their own."""


class Arguments:
    """Reads calls, with what was constructed under a name and is passed to one later."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._built: dict[str, ast.Call] = {}

    def construct(self, names: Iterable[str], call: ast.Call) -> None:
        """Remember what a call constructs under these names."""
        self._built |= dict.fromkeys(names, call)

    def collect(self, node: ast.Call, into: dict[str, Any]) -> bool:
        """Collect the arguments of a call; tell whether something unreadable is spread into it."""
        is_open = False
        for position, argument in enumerate(node.args):
            into[str(position)] = self._values.of(argument)
            if isinstance(argument, ast.Call):
                self.collect(argument, into)
        for keyword in node.keywords:
            value = self._values.of(keyword.value)
            if keyword.arg is None:
                is_open |= not isinstance(value, dict)
            else:
                into[keyword.arg] = value
            built = self._settings(keyword)
            if built is not None:
                is_open |= self.collect(built, into)
            if isinstance(value, dict) and (keyword.arg is None or keyword.arg in _GROUPS):
                into.update({key: inner for key, inner in value.items() if isinstance(key, str)})
        return is_open

    def _settings(self, keyword: ast.keyword) -> ast.Call | None:
        """Return what constructs a group of settings, there or under a name before."""
        if keyword.arg not in _GROUPS:
            return None
        if isinstance(keyword.value, ast.Call):
            return keyword.value
        return self._built.get(dotted(keyword.value, self._values.aliases))
