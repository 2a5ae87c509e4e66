"""How far functions and loops reach in JavaScript and TypeScript."""

from __future__ import annotations

import re
from functools import cached_property
from typing import NamedTuple

from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.module import Function, Loop

KEYWORDS = frozenset(
    [
        "if",
        "for",
        "while",
        "switch",
        "catch",
        "function",
        "return",
        "typeof",
        "await",
        "new",
        "super",
        "import",
        "require",
    ]
)
"""What stands before a bracket and is no function."""
_FUNCTION = re.compile(
    r"\bfunction\s*\*?\s*([\w$]+)\s*(?:<[^>]*>)?\s*\(|"
    r"(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:function\b[^(]*)?"
    r"(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[\w$]+)\s*(?::\s*[\w$<>\[\]., |{}]+)?\s*=>|"
    r"^[ \t]*(?:(?:public|private|protected|static|async|override|get|set)\s+)*"
    r"([\w$]+)\s*\([^;{}]*\)\s*(?::\s*[^{;=]+)?\{|"
    r"(?<![\w$.?])([\w$]+)\s*:\s*(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>",
    re.MULTILINE,
)
_LOOP = re.compile(r"\b(for|while)\s*(await\s*)?\(")
_STEPS = re.compile(
    r"\b(?:const|let|var)\s+(?:attempt|retry|try|step|turn|round|iteration|hop|i|_)\w*\b"
)
_CHOSEN = re.compile(
    r"(?i)\bof\s*\[|(?:model|llm|client|provider|backend|fallback)s?\b\s*(?:\bof\b|\)?\s*$)|"
    r"\b(?:const|let|var)\s+(?:attempt|retry|try|step|turn|round)\w*\b"
)
"""Loops that choose among a few models or count attempts run over no data."""
_EACH = re.compile(r"\.(?:map|forEach|flatMap)\s*\(")


class Span(NamedTuple):
    """Positions in the code."""

    start: int
    end: int


class Extents:
    """The functions and loops of a file, and which of them a position is in."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def functions(self) -> list[tuple[Function, Span]]:
        """Every function with the characters that it takes up."""
        found = []
        for match in _FUNCTION.finditer(self._source.code):
            name = match[1] or match[2] or match[3] or match[4]
            if name in KEYWORDS or name == "constructor":
                continue
            span = self._body(match)
            conditional = bool(
                re.search(r"\bif\s*\(|\?[^.?:]+:", self._source.code[span.start : span.end])
            )
            line, end = self._source.place(match.start())[0], self._source.place(span.end)[0]
            found.append((Function(name, line, end, (), conditional), span))
        return found

    def _body(self, match: re.Match[str]) -> Span:
        code = self._source.code
        at = match.end() - 1
        if match[1]:
            at = self._source.closing(at) + 1
        elif match[2] or match[4]:
            at = match.end()
        while (at < len(code) and code[at] not in "{;(\n") or (
            match[1] and at < len(code) and code[at] in "(\n"
        ):
            at += 1
        if at < len(code) and code[at] in "{(":
            return Span(match.start(), self._source.closing(at))
        stop = code.find(";", at)
        return Span(match.start(), stop if stop >= 0 else len(code))

    def function_at(self, at: int) -> str:
        """Return the name of the innermost function around a position, or an empty text."""
        inside = [
            (span.end - span.start, f.name)
            for f, span in self.functions
            if span.start < at < span.end
        ]
        return min(inside)[1] if inside else ""

    @cached_property
    def _loops(self) -> list[tuple[Span, Loop]]:
        code = self._source.code
        found: list[tuple[Span, Loop]] = []
        for match in _LOOP.finditer(code):
            header_end = self._source.closing(match.end() - 1)
            header = code[match.end() : header_end]
            body = re.compile(r"\s*\{").match(code, header_end + 1)
            end = self._source.closing(body.end() - 1) if body else code.find(";", header_end)
            if match[2]:
                continue  # over the pieces of a stream
            found.append((Span(header_end, end), _loop_kind(match[1], header)))
        each = (match.end() for match in _EACH.finditer(code))
        return found + [(Span(end, self._source.closing(end - 1)), "data") for end in each]

    def loop_at(self, at: int) -> Loop | None:
        """Return what kind of loop repeats a position, if one does."""
        kinds = [kind for span, kind in self._loops if span.start < at < span.end]
        return "data" if "data" in kinds else (kinds[-1] if kinds else None)


def _loop_kind(word: str, header: str) -> Loop:
    if word == "while":
        return "while"
    if re.search(r"\bof\b", header):
        return "steps" if _CHOSEN.search(header) else "data"
    if ".length" in header:
        return "data"
    return "steps"
