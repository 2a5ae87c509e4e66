"""What no perturbation touches: the parts of a text that carry its meaning letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_NEGATIONS = """
no not never none nothing nobody nowhere neither nor without cannot cant dont wont hardly barely
nein nicht nie niemals kein keine keinen keinem keiner keines ohne weder noch
non ne pas jamais rien sans aucun aucune
nunca nada ningún ninguna sin ni
mai niente senza não nem sem
"""
NEGATIONS = frozenset(_NEGATIONS.split())
"""In English, German, French, Spanish, Italian and Portuguese; every word in -n't besides."""

_NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
hundred thousand million billion first second third half double twice dozen
"""
NUMBER_WORDS = frozenset(_NUMBERS.split())

FEWEST_QUOTED = 2
"""Letters from which an expectation is looked for in the text."""
MOST_QUOTED = 50

_CODE = r"```.*?```|`[^`\n]+`|<[^<>\n]{1,200}>|\{[^{}\n]{1,200}\}"
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CAMEL = re.compile(r"[a-z][A-Z]")
_EXACT = re.compile(r"[\d_@#/\\=|~^*+$€£%&<>]")
"""A token with one of these is a number, an address, a path, an identifier, or code."""
_AROUND = ".,;:!?()[]\"'“”‘’…-–—"


class Piece(NamedTuple):
    """A stretch of a text; `free` where a perturbation may change it."""

    text: str
    free: bool


def pieces(text: str, keep: Iterable[str] = (), *, words: bool = True) -> Iterator[Piece]:
    """Cut a text into what may be changed and what may not; joined, they are the text again.

    Left alone are code, addresses, numbers, identifiers, acronyms, the texts in
    `keep`, and, unless `words` is false, negations and numbers in words.
    """
    done = 0
    for start, end in _kept(text, tuple(keep), words=words):
        if start > done:
            yield Piece(text[done:start], free=True)
        yield Piece(text[max(start, done) : end], free=False)
        done = end
    if done < len(text):
        yield Piece(text[done:], free=True)


def is_kept_word(word: str) -> bool:
    """Whether a word is a negation or a number."""
    low = word.lower().replace("’", "'")
    return low in NEGATIONS or low in NUMBER_WORDS or low.endswith("n't")


def quoted_by(expect: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON value
    """Return the texts of an expectation: what a reply must quote must stay as it is."""
    found: dict[str, None] = {}
    waiting = [expect]
    while waiting and len(found) < MOST_QUOTED:
        value = waiting.pop()
        if isinstance(value, str) and len(value.strip()) >= FEWEST_QUOTED:
            found.setdefault(value.strip())
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
    return tuple(found)


@lru_cache(maxsize=8)  # a text meets its perturbations one after the other
def _kept(text: str, keep: tuple[str, ...], *, words: bool) -> tuple[tuple[int, int], ...]:
    """The stretches to leave alone, in order, none of them inside another."""
    spans = [match.span() for match in re.finditer(_CODE, text, re.DOTALL)]
    for one in keep:
        pattern = rf"(?<!\w){re.escape(one)}(?!\w)"
        spans += [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    shouted = text.isupper()
    for token in _TOKEN.finditer(text):
        if _is_exact(token.group(), shouted=shouted):
            spans.append(token.span())
    if words:
        spans += [match.span() for match in _WORD.finditer(text) if is_kept_word(match.group())]
    return tuple(_disjoint(sorted(spans, key=lambda span: (span[0], -span[1]))))


def _disjoint(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    done = -1
    for start, end in spans:
        if end > done:
            yield start, end
            done = end


def _is_exact(token: str, *, shouted: bool) -> bool:
    """Whether a token is no plain word."""
    if _EXACT.search(token) or _CAMEL.search(token):
        return True
    letters = token.strip(_AROUND)
    letters = letters.removesuffix("'s").removesuffix("’s")
    return "." in letters or (len(letters) > 1 and letters.isupper() and not shouted)
