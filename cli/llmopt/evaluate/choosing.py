"""Which variables are perturbed where the cases declare none: those that hold prose.

Code, JSON, numbers, ids and lists of labels say something else once a letter of them
changes; a text that people wrote does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from llmopt.domain import Case, Perturbation, Robustness

BY_DEFAULT: tuple[Perturbation, ...] = ("typos", "case", "whitespace", "punctuation", "lookalikes")
"""All but `order`: whether the order of a list says something, its author alone knows."""

LOOKED_AT = 200
"""Cases whose values are looked at, the first of the seeded order."""

PROSE_SHARE = 0.8
"""The share of a variable's values that must read like prose."""

FEWEST_WORDS = 3
FEWEST_LETTERS = 10
"""Of a text in a script without spaces between words."""

LETTERS_SHARE = 0.6
"""The share of letters among the characters of prose, spaces left out."""

MANY_CASES, FEW_VALUES = 10, 0.2
"""Of so many cases on, this share of different values is that of categories, not of texts."""

_CODE_LINE = re.compile(
    r"^\s*(?:def |class |import |from \S+ import|#include|SELECT |<\w+|//|return\b)|[{};]\s*$"
)


class Choice(NamedTuple):
    """The variables chosen, and why each of the others was not."""

    chosen: Robustness
    left: Mapping[str, str]


def choose(cases: Sequence[Case], variables: Sequence[str]) -> Choice:
    """Choose among the variables that a prompt uses, by the values that its cases give them."""
    chosen: dict[str, tuple[Perturbation, ...]] = {}
    left: dict[str, str] = {}
    for name in variables:
        reason = _why_not([case.vars[name] for case in cases if name in case.vars])
        if reason is None:
            chosen[name] = BY_DEFAULT
        else:
            left[name] = reason
    return Choice(chosen, left)


def _why_not(values: Sequence[Any]) -> str | None:
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    if not texts or len(texts) < sum(value not in (None, "") for value in values):
        return "no text"
    different = len(set(texts))
    if len(texts) > 1 and different == 1:
        return "the same in every case"
    if len(texts) >= MANY_CASES and different <= len(texts) * FEW_VALUES:
        return "few different values"
    prose = sum(is_prose(text) for text in texts)
    return None if prose >= len(texts) * PROSE_SHARE else "does not read like prose"


def is_prose(text: str) -> bool:
    """Whether a text reads like sentences, and not like data, code or a list of labels."""
    solid = "".join(text.split())
    letters = sum(character.isalpha() for character in solid)
    if letters < len(solid) * LETTERS_SHARE or _is_json(text):
        return False
    words = re.findall(r"[^\W\d_]{2,}", text)
    if len(words) < FEWEST_WORDS and (text.isascii() or letters < FEWEST_LETTERS):
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    if sum(bool(_CODE_LINE.search(line)) for line in lines) * 3 > len(lines):
        return False
    parts = [part.split() for part in re.split(r"[,;|]", text)]
    return len(parts) < FEWEST_WORDS or any(len(part) > 2 for part in parts)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[", '"')):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
