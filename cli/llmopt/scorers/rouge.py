from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast

from llmopt.domain import Case, Score
from llmopt.errors import MissingError
from llmopt.scorers.expect import checked, given, texts
from llmopt.scorers.options import choice, only
from llmopt.scorers.text import UNSPACED, quote

TYPES = ("rougeL", "rouge1", "rouge2")
MEASURES = {"f": "fmeasure", "recall": "recall", "precision": "precision"}
COMPARED = 5_000
"""Words of a text that are compared: rougeL fills a table of both lengths."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """ROUGE (Lin, 2004) as the `rouge-score` package computes it, with Porter's stemmer.

    Words are read as that package reads them, and beyond it letters other than
    a-z, which it drops. Of several expected texts the closest counts.
    """

    expect: Any = None
    kind: str = "rougeL"
    measure: str = "f"

    def score(self, reply: str, case: Case) -> Score:
        values = [(self._against(text, reply), text) for text in given(self.expect, case, texts)]
        value, text = max(values, key=lambda pair: pair[0])
        cut = "" if _word_count_fits(reply) else f", its first {COMPARED:,} words"
        return Score(value, f"{self.kind} {self.measure} {value:.2f} against {quote(text)}{cut}")

    def _against(self, text: str, reply: str) -> float:
        found = _rouge_scorer(self.kind).score(text, reply)[self.kind]
        return float(getattr(found, MEASURES[self.measure]))


class _Package(Protocol):
    """What is used of rouge-score's RougeScorer."""

    def score(self, target: str, prediction: str) -> Mapping[str, object]: ...


class Words:
    """The tokenizer that rouge-score asks for: stemmed words of any script."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self._stem = stem

    def tokenize(self, text: str) -> list[str]:
        words = _WORD.findall(text.lower())[:COMPARED]
        # As in rouge-score: words of up to three characters are not stemmed.
        return [self._stem(word) if len(word) > 3 else word for word in words]


def _word_count_fits(text: str) -> bool:
    return len(text) <= COMPARED or len(_WORD.findall(text)) <= COMPARED


@cache
def _rouge_scorer(kind: str) -> _Package:
    """Import late: the package brings nltk along, which takes seconds."""
    try:
        from nltk.stem.porter import PorterStemmer  # type: ignore[import-untyped]
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError as error:
        raise MissingError(
            f"rouge needs the package rouge-score: {error}", hint="pip install rouge-score"
        ) from error
    return cast("_Package", RougeScorer([kind], tokenizer=Words(PorterStemmer().stem)))


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Rouge:
    """Options: `expect`, `type` (rougeL, rouge1, rouge2), `measure` (f, recall, precision)."""
    only(options, "expect", "type", "measure")
    kind = choice(options, "type", TYPES)
    _rouge_scorer(kind)
    return Rouge(
        checked(options.get("expect"), texts), kind, choice(options, "measure", tuple(MEASURES))
    )
