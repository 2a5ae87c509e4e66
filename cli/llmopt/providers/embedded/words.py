"""Words, stems and sentences: how the embedded model cuts text.

Every pattern in this package repeats a bounded number of times, so the time for
a text grows with its length alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

from llmopt.providers.embedded.lexicon import ABBREVIATIONS, IRREGULAR, STOPWORDS

CAPITAL = "A-ZÀ-ÖØ-Þ"
QUOTES = "\"'`“”‘’«»"

_WORD = re.compile(r"[^\W_]{1,64}(?:'[^\W\d_]{1,3})?")
_END = re.compile(r"[.!?…]{1,10}[\"'”’)\]]{0,3}(?=\s|$)")
_SUFFIXES = (
    ("ies", "y"),
    ("sses", "ss"),
    ("edly", ""),
    ("ing", ""),
    ("ied", "y"),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
)
_WRAPPED = 60
"""Characters from which on a line without a full stop is taken as wrapped prose."""


def words(text: str) -> list[str]:
    """Lower-case words and numbers, apostrophes kept (`don't`), `_` a separator."""
    return _WORD.findall(text.lower().replace("’", "'"))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A crude English stem: `shipping`, `shipped`, `ships` all become `ship`."""
    word = IRREGULAR.get(word, word).removesuffix("'s")
    if len(word) <= 3:
        return word
    for suffix, swap in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            if suffix == "s" and word.endswith(("ss", "us", "is")):
                break
            word = word[: -len(suffix)] + swap
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 3 else word


def stems(text: str) -> list[str]:
    """Stems of the content words, in order, stop words left out."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def squeeze(text: str) -> str:
    """The text on one line with single spaces."""
    return " ".join(text.split())


def bare(text: str) -> str:
    """The text without the quotes, backticks and spaces around it."""
    return text.strip().strip(QUOTES + "*").strip()


def sentences(text: str) -> list[str]:
    """Sentences in order; a line end closes one unless the line reads as wrapped prose."""
    found: list[str] = []
    for paragraph in _paragraphs(text):
        start = 0
        for match in _END.finditer(paragraph):
            if _closes(paragraph, match):
                found.append(paragraph[start : match.end()].strip())
                start = match.end()
        rest = paragraph[start:].strip()
        if rest:
            found.append(rest)
    return found


def _paragraphs(text: str) -> list[str]:
    found: list[str] = []
    wrapped: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped:
            wrapped.append(stripped)
        if wrapped and (len(stripped) < _WRAPPED or stripped.endswith((".", "!", "?", ":"))):
            found.append(" ".join(wrapped))
            wrapped = []
    if wrapped:
        found.append(" ".join(wrapped))
    return found


def _closes(paragraph: str, match: re.Match[str]) -> bool:
    """Whether the stop ends a sentence: no abbreviation, no initial, no lower case after it."""
    if match.group()[0] != ".":
        return True
    before = paragraph[max(0, match.start() - 12) : match.start()].split()
    last = before[-1] if before else ""
    if last.lower().lstrip("(") in ABBREVIATIONS or (len(last) == 1 and last.isupper()):
        return False
    after = paragraph[match.end() : match.end() + 2].strip()
    return not after[:1].islower()
