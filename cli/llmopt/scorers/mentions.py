"""Where a reply mentions which labels, and whether it asserts them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from llmopt.scorers.text import UNSPACED, words_of

Stance = Literal["asserted", "listed", "asked", "denied"]
"""What a reply does with a label: only what is asserted can be its answer."""

_SOFT = r"\-\u2010\u2011_*`~'\"\u2018\u2019\u201c\u201d\u201e«»/\\"
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[^\w\s{_SOFT}]")
_EVERY_TOKEN = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+|[^\w\s]|_")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_NOT = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_DASH = re.compile(r"(?<=\s)[-\u2013]+(?=\s)")
_EDGES = frozenset(".,!?:;()[]{}<>|=…。，！？：；、→—•")
_OPENING_MARKS = frozenset("#")

_BREAKS = frozenset(".!?:;,()[]{}|=<>…。，！？：；、→—–•") | {"but", "however", "aber", "mais"}
_NEGATORS = words_of(
    "not no never nor neither without non cannot hardly less than instead opposed unlike nothing "
    "isnt dont doesnt wasnt nicht kein keine weder pas 不 没 非"
)
_AFFIRMED = words_of("only just merely simply doubt question wonder")
_SUPPOSED = words_of("whether if ob si")
_NEAR, _CLAUSE = 3, 8  # words before a label that a negator, a supposition reaches over

_SIGNED = re.compile(r"\s*[-+\u2212]\d")
_OUT_OF = re.compile(r"\d\s+(?:out\s+)?of\s+$")
_OF_RATING = re.compile(r"/\d{1,3}(?![\d/])")  # `4/5` says 4
_ENDS = re.compile(r"[.!?。！？\n]")
_ENUMERATOR = re.compile(r"\(?\b(?:\d{1,2}\s?[.):=]|[a-z][.)]|\d{1,2}\b)")
_LIST_MARKS = str.maketrans(dict.fromkeys(",/|*_`\"'()[]{}<>•—–-\u2018\u2019\u201c\u201d"))
_LIST_WORDS = words_of("and or nor vs vs. versus to und oder et ou y o") | {""}
_REJECTED = re.compile(r"[\s\"'*_`]*[:=][\s\"'*_`]*(?:no|false)\b", re.IGNORECASE)
_LINE_START = re.compile(r"[\W_]*(?:(?:\d{1,2}|[a-z])[.)])?[\W_]*")
_LINE_KEY = re.compile(r"[^:\n]{1,40}:[\W_]*")
_LINE_END = re.compile(r"[\W_]*")
_LINE = 60  # characters beside a label within which its line must begin and end


@dataclass(frozen=True, slots=True)
class Mention:
    """A label at a place of the folded reply.

    `alone` if nothing else is on its line, `keyed` if only `something:` is, `set_off` if it is
    set in bold, code, braces or tags.
    """

    label: str
    start: int
    end: int
    stance: Stance
    alone: bool
    keyed: bool
    set_off: bool


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


def mentions_in(folded: str, known: Vocabulary) -> list[Mention]:
    """Find the labels in a folded text from left to right, of overlapping ones the longest."""
    spans = list(known.tokens(folded))
    words = [span[0] for span in spans]
    places = list(_places(folded, spans, words, known))
    ends = [end.start() for end in _ENDS.finditer(folded)]
    lines = [_on_its_line(folded, place.start, place.end) for place in places]
    listed = _listed(folded, places, [bare for bare, _ in lines])
    found = []
    covered = 0
    for place, (alone, keyed), in_list in zip(places, lines, listed, strict=True):
        stance: Stance = "asserted"
        if _denied(folded, spans, words, place.first, covered) or _REJECTED.match(
            folded, place.end
        ):
            stance = "denied"
        elif _asked(folded, ends, place.end):
            stance = "asked"
        elif in_list:
            stance = "listed"
        covered = place.last
        set_off = _set_off(folded, place.start, place.end)
        found.append(Mention(place.label, place.start, place.end, stance, alone, keyed, set_off))
    return found


class _Place(NamedTuple):
    label: str
    start: int
    end: int
    first: int  # its first token
    last: int  # the token behind it


def _places(
    folded: str, spans: Sequence[re.Match[str]], words: Sequence[str], known: Vocabulary
) -> Iterator[_Place]:
    at = 0
    while at < len(words):
        for length in known.lengths:
            label = known.keys.get(tuple(words[at : at + length]))
            if label is None or at + length > len(words):
                continue
            start, end = spans[at].start(), spans[at + length - 1].end()
            if _whole(folded, start, end):
                yield _Place(label, start, end, at, at + length)
                at += length
                break
        else:
            at += 1


def _whole(text: str, start: int, end: int) -> bool:
    """Whether what stands there is no piece of a longer word, compound or number."""
    before, after = text[max(0, start - 12) : start], text[end : end + 2]
    if before[-1:] in set("-_\u2010\u2011") and before[-2:-1].isalnum():
        return False
    if after[:1] in set("-_\u2010\u2011") and after[1:].isalnum():
        return False
    if after[:1] in {"+", "#"} or (after and unicodedata.combining(after[0])):
        return False
    if text[end - 1].isdecimal() and after[:1] in set(".,:/") and after[1:].isdecimal():
        return bool(_OF_RATING.match(text, end)) and before[-1:] != "/"
    if text[start].isdecimal():
        part = before[-1:] in set(".,:/") and before[-2:-1].isdecimal()
        return not part and not _OUT_OF.search(before)
    return True


def _denied(
    folded: str, spans: Sequence[re.Match[str]], words: Sequence[str], first: int, floor: int
) -> bool:
    """Whether the clause before the label denies or only supposes it."""
    for at in range(first - 1, max(floor, first - 1 - _CLAUSE) - 1, -1):
        word = words[at].casefold()
        gap = folded[spans[at].end() : spans[at + 1].start()]
        if word in _BREAKS or "\n" in gap:
            return False
        if word in _SUPPOSED:
            return True
        near = first - at <= _NEAR
        if near and word in _NEGATORS and words[at + 1].casefold() not in _AFFIRMED:
            return True
    return False


def _asked(folded: str, ends: Sequence[int], position: int) -> bool:
    index = bisect_left(ends, position)
    return index < len(ends) and folded[ends[index]] in {"?", "？"}


def _listed(folded: str, places: Sequence[_Place], alone: Sequence[bool]) -> list[bool]:
    """Mark labels that stand side by side with another: `positive, negative or neutral`."""
    listed = [False] * len(places)
    for index in range(len(places) - 1):
        one, other = places[index], places[index + 1]
        gap = folded[one.end : other.start]
        if one.label == other.label or not _parts_a_list(gap):
            continue
        if "\n" not in gap or (alone[index] and alone[index + 1]):
            listed[index] = listed[index + 1] = True
    return listed


def _parts_a_list(gap: str) -> bool:
    if len(gap) > 40:
        return False
    return _ENUMERATOR.sub("", gap).translate(_LIST_MARKS).strip().casefold() in _LIST_WORDS


def _on_its_line(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether a label has its line for itself; whether it does behind `something:`."""
    begin = text.rfind("\n", max(0, start - _LINE), start) + 1
    finish = text.find("\n", end, end + _LINE)
    if (not begin and start > _LINE) or (finish < 0 and len(text) > end + _LINE):
        return False, False
    before, after = text[begin:start], text[end : finish if finish >= 0 else len(text)]
    if not _LINE_END.fullmatch(after):
        return False, False
    return bool(_LINE_START.fullmatch(before)), bool(_LINE_KEY.fullmatch(before))


def _set_off(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 4) : start], text[end : end + 6]
    opened = before[-1:]
    closing = {"*": "*", "_": "_", "`": "`", "{": "}", ">": "<"}.get(opened)
    return closing is not None and after.lstrip(".!")[:1] == closing
