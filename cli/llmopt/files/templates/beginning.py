"""Where the fixed beginning of a template ends."""

from __future__ import annotations

import re
from typing import NamedTuple

from llmopt.domain.prompts import TemplateFormat

_TAGS = {"jinja": re.compile(r"\{[{%#]"), "fstring": re.compile(r"[{}]")}
_EXAMPLES = {
    "jinja": re.compile(r"\{\{\s*examples\s*\}\}"),
    "fstring": re.compile(r"\{examples\}"),
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
