"""Where a reply mentions which labels, and whether it asserts them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from llmopt.scorers.text import words_of
from llmopt.scorers.vocabulary import Vocabulary

Stance = Literal["asserted", "listed", "asked", "denied"]
"""What a reply does with a label: only what is asserted can be its answer."""

_BREAKS = frozenset(".!?:;,()[]{}|=<>…。，！？：；、→—–•") | words_of(
    "but however because since therefore thus hence yet although though while whereas overall "
    "aber sondern denn weil mais"
)
_JOINTS = words_of("and so und")
"""Words that begin a clause too, except right before a label (`not so positive`)."""

_DENIALS: Mapping[str, int] = {
    **dict.fromkeys(words_of("not no never nor neither cannot hardly nothing"), 8),
    **dict.fromkeys(words_of("isnt dont doesnt wasnt nicht kein keine weder"), 8),
    **dict.fromkeys(words_of("than instead opposed unlike without less non pas 不 没 非"), 3),
    **dict.fromkeys(words_of("whether if ob"), 12),
}
"""Words that deny a label or only suppose it, and how many words ahead they reach."""

_FURTHEST = max(_DENIALS.values())
_AFFIRMED = words_of("only just merely simply doubt question wonder")

_OUT_OF = re.compile(r"\d\s+(?:out\s+)?of\s+$")
_ITEM = re.compile(r"[.)][ \t*_]+\w")  # of an enumeration: `1. First`
_OF_RATING = re.compile(r"/\d{1,3}(?![\d/])")  # `4/5` says 4
_ENDS = re.compile(r"[.!?。！？\n]")
_ENUMERATOR = re.compile(r"\(?\b(?:\d{1,2}\s?[.):=]|[a-zA-Z][.)]|\d{1,2}\b)")
_LIST_MARKS = str.maketrans(dict.fromkeys(",/|*_`\"'()[]{}<>•—–-\u2018\u2019\u201c\u201d"))
_LIST_WORDS = words_of("and or nor vs vs. versus to und oder et ou y o") | {""}
_REJECTED = re.compile(r"[\s\"'*_`]*[:=][\s\"'*_`]*(?:no|false)\b", re.IGNORECASE)
_LINE_START = re.compile(r"[\W_]*(?:(?:\d{1,2}|[a-zA-Z])[.)])?[\W_]*")
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
    begins_line: bool
    alone: bool
    keyed: bool
    set_off: bool


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
        found.append(
            Mention(
                label=place.label,
                start=place.start,
                end=place.end,
                stance=stance,
                begins_line=_begins_line(folded, place.start),
                alone=alone,
                keyed=keyed,
                set_off=_set_off(folded, place.start, place.end),
            )
        )
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
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    hyphens = set("-_\u2010\u2011")
    if before[-1:] in hyphens and before[:-1].isalnum():
        return False
    if after[:1] in hyphens and after[1:].isalnum():
        return False
    if after[:1] in {"+", "#"} or (after and unicodedata.combining(after[0])):
        return False
    return _whole_number(text, start, end)


def _whole_number(text: str, start: int, end: int) -> bool:
    """Whether a label with digits at its ends is no part of a number, a rating, a numbering."""
    before, after = text[max(0, start - 12) : start], text[end : end + 2]
    number = text[start:end].isdecimal()
    if number and _begins_line(text, start) and _ITEM.match(text, end):
        return False
    if text[end - 1].isdecimal() and after[:1] in set(".,:/") and after[1:].isdecimal():
        return number and bool(_OF_RATING.match(text, end)) and before[-1:] != "/"
    if text[start].isdecimal():
        part = before[-1:] in set(".,:/") and before[-2:-1].isdecimal()
        return not part and not _OUT_OF.search(before)
    return True


def _begins_line(text: str, start: int) -> bool:
    _, newline, rest = text[max(0, start - 8) : start].rpartition("\n")
    return (bool(newline) or start <= 8) and not any(map(str.isalnum, rest))


def _denied(
    folded: str, spans: Sequence[re.Match[str]], words: Sequence[str], first: int, floor: int
) -> bool:
    """Whether the clause before the label denies or only supposes it."""
    for at in range(first - 1, max(floor, first - _FURTHEST) - 1, -1):
        word, distance = words[at].casefold(), first - at
        if word in _BREAKS or (word in _JOINTS and distance > 1):
            return False
        if "\n" in folded[spans[at].end() : spans[at + 1].start()]:
            return False
        if distance <= _DENIALS.get(word, 0) and words[at + 1].casefold() not in _AFFIRMED:
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
