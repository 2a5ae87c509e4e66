"""The texts of Python and where they stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from llmopt.audit.probes.code.module import Text
from llmopt.audit.probes.code.python.values import Values, dotted

_KEYS = frozenset(
    [
        "system",
        "instructions",
        "system_prompt",
        "system_instruction",
        "prompt",
        "template",
        "prompt_template",
        "contents",
        "input",
        "preamble",
        "backstory",
    ]
)
_ROLES = {"human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}
_MESSAGES = {"SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant"}
_TEMPLATES = re.compile(r".*(?:PromptTemplate|from_template|Prompt)$")
_PROMPT_NAME = re.compile(r"(?i)prompt|template|instruction|system")


class Texts:
    """Collects the texts of a file, as values and as what a model is told."""

    def __init__(self, values: Values) -> None:
        self.found: list[Text] = []
        self._values = values
        self._group: int | None = None

    @contextmanager
    def listed(self, node: ast.List) -> Iterator[None]:
        """Note that what is collected now stands in one list of messages."""
        before, self._group = self._group, node.lineno * 1_000 + node.col_offset
        yield
        self._group = before

    def constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.found.append(Text(node.value, node.lineno, node.col_offset + 1, "value"))

    def keyed(self, key: str, value: ast.expr) -> None:
        if key in _KEYS:
            self._add(value, f"key:{key}")

    def message(self, pairs: Mapping[str, ast.expr]) -> None:
        """Collect the content of a dictionary that is a message."""
        if "content" in pairs and "role" in pairs:
            role = self._values.of(pairs["role"])
            self._add(pairs["content"], f"role:{role}" if isinstance(role, str) else "role:user")

    def pair(self, node: ast.Tuple) -> None:
        """Collect the content of a pair of role and text."""
        match node.elts:
            case [ast.Constant(value=str() as role), text] if role in {*_ROLES, "system"}:
                self._add(text, f"role:{_ROLES.get(role, role)}")

    def call(self, node: ast.Call) -> None:
        """Collect the content of what constructs a message or a template."""
        name = dotted(node.func, self._values.aliases).rpartition(".")[2]
        if name in _MESSAGES and node.args:
            self._add(node.args[0], f"role:{_MESSAGES[name]}")
        if name in _MESSAGES:
            for keyword in node.keywords:
                if keyword.arg == "content":
                    self._add(keyword.value, f"role:{_MESSAGES[name]}")
        elif _TEMPLATES.fullmatch(name) and node.args:
            self._add(node.args[0], "template")

    def returned(self, value: ast.expr) -> None:
        """Collect what a function returns."""
        self._add(value, "returned:")

    def assigned(self, target: ast.expr, value: ast.expr) -> None:
        """Collect what is assigned to a name that says it is a prompt."""
        name = dotted(target, {}).rpartition(".")[2]
        if _PROMPT_NAME.search(name):
            self._add(value, f"name:{name}")

    def _add(self, node: ast.expr, use: str) -> None:
        text = self._values.text(node)
        if text is not None or use.startswith("role:"):
            self.found.append(Text(text or "", node.lineno, node.col_offset + 1, use, self._group))
