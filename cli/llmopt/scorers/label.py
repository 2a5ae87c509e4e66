from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, filled_texts, given
from llmopt.scorers.mentions import Mention, mentions_in
from llmopt.scorers.options import flag, only
from llmopt.scorers.text import listed, quote, visible
from llmopt.scorers.vocabulary import vocabulary

REACH = 300
"""Characters after "the answer is" in which its label is looked for."""

_IS = r"(?::|=|->|=>|→|—|\b(?:is|would be|should be|ist|es|est)\b)"
_ANSWER = (
    r"(?:answer|label|category|class|classification|verdict|conclusion|decision|prediction|"
    r"antwort|kategorie|respuesta|reponse)"
)
_ASPECT = r"(?:sentiment|topic|stance|intent|rating|result|output|judge?ment)"
_GAP = r"[^\n.?!:;=→—]{0,40}?"
_FINALLY = re.compile(
    rf"\bfinal\s+(?:{_ANSWER}|{_ASPECT})\b(?:{_GAP}{_IS})?"
    r"|\b(?:overall|therefore|thus|hence|on balance|in conclusion|in summary|to sum up)\b",
    re.IGNORECASE,
)
_ANSWERED = re.compile(rf"\b{_ANSWER}\b{_GAP}{_IS}|->|=>|→", re.IGNORECASE)
_ASPECTS = re.compile(
    rf"\b{_ASPECT}\b{_GAP}{_IS}"
    rf"|\b(?:classif|label|categori[sz]|rate|mark|tag)[a-z]{{0,5}}\b{_GAP}\bas\b"
    r"|\b(?:call|consider|label|rate|mark|tag)\s+(?:it|this|that)\b"
    r"|\b(?:go with|opt for|choose|select|pick)\b",
    re.IGNORECASE,
)
_PHRASE_END = re.compile(r"[\"'*_`)\s]*(?:[.,!;()—\n|/]|$|\b(?:because|since|as|due|weil)\b)")
_BLANK = re.compile(r"(?:[^\w\n]*\n)+")
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|$)")


@dataclass(frozen=True, slots=True)
class Label:
    """1 where the label that the reply gives is the expected one.

    The reply may be chatty. What counts is, in this order: a reply that is a label; the label
    after "overall", "final answer:" and the like; after "answer:", "label is" and the like; a
    label alone on its line, or alone in bold; a label that opens the reply ("Yes, ..."); after
    "sentiment:", "classify as" and the like; the only label asserted at all. Labels that are
    negated, asked about or listed as the options are not asserted. Where two remain plausible
    nothing is guessed: the score is 0.
    """

    labels: tuple[str, ...] = ()
    ignore_case: bool = True
    expect: Any = None

    def score(self, reply: str, case: Case) -> Score:
        wanted = given(self.expect, case, filled_texts)
        labels = tuple(dict.fromkeys((*self.labels, *wanted)))
        known = vocabulary(labels, ignore_case=self.ignore_case)
        expected = f"expected {' or '.join(quote(label) for label in wanted[:3])}"
        finding = find(reply, labels, ignore_case=self.ignore_case)
        if finding.label is None:
            return Score(0.0, f"{expected}; {finding.note}")
        if known.key(finding.label) in {known.key(label) for label in wanted}:
            return Score(1.0, f"found {quote(finding.label)}")
        return Score(0.0, f"{expected}, found {quote(finding.label)} in the reply")


class Finding(NamedTuple):
    """The label that a reply gives; None with a note why there is none."""

    label: str | None
    note: str = ""


def find(reply: str, labels: tuple[str, ...], *, ignore_case: bool) -> Finding:
    """Find the one label that a reply gives."""
    known = vocabulary(labels, ignore_case=ignore_case)
    text = visible(reply)
    label = known.keys.get(known.key(text))
    if label is not None:
        return Finding(label)
    # Inside a text, "a" is hardly the answer A.
    letters = all(len(label.strip()) == 1 and label.strip().isalpha() for label in labels)
    known = vocabulary(labels, ignore_case=ignore_case and not letters)
    folded = known.fold(text)
    mentions = mentions_in(folded, known)
    if not mentions:
        return Finding(None, f"no label found in {quote(text)}")
    for judge in (_finally, _answered, _set_apart, _opening, _aspects, _only_one):
        found = judge(folded, mentions)
        if len(found) == 1:
            return Finding(found[0])
        if found:
            return Finding(None, f"ambiguous: {listed(found)} in {quote(text)}")
    return _nothing_asserted(mentions, text)


def _finally(folded: str, mentions: Sequence[Mention]) -> list[str]:
    """Judge by the last conclusion that is about a label."""
    for marker in reversed(list(_FINALLY.finditer(folded))):
        found = _behind(folded, mentions, marker.end(), whole_phrase=True)
        if found:
            return found
    return []


