"""The lines of a message as they were meant: wrapped prose put back together.

A line that breaks off near the right edge goes on in the next; so does a bullet in
the indented lines below it.
"""

from __future__ import annotations

import re

EDGE = 60
"""Characters from which on a line without a closing mark is taken as wrapped."""

BULLET = re.compile(r"\s{0,12}(?:[-*•]|[0-9]{1,2}[.)]|\([0-9a-z]\))\s{1,4}(?=\S)")
ARROWS = ("->", "=>", "→")

_NO_PROSE = re.compile(r"\s{0,40}(?:[^\w\s(“]|[^\W_][^:\n]{0,40}:(?:\s|$)|[^:\n]{0,80}:\s{0,3}$)")
_ENDED = (".", "!", "?", ":", ";")
_BRACKETS = (")", '"', "'", "”", "`", ">", "}", "]", "|")  # may close a line or a part of one


def unwrapped(text: str) -> list[str]:
    """The lines in order, each with the lines it was wrapped into."""
    found: list[list[str]] = []
    before, bulleted = "", False
    for line in text.splitlines():
        if found and _goes_on(before, line, bulleted=bulleted):
            found[-1].append(line.strip())
        else:
            found.append([line])
            bulleted = bool(BULLET.match(line))
        before = line.rstrip()
    return [" ".join(parts) for parts in found]


def _goes_on(before: str, line: str, *, bulleted: bool) -> bool:
    if not before or not line.strip() or BULLET.match(line):
        return False
    if bulleted and line[:2] == "  ":
        return True
    begins_small = line.lstrip()[0].islower()
    if len(before) < EDGE or before.endswith(_ENDED):
        return False
    if not begins_small and (before.endswith(_BRACKETS) or _NO_PROSE.match(line)):
        return False
    return not any(arrow in before or arrow in line for arrow in ARROWS)
