"""Literal values and names in JavaScript and TypeScript, resolved through imports."""

from __future__ import annotations

import re
from typing import Any

from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.module import UNKNOWN, Lookup, nothing

_IMPORT = re.compile(r"\bimport\s+(?:type\s+)?([\w$*{}\s,]+?)\s+from\b|\bimport(?=\s)")
_REQUIRE = re.compile(
    r"(?:const|let|var)\s+([\w$]+|\{[^}]*\})\s*=\s*(?:await\s+)?(?:require|import)\s*\("
)
DOTTED = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*")
KEY = re.compile(
    r"(?<![\w$.?])([A-Za-z_$][\w$]*)\s*:(?!:)|(?<=[{,])\s*([A-Za-z_$][\w$]*)\s*(?=[,}])"
)
DECLARED = re.compile(
    r"(?:(?:export\s+)?(?:const|let|var)\s+([\w$]+|\{[^}=]*\}|\[[^\]=]*\])\s*(?::[^=;\n]+)?|"
    r"(?<![\w$.=!<>])"
    r"([A-Za-z_$][\w$.]*))\s*(\+?=)(?![=>])"
)
_NUMBER = re.compile(r"\s*(-?\d[\d_]*(?:\.\d+)?)\s*(?=[,;)}\]\n])")
_NAMED_CALL = re.compile(r"\s*(?:await\s+)?(?:new\s+)?[\w$.]+\s*\(")
_ENVIRONMENT = re.compile(
    r"\s*(?:process\.env|import\.meta\.env|Deno\.env)[\w$.\[\]() ]*(?:\?\?|\|\|)"
)


def imports(source: Source) -> tuple[dict[str, str], frozenset[str]]:
    """Return what names stand for and the modules that a file imports."""
    aliases: dict[str, str] = {}
    modules: set[str] = set()
    for match in [*_IMPORT.finditer(source.code), *_REQUIRE.finditer(source.code)]:
        module = source.literal_at(match.end())
        if module is None:
            continue
        modules.add(module.text)
        named = match[1] or ""
        for piece in re.split(r"[{},]", re.sub(r"\*\s+as\s+", "", named)):
            original, _, alias = piece.strip().replace(":", " as ").partition(" as ")
            original = original.removeprefix("type ").strip()
            if original:
                aliases[alias.strip() or original] = f"{module.text}.{original}"
    return aliases, frozenset(modules)


def constants_of(source: Source) -> dict[str, Any]:
    """Return the literals that a file names."""
    constants = Values(source, nothing).constants
    return {name: value for name, value in constants.items() if value is not UNKNOWN}


class Values:
    """Reads expressions by where they begin; `outside` knows the constants of other files."""

    def __init__(self, source: Source, outside: Lookup) -> None:
        self._source = source
        self._outside = outside
        self.aliases, self.modules = imports(source)
        self.constants: dict[str, Any] = {}
        self._read_constants()

    def _read_constants(self) -> None:
        found = self.constants
        for match in DECLARED.finditer(self._source.code):
            name = match[1] or match[2]
            if name and not name.startswith(("{", "[")) and match[3] == "=":
                value = self.at(match.end())
                found[name] = UNKNOWN if name in found and found[name] != value else value

    def at(self, at: int) -> Any:  # noqa: ANN401, PLR0911 - any literal, by what begins there
        """Return the literal value of what begins at a position, or UNKNOWN."""
        code = self._source.code
        environment = _ENVIRONMENT.match(code, at)
        if environment:
            return self.at(environment.end())
        literal = self._source.literal_at(at)
        if literal:
            return literal.text
        number = _NUMBER.match(code, at)
        if number:
            return (
                float(number[1].replace("_", ""))
                if "." in number[1]
                else int(number[1].replace("_", ""))
            )
        word = re.compile(r"\s*(true|false|null|undefined)\b").match(code, at)
        if word:
            return {"true": True, "false": False}.get(word[1])
        named_call = _NAMED_CALL.match(code, at)
        if named_call:
            inner = self._source.literal_at(named_call.end())
            name = re.compile(r"\s*([\w$.]+)\s*[,)]").match(code, named_call.end())
            return inner.text if inner else self.named(name[1]) if name else UNKNOWN
        opening = re.compile(r"\s*([\[{])").match(code, at)
        if opening:
            end = self._source.closing(opening.start(1))
            return (
                self._list(opening.end(), end)
                if opening[1] == "["
                else self.settings(opening.end(), end)
            )
        name = re.compile(r"\s*([\w$.]+)\s*(?:as const)?\s*(?=[,;)}\]\n?:|])").match(code, at)
        return self.named(name[1]) if name else UNKNOWN

    def named(self, name: str) -> Any:  # noqa: ANN401
        """Return the literal that a dotted name stands for, or UNKNOWN."""
        if name in self.constants:
            return self.constants[name]
        base, _, key = name.rpartition(".")
        table = self.constants.get(base)
        if isinstance(table, dict) and key in table:
            return table[key]
        return self._outside(self.resolved(name))

    def _list(self, start: int, end: int) -> list[Any]:
        return [lit.text for lit in self._source.literals if start <= lit.start < end]

    def settings(self, start: int, end: int) -> dict[str, Any]:
        """Return the keys between two positions, those of inner objects among them."""
        found: dict[str, Any] = {}
        for match in KEY.finditer(self._source.code, start - 1, end + 1):
            key = match[1] or match[2]
            found.setdefault(key, self.at(match.end()) if match[1] else self.named(key))
        return found

    def resolved(self, name: str) -> str:
        """Return a dotted name, its first part as it was imported."""
        first, dot, rest = name.replace("?.", ".").partition(".")
        return self.aliases.get(first, first) + dot + rest

    def mentions(self, start: int, end: int) -> frozenset[str]:
        """Return the dotted names between two positions and what they begin with."""
        found: set[str] = set()
        for match in DOTTED.finditer(self._source.code, start, end):
            parts = self.resolved(match[0]).split(".")
            found.update(".".join(parts[: n + 1]) for n in range(len(parts)))
        return frozenset(found)
