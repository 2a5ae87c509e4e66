"""From an offset in a text back to its place in the YAML file that holds it."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt.domain import Place
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import Scalar

_SPACE = frozenset(" \t\n\r\x85\u2028\u2029\ufeff")
_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}
_SPACE_ESCAPES = frozenset(" \t\n\rtnrNLP")


def inside(source: Source, scalar: Scalar, offset: int) -> Place:
    """The place of `scalar.text[offset]` in the file, whatever the scalar's style.

    Styles differ only in the white space they keep and in escapes. So the n-th other character
    of the text is the n-th other character of its source, and no style's folding rules are needed.
    """
    skip = sum(character not in _SPACE for character in scalar.text[:offset])
    for index in _characters(source.text, scalar):
        if skip == 0:
            return source.place(index)
        skip -= 1
    return source.place(scalar.start)


def _characters(text: str, scalar: Scalar) -> Iterator[int]:
    """Where the characters of a scalar that are no white space begin, in order."""
    if scalar.style == '"':
        return _double_quoted(text, scalar.start + 1, scalar.end - 1)
    if scalar.style == "'":
        return _single_quoted(text, scalar.start + 1, scalar.end - 1)
    start = scalar.start
    if scalar.style in {"|", ">"}:
        start = text.find("\n", start) + 1
    return (index for index in range(start, scalar.end) if text[index] not in _SPACE)


def _single_quoted(text: str, index: int, end: int) -> Iterator[int]:
    while index < end:
        if text[index] not in _SPACE:
            yield index
        index += 2 if text.startswith("''", index) else 1


def _double_quoted(text: str, index: int, end: int) -> Iterator[int]:
    while index < end:
        if text[index] != "\\":
            if text[index] not in _SPACE:
                yield index
            index += 1
            continue
        escape = text[index + 1]
        if escape in _HEX_ESCAPES:
            width = _HEX_ESCAPES[escape]
            if chr(int(text[index + 2 : index + 2 + width], 16)) not in _SPACE:
                yield index
            index += 2 + width
            continue
        if escape not in _SPACE_ESCAPES:
            yield index
        index += 2
