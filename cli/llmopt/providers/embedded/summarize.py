"""Summaries by extraction: the sentences whose words recur most, within the length asked for.

Centrality by word frequency, after Luhn (1958), "The automatic creation of
literature abstracts". No sentence is rephrased; a long one loses its asides.
"""

from __future__ import annotations

import re
from collections import Counter

from llmopt.providers.embedded.lexicon import bag
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.wishes import Wishes, limit
from llmopt.providers.embedded.words import sentences, stems

_ASKS = re.compile(
    r"\b(?:summar(?:y|ies|i[sz]e|i[sz]ing)|sums? up|tl;?dr|condense|shorten|abstract of|key points"
    r"|main (?:point|idea|points|message)|gist|in a nutshell|headline for|boil)\b"
)
_ASIDE = re.compile(r" ?\([^()]{0,300}\)| ?– [^–.]{0,200} –|, (?:which|who|where)\b[^,.;]{0,200},?")
_BREAKS = re.compile(r"[,;:] | (?:and|but|while|because|although|which|after|before|when|as) ")
_LEADS = re.compile(
    r"^(?:however|moreover|also|in addition|meanwhile|finally|then|so),? ", re.IGNORECASE
)
_DANGLING = bag(
    "a an the of to in on at for with and or but from by as is are was were that its his her"
)
_DEFAULT_SENTENCES = 2


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """A summary; None when the prompt asks for none."""
    if not _ASKS.search(f"{reading.ask} {reading.cue.lower()}"):
        return None
    text = reading.material
    if not text:
        return wishes.refusal
    bullets = limit(reading.ask, "bullet") or (3 if "bullet" in reading.ask else None)
    chosen = summarize(
        text,
        max_words=wishes.max_words,
        max_sentences=bullets or wishes.max_sentences,
        max_characters=limit(reading.ask, "character"),
    )
    if bullets:
        return "\n".join(f"- {line}" for line in chosen)
    form = f"{wishes.form} " if wishes.form else ""
    return form + " ".join(chosen)


def summarize(
    text: str,
    *,
    max_words: int | None = None,
    max_sentences: int | None = None,
    max_characters: int | None = None,
) -> list[str]:
    """The most central sentences that fit the limits, in the order of the text."""
    lines = [_LEADS.sub("", line) for line in sentences(text)]
    most = max_sentences or (len(lines) if max_words else _DEFAULT_SENTENCES)
    budget = max_words if max_words is not None else 10**9
    room = max_characters if max_characters is not None else 10**9
    chosen: dict[int, str] = {}
    for at in _ranked(lines)[: max(most * 4, 8)]:
        line = lines[at] if _fits(lines[at], budget, room) else trim(lines[at])
        if len(chosen) < most and _fits(line, budget, room) and (chosen or line):
            chosen[at] = _capital(line)
            budget -= len(line.split())
            room -= len(line) + 1
    if not chosen and lines:
        words_left = max_words if max_words is not None else 10**9
        return [cut(lines[_ranked(lines)[0]], words_left, max_characters or 10**9)]
    return [chosen[at] for at in sorted(chosen)]


def shortest(text: str) -> str:
    """The central sentence without its asides."""
    lines = sentences(text)
    return _capital(trim(lines[_ranked(lines)[0]])) if lines else ""


def trim(sentence: str) -> str:
    """The sentence without brackets, dashes and relative clauses."""
    return _ASIDE.sub("", sentence).strip()


def cut(sentence: str, max_words: int, max_characters: int) -> str:
    """The sentence cut to the limits, at a clause when one ends beyond half of them."""
    kept = _shortened(trim(sentence).split(), max_words, max_characters)
    text = " ".join(kept)
    breaks = [match.start() for match in _BREAKS.finditer(text)]
    if len(kept) < len(trim(sentence).split()) and breaks and breaks[-1] > len(text) // 2:
        text = text[: breaks[-1]]
    parts = text.split()
    while len(parts) > 1 and parts[-1].lower() in _DANGLING:
        parts.pop()
    text = _capital(" ".join(parts).rstrip(" ,;:-.") + ".")
    return text if len(text) <= max_characters else text[:max_characters].rstrip()


def _shortened(parts: list[str], max_words: int, max_characters: int) -> list[str]:
    kept: list[str] = []
    length = 0
    for part in parts[:max_words]:
        length += len(part) + 1
        if length > max_characters:
            break
        kept.append(part)
    return kept


def _fits(line: str, words_left: int, room: int) -> bool:
    return len(line.split()) <= words_left and len(line) <= room


def _ranked(lines: list[str]) -> list[int]:
    """Indices by centrality: mean frequency of a sentence's words, the opening one favoured."""
    parts = [stems(line) for line in lines]
    spread = Counter(part for line in parts for part in frozenset(line))
    scores = [
        sum(spread[part] for part in line) / (len(line) + 3) * (1.3 if at == 0 else 1.0)
        for at, line in enumerate(parts)
    ]
    return sorted(range(len(lines)), key=lambda at: (-scores[at], at))


def _capital(line: str) -> str:
    return line[:1].upper() + line[1:]
