"""The index of a program: in which file a name is defined, and what it stands for there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmopt.audit.probes.code.imports import Found, Imports
from llmopt.audit.probes.code.module import UNKNOWN, Defined, Lookup

MOST_HANDS = 5
"""Files through which a name is handed on before nobody follows it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as others see it; `aliases` are what its own imports stand for."""

    defined: Defined
    aliases: Mapping[str, str]
    modules: frozenset[str]
    literals: Mapping[str, Any]


class Index:
    """Names to where they are defined, through packages and files that hand them on.

    `short` are literals as any file names them that cannot be told where they come from
    (`settings.model`); those on which two files disagree are unknown.
    """

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self._entries: dict[str, Entry] = {}
        self._imported: dict[str, frozenset[str]] = {}
        self._short: dict[str, Any] = {}

    def add(self, file: str, entry: Entry, short: Mapping[str, Any]) -> None:
        """Add a file that was read."""
        self._entries[file] = entry
        self._imported[file] = entry.modules.union(entry.aliases.values()) - {""}
        for name, value in short.items():
            agreed = self._short.setdefault(name, value) == value
            self._short[name] = value if agreed else UNKNOWN

    def locate(self, importer: str, name: str) -> Found | None:
        """Return where what a file imports is defined, and its name there."""
        if not self._is_imported(importer, name):
            return None
        found = self._imports.find(importer, name)
        return self._follow(found, MOST_HANDS) if found else None

    def _is_imported(self, importer: str, name: str) -> bool:
        known = self._imported.get(importer, frozenset())
        if name in known:
            return True
        end = name.rfind(".")
        while end > 0:
            if name[:end] in known:
                return True
            end = name.rfind(".", 0, end)
        return False

    def _follow(self, found: Found, hands: int) -> Found | None:
        entry = self._entries.get(found.file)
        first, dot, beyond = found.rest.partition(".")
        first = first.removesuffix("()")
        if entry is None or not hands:
            return None
        if not first or first in entry.defined.spans:
            return found
        onward = [entry.aliases[first]] if first in entry.aliases else []
        handed = entry.defined.exported or (sorted(entry.modules) if "*" in entry.aliases else ())
        onward += [f"{module}.{first}" for module in handed]
        for name in onward:
            further = self._imports.find(found.file, name + dot + beyond)
            if further and further.file != found.file:
                reached = self._follow(further, hands - 1)
                if reached:
                    return reached
        return None

    def lookup(self, file: str) -> Lookup:
        """Return what reads the names of other files in this one."""

        def read(name: str) -> Any:  # noqa: ANN401 - a Lookup
            found = self.locate(file, name)
            if found:
                return self._value(found)
            path = re.sub(r"\.(?:js|ts|mjs|tsx|jsx)(?=\.)", "", name)
            short = ".".join(re.split(r"[./]", path)[-2:]).replace("()", "")
            return self._short.get(short, self._short.get(short.lower(), UNKNOWN))

        return read

    def _value(self, found: Found) -> Any:  # noqa: ANN401
        """Return the literal of a name in a file, or of a key in a table of that name."""
        literals = self._entries[found.file].literals
        if found.rest in literals:
            return literals[found.rest]
        table, _, key = found.rest.rpartition(".")
        inner = literals.get(table)
        if isinstance(inner, dict) and key in inner:
            return inner[key]
        short = ".".join(found.rest.split(".")[-2:]).replace("()", "").lower()
        return self._short.get(short, UNKNOWN)

    def defined(self, file: str) -> Defined:
        """Return what a file that was added defines."""
        return self._entries[file].defined
