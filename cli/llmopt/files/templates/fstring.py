"""`format: fstring`: `{name}` is a variable, `{{` and `}}` are braces, nothing else is special."""

from __future__ import annotations

import re

from llmopt.files.problems import shorten
from llmopt.files.templates.filling import Compiled, Flaw, Slot, Use, filler

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_BRACES = "write {{ and }} for braces that stay"


def compile_fstring(text: str) -> Compiled:
    """Read the placeholders of a text."""
    pieces: list[str | Slot] = []
    uses: list[Use] = []
    flaws: list[Flaw] = []
    end = 0
    for match in _PART.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        name = match[1]
        if match[0] in {"{{", "}}"}:
            pieces.append(match[0][0])
        elif name is not None and name.isidentifier():
            pieces.append(Slot(name))
            uses.append(Use(name, match.start() + 1, "always"))
        else:
            flaws.append(_flaw(match.start(), match[0], name))
    pieces.append(text[end:])
    return Compiled(None if flaws else filler(pieces), tuple(uses), tuple(flaws))


def _flaw(offset: int, found: str, name: str | None) -> Flaw:
    if name is None:
        return Flaw(offset, f"a '{found}' without its partner", _BRACES)
    message = f"'{shorten(found)}' is no placeholder; {{name}} is all that this format knows"
    return Flaw(offset, message, _BRACES)
