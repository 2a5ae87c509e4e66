"""What the YAML parser says, said plainly."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from llmopt.domain import Place
from llmopt.files.problems import shorten
from llmopt.files.source import Source


class Explained(NamedTuple):
    """A syntax error as the user reads it."""

    place: Place
    message: str
    hint: str | None


_QUOTE = "put text that holds ': ', ' #' or quotes into quotes, or write it as a block after '|'"
_INDENT = "indent the keys of one mapping alike, with spaces"

# What the parser reports, by the beginning of its words: message and hint.
_PLAIN: tuple[tuple[str, str, str | None], ...] = (
    ("did not find expected key", "this does not continue the mapping that it stands in", _QUOTE),
    ("could not find expected ':'", "a key without ':'", "write 'key: value'"),
    ("did not find expected node content", "a value is missing here", None),
    ("did not find expected '-'", "a key where the list above needs '- '", _INDENT),
    ("did not find expected ',' or ']'", "a '[' is not closed before this", "close it with ']'"),
    ("did not find expected ',' or '}'", "a '{' is not closed before this", "close it with '}'"),
    (
        "block sequence entries are not allowed",
        "a list cannot begin on the line of its key",
        "begin it on the next line, one '- ' a line, or write [a, b]",
    ),
    (
        "found unknown escape character",
        "an unknown escape after '\\' in double quotes",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("found invalid unicode character escape", "an escape that is no character", None),
    ("found incompatible yaml document", "an unknown %YAML version", "remove the %YAML line"),
    ("found a tab character", "a tab in the indentation", "indent with spaces"),
    ("did not find expected <document start>", "text after the end of the document", _INDENT),
    ("found undefined tag handle", "an unknown tag", "write the plain value"),
    ("found duplicate anchor", "an anchor that stands twice", None),
)


def explain(error: yaml.YAMLError, source: Source) -> Explained:
    """Turn a syntax error into a place, a message and a hint."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Explained(source.place(0), "the file is not valid YAML", None)
    problem = (error.problem or "").lower()
    # The missing ':' is noticed lines later; the key that lacks it is the context.
    lacks_colon = problem.startswith("could not find expected ':'")
    mark = (error.context_mark if lacks_colon else error.problem_mark) or error.context_mark
    index = min(mark.index if mark else 0, len(source.text))
    if "unexpected end of stream" in problem and error.context_mark:
        return Explained(
            source.place(error.context_mark.index),
            "the quote that opens here is never closed",
            "close it, or double it to write a quote inside quotes",
        )
    return _explain_at(problem, index, source)


def _explain_at(problem: str, index: int, source: Source) -> Explained:
    place = source.place(index)
    if "cannot start any token" in problem:
        return _bad_start(source, index)
    if "mapping values are not allowed" in problem:
        return _bad_colon(source, place)
    if re.search(r"[:\-]\s+\{\{", source.line_text(place.line)[: place.column + 1]):
        start = source.text.rindex("{{", 0, index)
        return Explained(source.place(start), *unquoted_braces(source.text[start:]))
    if not source.text[index:].strip() and "node content" in problem:
        return Explained(place, "a '[' or '{' is not closed", "close it with ']' or '}'")
    for begin, message, hint in _PLAIN:
        if problem.startswith(begin):
            return Explained(place, message, hint)
    return Explained(place, f"the file is not valid YAML: {shorten(problem, 80)}", None)


def _bad_start(source: Source, index: int) -> Explained:
    place = source.place(index)
    found = source.text[index : index + 1]
    if found == "\t":
        return Explained(place, "a tab in the indentation", "indent with spaces")
    return Explained(place, f"text cannot begin with '{found}'", "put the text in quotes")


def unquoted_braces(text: str) -> tuple[str, str]:
    """What to say of a template that YAML takes for a mapping: message and hint."""
    first = shorten(text.partition("\n")[0].partition("}}")[0]) + " }}"
    mark = "'" if '"' in first else '"'
    return (
        "text that begins with '{{' must stand in quotes",
        f"write {mark}{first}{mark} with all that follows, or put it on its own lines after '|'",
    )


def _bad_colon(source: Source, place: Place) -> Explained:
    if ":" in source.line_text(place.line)[: place.column - 1]:
        return Explained(place, "a second ': ' in one line", _QUOTE)
    return Explained(place, "this key continues the text of the line above", _INDENT)