def _answered(folded: str, mentions: Sequence[Mention]) -> list[str]:
    """Judge by what is declared the answer. Replies that go on to other questions contradict."""
    found = _declared(folded, mentions, _ANSWERED, whole_phrase=False)
    first = mentions[0]
    if found and first.alone and first.stance == "asserted" and _opens(folded, first):
        found.append(first.label)
    return _distinct(found)


def _set_apart(folded: str, mentions: Sequence[Mention]) -> list[str]:
    """Judge by lines that are a label, then by labels in bold that no noun follows."""
    lines = _distinct(m.label for m in mentions if m.alone and m.stance == "asserted")
    if lines:
        return lines
    bold = _distinct(
        m.label
        for m in mentions
        if m.set_off and m.stance in {"asserted", "listed"} and _ends_a_phrase(folded, m)
    )
    return bold if len(bold) == 1 else []


def _opening(folded: str, mentions: Sequence[Mention]) -> list[str]:
    """Judge by the label that the reply begins with, unless other lines begin with others."""
    first = mentions[0]
    opens = _opens(folded, first) and first.stance == "asserted" and _ends_a_phrase(folded, first)
    begin = (m for m in mentions if m.begins_line and m.stance == "asserted")
    return [first.label] if opens and all(m.label == first.label for m in begin) else []


def _aspects(folded: str, mentions: Sequence[Mention]) -> list[str]:
    keyed = [m.label for m in mentions if m.keyed and m.stance == "asserted"]
    found = _distinct([*_declared(folded, mentions, _ASPECTS, whole_phrase=True), *keyed])
    return found if len(found) == 1 else []


def _only_one(folded: str, mentions: Sequence[Mention]) -> list[str]:
    return _distinct(m.label for m in mentions if m.stance == "asserted")


def _nothing_asserted(mentions: Sequence[Mention], text: str) -> Finding:
    options = _distinct(m.label for m in mentions if m.stance == "listed")
    if len(options) > 1:
        return Finding(None, f"ambiguous: {listed(options)} in {quote(text)}")
    seen = listed(_distinct(m.label for m in mentions))
    return Finding(None, f"no label found: {quote(text)} only negates or asks about {seen}")


def _declared(
    folded: str, mentions: Sequence[Mention], markers: re.Pattern[str], *, whole_phrase: bool
) -> list[str]:
    return [
        label
        for marker in markers.finditer(folded)
        for label in _behind(folded, mentions, marker.end(), whole_phrase=whole_phrase)
    ]


def _behind(folded: str, mentions: Sequence[Mention], at: int, *, whole_phrase: bool) -> list[str]:
    """Return the label that a marker ending at `at` announces, if it is one and the only one.

    A label right behind the marker may be followed by a noun unless it must be a `whole_phrase`.
    """
    at, end = _announced(folded, at)
    asserted = [m for m in _within(mentions, at, end) if m.stance == "asserted"]
    if not asserted:
        return []
    first = asserted[0]
    if not any(map(str.isalnum, folded[at : first.start])) and (
        not whole_phrase or _ends_a_phrase(folded, first)
    ):
        return [first.label]
    stop = _SENTENCE_END.search(folded, first.end, end)
    sentence_end = stop.start() if stop else end
    alone = all(m.label == first.label for m in asserted if m.start < sentence_end)
    return [first.label] if alone and _ends_a_phrase(folded, first) else []


def _announced(folded: str, at: int) -> tuple[int, int]:
    """Return where the rest of the line starts and ends; the next line if there is no rest."""
    blank = _BLANK.match(folded, at, at + REACH)
    start = blank.end() if blank else at
    end = folded.find("\n", start, start + REACH)
    return start, end if end >= 0 else min(len(folded), start + REACH)


def _within(mentions: Sequence[Mention], start: int, end: int) -> Iterator[Mention]:
    index = bisect_left(mentions, start, key=lambda mention: mention.start)
    while index < len(mentions) and mentions[index].end <= end:
        yield mentions[index]
        index += 1


def _opens(folded: str, mention: Mention) -> bool:
    return mention.start <= 60 and not any(map(str.isalnum, folded[: mention.start]))


def _ends_a_phrase(folded: str, mention: Mention) -> bool:
    """Whether the label stands for itself: not as in `positive words`."""
    return bool(_PHRASE_END.match(folded, mention.end))


def _distinct(labels: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(labels))


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Label:
    """Options: `labels` (default: the answers of the prompt's cases), `ignore_case` (true)."""
    only(options, "labels", "ignore_case", "expect")
    own = checked(options.get("labels"), filled_texts)
    return Label(
        filled_texts(own) if own is not None else tuple(labels),
        flag(options, "ignore_case", default=True),
        checked(options.get("expect"), filled_texts),
    )
