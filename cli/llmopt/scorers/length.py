from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Score
from llmopt.errors import UsageError
from llmopt.scorers.options import count, only
from llmopt.scorers.text import words_of

LIMITS = ("max_words", "min_words", "max_chars", "max_sentences")

_ITEM = re.compile(r"\s*(?:[-*•#>]+|\d{1,3}[.)])\s+")
_PARAGRAPH = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•#>]|\d{1,3}[.)]\s))")
_END = re.compile(r"""(?<![.!?…])[.!?…]+["'”’»)\]*_]*(?=\s|$)|[。！？]+""")
_ABBREVIATIONS = words_of(
    "approx bzw ca cf co corp dr e.g fig i.e inc jr ltd mr mrs ms nr prof sr st u.s vs"
)


@dataclass(frozen=True, slots=True)
class Length:
    """1 where the reply keeps every limit that is set.

    A word is a run without spaces that has a letter or a digit; characters are counted
    without the space around the reply. Sentences end at `.`, `!`, `?` before a space, at
    blank lines and list items; common abbreviations and initials do not end one.
    """

    max_words: int | None = None
    min_words: int | None = None
    max_chars: int | None = None
    max_sentences: int | None = None

    def score(self, reply: str, case: Case) -> Score:
        words, chars = count_words(reply), len(reply.strip())
        sentences = None if self.max_sentences is None else count_sentences(reply)
        broken = [
            f"{size:,} {unit}, {side} {limit:,}"
            for size, unit, side, limit in (
                (words, "words", "more than", self.max_words),
                (words, "words", "fewer than", self.min_words),
                (chars, "characters", "more than", self.max_chars),
                (sentences, "sentences", "more than", self.max_sentences),
            )
            if limit is not None
            and size is not None
            and (size < limit if side == "fewer than" else size > limit)
        ]
        if broken:
            return Score(0.0, "; ".join(broken))
        counted = f", {sentences:,} sentences" if sentences is not None else ""
        return Score(1.0, f"within the limits: {words:,} words, {chars:,} characters{counted}")


def count_words(text: str) -> int:
    """Count runs without spaces that have a letter or a digit."""
    return sum(any(map(str.isalnum, run)) for run in text.split())


def count_sentences(text: str) -> int:
    """Count sentences; a heading or a list item is one, with or without a full stop."""
    return sum(_sentences_in(paragraph) for paragraph in _PARAGRAPH.split(text))


def _sentences_in(paragraph: str) -> int:
    item = _ITEM.match(paragraph)
    total, start = 0, item.end() if item else 0
    for end in _END.finditer(paragraph, start):
        if end[0] == "." and _abbreviated(paragraph[max(start, end.start() - 12) : end.start()]):
            continue
        total += _has_words(paragraph[start : end.start()])
        start = end.end()
    return total + _has_words(paragraph[start:])


def _abbreviated(before: str) -> bool:
    """Whether the full stop after `before` belongs to an abbreviation or an initial."""
    word = (before.split() or [""])[-1].lstrip("(\"'").casefold()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i")


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Length:
    """Options: `max_words`, `min_words`, `max_chars`, `max_sentences`; at least one."""
    only(options, *LIMITS)
    limits = {name: count(options, name) for name in LIMITS}
    if all(limit is None for limit in limits.values()):
        raise UsageError("sets no limit", hint=f"give one of {', '.join(LIMITS)}")
    least, most = limits["min_words"], limits["max_words"]
    if least is not None and most is not None and least > most:
        raise UsageError(f"asks for at least {least} and at most {most} words")
    return Length(**limits)
