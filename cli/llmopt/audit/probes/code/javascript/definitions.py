"""What a file of JavaScript or TypeScript defines for others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from llmopt.audit.probes.code.javascript.extents import Extents
from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.module import Defined, Span

_CONSTANT = re.compile(
    r"^(?:export\s+)?(?:const|let|var)\s+([\w$]+)\s*(?::[^=\n]+)?=", re.MULTILINE
)
_CLASS = re.compile(r"\bclass\s+([\w$]+)(?:\s+extends\s+([\w$.]+))?[^{]*\{")
_EXPORT = re.compile(r"\bexport\s+(?:\*(?:\s+as\s+[\w$]+)?|(?:type\s+)?\{[^}]*\})\s*from\b")
_PARAMETER = re.compile(r"([\w$]+)\s*\??\s*:\s*([A-Z][\w$.]*)")


def defined(source: Source, aliases: Mapping[str, str]) -> Defined:
    """Return what stands at the top of a file, its classes, and what it hands on."""
    extents = Extents(source)
    handed = (source.literal_at(match.end()) for match in _EXPORT.finditer(source.code))
    return Defined(
        spans=dict(_spans(source, extents)),
        classes=dict(_classes(source, extents)),
        bases={
            match[1]: frozenset([aliases.get(match[2], match[2])])
            for match in _CLASS.finditer(source.code)
            if match[2]
        },
        typed=dict(_typed(source, extents, aliases)),
        exported=tuple(literal.text for literal in handed if literal),
    )


def _spans(source: Source, extents: Extents) -> Iterator[tuple[str, Span]]:
    for match in _CONSTANT.finditer(source.code):
        end = source.expression_end(match.end())
        yield match[1], Span(source.place(match.start())[0], source.place(end)[0])
    for match in _CLASS.finditer(source.code):
        end = source.closing(match.end() - 1)
        yield match[1], Span(source.place(match.start())[0], source.place(end)[0])
    for function, _ in extents.functions:
        yield function.name, Span(function.line, function.end)


def _classes(source: Source, extents: Extents) -> Iterator[tuple[str, frozenset[str]]]:
    for match in _CLASS.finditer(source.code):
        end = source.closing(match.end() - 1)
        yield (
            match[1],
            frozenset(f.name for f, at in extents.functions if match.end() <= at.start < end),
        )


def _typed(
    source: Source, extents: Extents, aliases: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    for function, span in extents.functions:
        opening = source.code.find("(", span.start, span.end)
        if opening >= 0:
            header = source.code[opening : source.closing(opening)]
            for name, said in _PARAMETER.findall(header):
                yield (function.name, name), frozenset([aliases.get(said, said)])
