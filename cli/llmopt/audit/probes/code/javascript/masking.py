"""JavaScript and TypeScript with comments and strings blanked, so that rules see code alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

_TOKEN = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|[\"'`]", re.DOTALL)
_SIMPLE = {
    '"': re.compile(r'(?:[^"\\\n]|\\.)*', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\n]|\\.)*", re.DOTALL),
}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Literal(NamedTuple):
    """A string and where its quotes stand; slots of a template are blanks in `text`."""

    start: int
    end: int
    text: str


class Source:
    """A file's text and its code: `code` has the same length, with strings and comments blank."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.literals: list[Literal] = []
        self._code = list(text)
        self._mask(0, len(text), until=None)
        self.code = "".join(self._code)
        self._by_start = {literal.start: literal for literal in self.literals}

    def _mask(self, at: int, end: int, until: str | None) -> int:
        """Blank from `at`; stop after the brace that closes a slot, where `until` is one."""
        depth = 0
        while at < end:
            match = _TOKEN.search(self.text, at)
            stop = match.start() if match else end
            if until:
                for position in range(at, stop):
                    depth += {"{": 1, "}": -1}.get(self.text[position], 0)
                    if depth < 0:
                        return position + 1
            if match is None:
                return end
            at = self._blank_token(match)
        return end

    def _blank_token(self, match: re.Match[str]) -> int:
        quote = match[0]
        if quote not in "\"'`":
            self._blank(match.start(), match.end())
            return match.end()
        if quote == "`":
            return self._template(match.start())
        body = _SIMPLE[quote].match(self.text, match.end())
        close = body.end() if body else match.end()
        if close >= len(self.text) or self.text[close] != quote:
            return match.end()  # an apostrophe in a regular expression or in JSX text
        self.literals.append(
            Literal(match.start(), close + 1, _unescaped(self.text[match.end() : close]))
        )
        self._blank(match.start(), close + 1)
        return close + 1

    def _template(self, start: int) -> int:
        at, pieces, begun = start + 1, [], start
        while at < len(self.text) and self.text[at] != "`":
            if self.text[at] == "\\":
                at += 2
            elif self.text.startswith("${", at):
                pieces.append(self.text[begun + (begun == start) : at])
                self._blank(begun, at + 2)
                at = self._mask(at + 2, len(self.text), until="}")
                begun = at - 1
                pieces.append(" ")
                begun = at
            else:
                at += 1
        pieces.append(self.text[begun + (begun == start) : at])
        end = min(at + 1, len(self.text))
        self._blank(begun - (begun != start), end)
        self.literals.append(Literal(start, end, _unescaped("".join(pieces))))
        return end

    def _blank(self, start: int, end: int) -> None:
        for position in range(start, end):
            if self._code[position] != "\n":
                self._code[position] = " "

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column, both from 1."""
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def literal_at(self, at: int) -> Literal | None:
        """Return the string that begins at or after `at`, blanks skipped."""
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        return self._by_start.get(at)

    def closing(self, at: int) -> int:
        """Return where the bracket that opens at `at` closes; the end of the file if nowhere."""
        depth = 0
        for match in self._brackets.finditer(self.code, at):
            depth += 1 if match[0] in _CLOSING else -1
            if depth == 0:
                return match.start()
        return len(self.code)

    def expression_end(self, at: int) -> int:
        """Return where the expression that begins at `at` ends."""
        code, depth = self.code, 0
        for match in re.compile(r"[()\[\]{};\n]").finditer(code, at):
            char = match[0]
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
                if depth < 0:
                    return match.start()
            elif depth == 0 and (char == ";" or not _goes_on(code, at, match.start())):
                return match.start()
        return len(code)

    _brackets = re.compile(r"[()\[\]{}]")


def _goes_on(code: str, start: int, newline: int) -> bool:
    """Tell whether an expression goes on after the end of a line."""
    before = code[start:newline].rstrip()
    after = code[newline:].lstrip()
    return not before or before[-1] in "=+-*/%&|?:,.(<" or after[:1] in ".?:+*/&|"


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"').replace("\\'", "'")
