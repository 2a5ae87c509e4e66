"""What is fixed in a template: how it begins, and all of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from llmopt.domain.prompts import TemplateFormat

_TAGS = {"jinja": re.compile(r"\{[{%#]"), "fstring": re.compile(r"[{}]")}
_EXAMPLES = {
    "jinja": re.compile(r"\{\{\s*examples\s*\}\}"),
    "fstring": re.compile(r"\{examples\}"),
}
_WHOLE_TAGS = {
    "jinja": re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL),
    "fstring": re.compile(r"\{\w+\}"),
}


class Head(NamedTuple):
    """How a text begins in every case; `whole` says that nothing else follows."""

    text: str
    whole: bool


def static_head(text: str, format: TemplateFormat, examples: str | None) -> Head:  # noqa: A002 - the users' word
    """Read how a template begins, `examples` put in where it names them.

    White space before a tag is left out: the tag may take it away.
    """
    head, position = "", 0
    while tag := _TAGS[format].search(text, position):
        named = _EXAMPLES[format].match(text, tag.start())
        head += text[position : tag.start()]
        if named is None or examples is None:
            return Head(head.rstrip(), whole=False)
        head += examples
        position = named.end()
    return Head(head + text[position:], whole=True)


def without_tags(text: str, format: TemplateFormat, examples: str | None) -> str:  # noqa: A002 - the users' word
    """Return a template's own words: what stands outside of tags, with the examples put in."""
    if examples is not None:
        text = _EXAMPLES[format].sub(lambda _: examples, text)
    return _WHOLE_TAGS[format].sub("", text)
