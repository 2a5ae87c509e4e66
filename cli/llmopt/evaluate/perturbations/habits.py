"""How people write in a hurry: capital letters, spaces, punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from llmopt.evaluate.perturbations.draws import Draws
from llmopt.evaluate.perturbations.spans import Piece, pieces

SPACE_RATE = 0.1
"""The share of spaces between words that become something else."""

MARK_RATE = 0.5
"""The share of punctuation marks that are dropped or doubled."""

_SPACES = ("  ", "  ", "   ", "\n")
_ENDS = (" ", "\n", "  ")
_GAP = re.compile(r"(?<=\S) (?=\S)")
_MARK = re.compile(r"[,;:](?=\s)|[.!?]+(?=[\s\"'”’)]|$)|(?<=[^\W\d_])['’](?=[^\W\d_])")


def case(text: str, draws: Draws, keep: Iterable[str] = ()) -> str:
    """Write everything small, or everything in capitals, whichever is drawn and differs."""
    parts = list(pieces(text, keep, words=False))
    small, capital = _joined(parts, _lower), _joined(parts, _upper)
    different = [one for one in (small, capital) if one != text]
    return draws.pick(different) if different else text


def whitespace(text: str, draws: Draws, keep: Iterable[str] = ()) -> str:
    """Put two or three spaces, or a line break, for a tenth of the spaces; add some at the end.

    Words stay whole and apart, indentation stays as it is.
    """
    if not text.strip():
        return text

    def widened(gap: re.Match[str]) -> str:
        return draws.pick(_SPACES) if draws.happens(SPACE_RATE) else gap.group()

    kept = _kept_offsets(text, keep)
    wide = _GAP.sub(lambda gap: gap.group() if gap.start() in kept else widened(gap), text)
    return wide + draws.pick(_ENDS)


def punctuation(text: str, draws: Draws, keep: Iterable[str] = ()) -> str:
    """Drop half of the commas and apostrophes; drop or double half of the marks at sentence ends.

    A question keeps its mark. A text without any gets a full stop.
    """
    if not text.strip():
        return text
    kept = _kept_offsets(text, keep)
    marks = [mark for mark in _MARK.finditer(text) if mark.start() not in kept]
    if not marks:
        return text.rstrip() + "." if text.rstrip()[-1].isalpha() else text
    for mark in reversed(draws.some(marks, MARK_RATE)):
        text = text[: mark.start()] + _changed(mark.group(), draws) + text[mark.end() :]
    return text


def _changed(mark: str, draws: Draws) -> str:
    if "?" in mark:
        return mark + "?"
    if mark[0] in ".!":
        return draws.pick(("", mark * 2))
    return ""


def _joined(parts: Iterable[Piece], change: Callable[[str], str]) -> str:
    return "".join("".join(map(change, p.text)) if p.free else p.text for p in parts)


def _lower(letter: str) -> str:
    """A small letter, where there is one that leads back."""
    low = letter.lower()
    return low if len(low) == 1 and low.upper() == letter else letter


def _upper(letter: str) -> str:
    high = letter.upper()
    return high if len(high) == 1 and high.lower() == letter else letter


def _kept_offsets(text: str, keep: Iterable[str]) -> frozenset[int]:
    offsets: set[int] = set()
    start = 0
    for piece in pieces(text, keep):
        if not piece.free:
            offsets.update(range(start, start + len(piece.text)))
        start += len(piece.text)
    return frozenset(offsets)
