"""Characters that look like others: from other keyboards, word processors, web pages."""

from __future__ import annotations

from collections.abc import Iterable

from llmopt.evaluate.perturbations.draws import Draws
from llmopt.evaluate.perturbations.spans import pieces

RATE = 0.1
"""The share of characters with a look-alike that are replaced by it; one at least."""

CYRILLIC = dict(zip("aceijopsxyABCEHIJKMOPSTX", "асеіјорѕхуАВСЕНІЈКМОРЅТХ", strict=True))
GREEK = dict(zip("vNYZ", "νΝΥΖ", strict=True))
TYPOGRAPHIC = {"'": "’", " ": "\u00a0", "-": "\u2011"}
"""Curly apostrophe, no-break space, no-break hyphen."""

QUOTES = ("“", "”")
LOOKALIKES = {**CYRILLIC, **GREEK, **TYPOGRAPHIC}


def lookalikes(text: str, draws: Draws, keep: Iterable[str] = ()) -> str:
    """Replace a tenth of the characters that have one by their look-alikes."""
    if not text.strip():
        return text
    parts = list(pieces(text, keep))
    places = [
        (number, offset)
        for number, part in enumerate(parts)
        if part.free
        for offset, character in enumerate(part.text)
        if character in LOOKALIKES or character == '"'
    ]
    texts = [list(part.text) for part in parts]
    for number, offset in draws.some(places, RATE):
        character = texts[number][offset]
        opens = offset == 0 or texts[number][offset - 1].isspace()
        texts[number][offset] = LOOKALIKES.get(character) or QUOTES[0 if opens else 1]
    return "".join(character for part in texts for character in part)
