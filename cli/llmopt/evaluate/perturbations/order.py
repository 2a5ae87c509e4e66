from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from llmopt.evaluate.perturbations.draws import Draws

T = TypeVar("T")

FEWEST_PARTS = 3
MOST_WORDS = 4
"""Words of a part, past which commas part clauses rather than the items of a list."""

_BULLET = re.compile(r"\s*[-*•] ")
_TRIES = 8


def order_of_text(text: str, draws: Draws) -> str:
    """Shuffle a text that is a list: bulleted lines, or short parts between commas or semicolons.

    Any other text is no list and stays as it is; so do numbered lines, whose order says
    something.
    """
    lines = text.splitlines()
    bulleted = [i for i, line in enumerate(lines) if _BULLET.match(line)]
    if len(bulleted) > 1:
        if bulleted[-1] - bulleted[0] + 1 != len(bulleted):
            return text  # something stands between the items: it may belong to one of them
        first, last = bulleted[0], bulleted[-1] + 1
        mixed = order_of_items(lines[first:last], draws)
        end = text[len(text.rstrip("\r\n")) :]
        return "\n".join([*lines[:first], *mixed, *lines[last:]]).rstrip("\r\n") + end
    for mark in ",;":
        parts = [part.strip() for part in text.split(mark)]
        if len(parts) >= FEWEST_PARTS and all(_is_item(part) for part in parts):
            return f"{mark} ".join(order_of_items(parts, draws))
    return text


def order_of_items(items: Sequence[T], draws: Draws) -> list[T]:
    """Shuffle a list, so that it differs if it can."""
    for _ in range(_TRIES):
        mixed = draws.shuffled(items)
        if mixed != list(items):
            return mixed
    return list(items)


def _is_item(part: str) -> bool:
    return 0 < len(part.split()) <= MOST_WORDS and not re.search(r"[.!?:\n{}\[\]]|\band\b", part)
