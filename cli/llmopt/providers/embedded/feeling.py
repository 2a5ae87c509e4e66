"""Whether a text speaks well or ill: a word count with negation, emphasis and contrast.

After the lexicon methods of the field (words carry strengths, a "not" turns
them, "but" weighs its second half more). Irony is not understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from llmopt.providers.embedded.lexicon import (
    CONCESSIONS,
    CONTRASTS,
    FAILS,
    FEELING,
    FEELING_PHRASES,
    NEGATIONS,
    STRONGER,
    WEAKER,
)
from llmopt.providers.embedded.words import stem

_TOKEN = re.compile(r"[^\W_]{1,64}(?:'[^\W\d_]{1,3})?|[.,;:!?\n()]")
_STOPS = frozenset(".!?;\n")
_PAUSES = frozenset(",:()")
_SCOPE = 4
"""Words that a negation or an emphasis reaches over."""

_FAILS = frozenset(map(stem, FAILS))
_STEMS = {stem(word): strength for word, strength in reversed(FEELING.items())} | FEELING
_PHRASES: dict[str, list[tuple[tuple[str, ...], float]]] = {}
for _phrase, _strength in FEELING_PHRASES.items():
    _PHRASES.setdefault(_phrase[0], []).append((_phrase, _strength))

_MARKERS = (
    frozenset(_PHRASES) | _STOPS | _PAUSES | CONTRASTS | CONCESSIONS | NEGATIONS | STRONGER | WEAKER
)


@dataclass(slots=True)
class Feeling:
    """Strength of the good and of the ill said (both ≥ 0), and the words that said it."""

    good: float = 0.0
    ill: float = 0.0
    evidence: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Good minus ill; 0 when nothing was found."""
        return self.good - self.ill

    def scale(self, factor: float) -> None:
        """Weighs what was found so far."""
        self.good *= factor
        self.ill *= factor

    def add(self, strength: float, word: str) -> None:
        """Counts one finding."""
        if strength > 0:
            self.good += strength
        else:
            self.ill -= strength
        self.evidence.append(word)


def feeling(text: str) -> Feeling:
    """Reads the text once, left to right."""
    return _Reader(_TOKEN.findall(text.lower().replace("’", "'"))).read()


@lru_cache(maxsize=16384)
def _strength_of(word: str) -> float:
    return FEELING.get(word) or _STEMS.get(stem(word), 0.0)


class _Reader:
    """The state of one pass: what was found in past sentences and in the present one."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.past = Feeling()
        self.now = Feeling()
        self.negated_until = -1
        self.emphasis, self.emphasis_until = 1.0, -1
        self.weight = 1.0  # of the present clause

    def read(self) -> Feeling:
        at = 0
        while at < len(self.tokens):
            word = self.tokens[at]
            if word in _MARKERS:
                at += self._step(at, word)
            else:
                self._count(at, word)
                at += 1
        self._end_sentence()
        return self.past

    def _step(self, at: int, word: str) -> int:
        """Takes one word in; how many tokens were used up."""
        phrase = next((p for p in _PHRASES.get(word, ()) if self._stands(at, p[0])), None)
        if phrase is not None:
            self.now.add(phrase[1] * self.weight, " ".join(phrase[0]))
            return len(phrase[0])
        if word in _STOPS:
            self._end_sentence()
        elif word in _PAUSES:
            self.negated_until, self.weight = -1, 1.0
        elif word in CONTRASTS:
            self._turn(at, word)
        elif word in CONCESSIONS:
            self.weight = 0.5
        elif word in NEGATIONS:
            self._negate(at)
        elif word in STRONGER or word in WEAKER:
            self.emphasis = 1.5 if word in STRONGER else 0.6
            self.emphasis_until = at + 2
        else:
            self._count(at, word)
        return 1

    def _stands(self, at: int, phrase: tuple[str, ...]) -> bool:
        return tuple(self.tokens[at : at + len(phrase)]) == phrase

    def _negate(self, at: int) -> None:
        if self.tokens[at + 1 : at + 2] != ["only"]:
            self.negated_until = at + _SCOPE

    def _turn(self, at: int, word: str) -> None:
        """After a "but" the sentence so far weighs half; at its start, all before weighs less."""
        starts = at == 0 or self.tokens[at - 1] in _STOPS
        if starts and word != "yet":
            self.past.scale(0.7)
        self.now.scale(0.5)
        self.negated_until, self.weight = -1, 1.0

    def _count(self, at: int, word: str) -> None:
        strength = _strength_of(word)
        if at <= self.negated_until and stem(word) in _FAILS:
            self.now.add(-1.5 * self.weight, f"not {word}")
            return
        if not strength:
            return
        if at <= self.emphasis_until:
            strength *= self.emphasis
        if at <= self.negated_until:
            strength *= -0.8
            word = f"not {word}"
        self.now.add(strength * self.weight, word)

    def _end_sentence(self) -> None:
        self.past.good += self.now.good
        self.past.ill += self.now.ill
        self.past.evidence.extend(self.now.evidence)
        self.now = Feeling()
        self.negated_until, self.weight = -1, 1.0
