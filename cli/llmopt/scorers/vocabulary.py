"""Labels as the tokens by which they are found in a reply."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from llmopt.scorers.text import UNSPACED

_SOFT = r"\-\u2010\u2011_*`~'\"\u2018\u2019\u201c\u201d\u201e«»/\\"
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[^\w\s{_SOFT}]")
_EVERY_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[^\w\s]|_")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_DASH = re.compile(r"(?<=\s)[-\u2013]+(?=\s)")
_EDGES = frozenset(".,!?:;()[]{}<>|=…。，！？：；、→—•")
_OPENING_MARKS = frozenset("#")
_SIGNED = re.compile(r"\s*[-+\u2212]\d")


class Vocabulary(NamedTuple):
    """Labels by their tokens.

    Accents and punctuation are left out of the comparison where the labels stay apart without.
    """

    keys: Mapping[tuple[str, ...], str]
    lengths: tuple[int, ...]
    ignore_case: bool
    accents: bool
    symbols: bool

    def fold(self, text: str) -> str:
        """Return `text` in the form in which tokens are compared and positions counted."""
        even = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
        if not self.accents:
            even = unicodedata.normalize(
                "NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", even))
            )
        even = _DASH.sub("—", _NOT.sub(" not", even.replace("&", " and ")))
        return even.casefold() if self.ignore_case else even

    def tokens(self, folded: str) -> Iterator[re.Match[str]]:
        return (_EVERY_TOKEN if self.symbols else _TOKEN).finditer(folded)

    def key(self, text: str) -> tuple[str, ...]:
        """Return the tokens of a text, without the punctuation around them."""
        words = [token[0] for token in self.tokens(self.fold(text.strip()))]
        if self.symbols:
            return tuple(words)
        first, last = 0, len(words)
        while last > first and words[last - 1] in _EDGES:
            last -= 1
        while first < last and (words[first] in _EDGES or words[first] in _OPENING_MARKS):
            first += 1
        return tuple(words[first:last])


@lru_cache(maxsize=256)
def vocabulary(labels: tuple[str, ...], *, ignore_case: bool) -> Vocabulary:
    """Make the loosest vocabulary that still tells the labels apart.

    Labels that are one text but for spaces (and case, if that is ignored) are one label.
    """
    signed = any(_SIGNED.match(label) for label in labels)
    strict = _vocabulary(labels, ignore_case=ignore_case, accents=True, symbols=True)
    for accents in (False, True):
        loose = _vocabulary(labels, ignore_case=ignore_case, accents=accents, symbols=False)
        if not signed and len(loose.keys) == len(strict.keys) and () not in loose.keys:
            return loose
    return strict


def _vocabulary(
    labels: Sequence[str], *, ignore_case: bool, accents: bool, symbols: bool
) -> Vocabulary:
    empty = Vocabulary({}, (), ignore_case, accents, symbols)
    keys: dict[tuple[str, ...], str] = {}
    for label in labels:
        keys.setdefault(empty.key(label), label)
    lengths = tuple(sorted({len(key) for key in keys if key}, reverse=True))
    return empty._replace(keys=keys, lengths=lengths)
