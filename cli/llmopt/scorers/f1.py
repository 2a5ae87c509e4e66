from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, given, texts
from llmopt.scorers.options import only
from llmopt.scorers.text import UNSPACED, quote

_ARTICLES = frozenset({"a", "an", "the"})
_TOKEN = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


class Overlap(NamedTuple):
    """How many tokens two texts share: precision, recall and their harmonic mean, each 0..1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class F1:
    """Token F1 against the closest of the expected texts.

    As in the SQuAD evaluation (Rajpurkar et al., 2016, section 6.1): case, punctuation and
    the English articles do not count, tokens count as often as both texts have them, and
    without tokens on one side the score is 1 where both have none. Beyond it, as in MLQA
    (Lewis et al., 2020): punctuation is Unicode's, and scripts written without spaces are
    compared by character.
    """

    expect: Any = None

    def score(self, reply: str, case: Case) -> Score:
        said = Counter(tokens(reply))
        best, text = max(
            ((overlap(said, Counter(tokens(text))), text) for text in self._accepted(case)),
            key=lambda pair: pair[0].f1,
        )
        figures = f"precision {best.precision:.2f}, recall {best.recall:.2f}"
        return Score(best.f1, f"F1 {best.f1:.2f} ({figures}) against {quote(text)}")

    def _accepted(self, case: Case) -> tuple[str, ...]:
        return given(self.expect, case, texts)


def overlap(said: Counter[str], wanted: Counter[str]) -> Overlap:
    """Compare two bags of tokens."""
    if not said or not wanted:
        same = float(said == wanted)
        return Overlap(same, same, same)
    shared = (said & wanted).total()
    size, target = said.total(), wanted.total()
    return Overlap(shared / size, shared / target, 2 * shared / (size + target))


def tokens(text: str) -> list[str]:
    """Return the normalised tokens of a text, without articles."""
    even = unicodedata.normalize("NFKC", text).casefold().translate(_NO_PUNCTUATION)
    return [token for token in _TOKEN.findall(even) if token not in _ARTICLES]


class _Dropping(dict[int, int | None]):
    """A translation table that drops punctuation; it learns each character once."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        drop = character in string.punctuation or unicodedata.category(character)[0] == "P"
        self[code] = None if drop else code
        return self[code]


_NO_PUNCTUATION = _Dropping()


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> F1:
    """Options: `expect` (a text, or a list of which the closest counts)."""
    only(options, "expect")
    return F1(checked(options.get("expect"), texts))
