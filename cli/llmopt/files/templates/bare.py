"""Jinja templates that are text and bare variables, which most are: no engine is needed."""

from __future__ import annotations

import re

from llmopt.files.templates.filling import Compiled, Slot, Use, filler

_VARIABLE = re.compile(r"(?<!\{)\{\{\s*([^\W\d]\w*)\s*\}\}")
_MARK = re.compile(r"\{[{%#]")
_OTHER_MEANING = re.compile(
    "true|false|none|True|False|None|not|and|or|in|is|if|else|for|self|super|caller|varargs|kwargs"
)


def compile_bare(text: str) -> Compiled | None:
    """Read a template that needs no Jinja; None where it might."""
    pieces: list[str | Slot] = []
    uses: list[Use] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        if _OTHER_MEANING.fullmatch(match[1]):
            return None
        pieces += [text[end : match.start()], Slot(match[1])]
        uses.append(Use(match[1], match.start(1), "always"))
        end = match.end()
    pieces.append(text[end:])
    if any(isinstance(piece, str) and _MARK.search(piece) for piece in pieces):
        return None
    return Compiled(filler(pieces), tuple(uses))
