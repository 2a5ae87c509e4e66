"""What .gitignore files leave out: the rules of gitignore(5), of this folder and those above."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    folders_only: bool
    negated: bool


class Ignored:
    """The rules in force in a folder; the last that fits decides."""

    def __init__(self, rules: tuple[_Rule, ...] = ()) -> None:
        self._rules = rules

    def with_file(self, path: Path, folder: str) -> Ignored:
        """Return these rules and those of a .gitignore that lies in `folder`."""
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return self
        added = (_rule(line, folder) for line in lines)
        return Ignored((*self._rules, *(rule for rule in added if rule)))

    def ignores(self, path: str, *, folder: bool) -> bool:
        for rule in reversed(self._rules):
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(path):
                return not rule.negated
        return False


def _rule(line: str, folder: str) -> _Rule | None:
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text.removeprefix("!").removeprefix("\\")
    folders_only = text.endswith("/")
    text = text.rstrip("/")
    anchored = "/" in text
    prefix = re.escape(f"{folder}/") if folder else ""
    body = _translated(text.lstrip("/"))
    depth = "" if anchored else r"(?:.*/)?"
    return _Rule(re.compile(f"{prefix}{depth}{body}"), folders_only, negated)


@cache
def _translated(glob: str) -> str:
    """Write a gitignore glob as a regular expression."""
    pieces = re.split(r"(\*\*/|/\*\*|\*|\?|\[[^\]]*\])", glob)
    special = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        special.get(piece)
        or (piece.replace("[!", "[^") if piece.startswith("[") else re.escape(piece))
        for piece in pieces
    )
