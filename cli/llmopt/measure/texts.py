"""Counting texts of any length, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from llmopt.domain import Model
from llmopt.prices.table import Pricer
from llmopt.tokens.counting import Counter, counter_for

PIECE = 1 << 18
"""Characters read and counted at a time."""

LONGEST = 8 * PIECE
"""Characters kept back at most in search of a place to cut."""

# OpenAI's encodings split a text by a pattern first, and no token spans such a split. Behind
# a line break, and before the space between two words of plain letters, there is always one.
_SAFE = re.compile(r"(?<=\n)(?=[A-Za-z0-9])|(?<=[A-Za-z]) (?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class TextFootprint:
    """What a text weighs for a model: tokens without chat overhead, dollars as input."""

    source: str
    model: str
    characters: int
    tokens: int
    exact: bool
    context_window: int | None
    dollars: float | None


def weigh_text(
    source: str, pieces: Iterable[str], models: Iterable[Model]
) -> tuple[TextFootprint, ...]:
    """Count a text that comes in pieces, for every model; memory holds a piece at a time.

    Exact as its tokenizer is, unless a piece had to be cut inside of what might be one
    token: a text of megabytes without a line break or two words.
    """
    asked = list(models)
    counters = {counter.label: counter for counter in (counter_for(m.identity) for m in asked)}
    totals = dict.fromkeys(counters, 0)
    characters, whole = 0, True
    for text, safe in _cut(pieces):
        characters += len(text)
        whole = whole and safe
        # Not through the counters' memory: pieces of a text do not come again.
        encoded = {counter.encoding: counter for counter in counters.values()}
        tokens = {name: len(counter.encode(text)) for name, counter in encoded.items()}
        for label, counter in counters.items():
            totals[label] += counter.scaled(tokens[counter.encoding], text)
    return tuple(
        _footprint(source, model, counter_for(model.identity), totals, characters, whole=whole)
        for model in asked
    )


def _cut(pieces: Iterable[str]) -> Iterable[tuple[str, bool]]:
    """Yield the text in parts that count like the whole; the flag says whether they surely do."""
    rest = ""
    for piece in pieces:
        rest += piece
        if len(rest) < PIECE:
            continue
        places = [found.start() for found in _SAFE.finditer(rest, len(rest) - PIECE // 2)]
        if places:
            yield rest[: places[-1]], True
            rest = rest[places[-1] :]
        elif len(rest) >= LONGEST:
            yield rest, False
            rest = ""
    yield rest, True


def _footprint(
    source: str,
    model: Model,
    counter: Counter,
    totals: dict[str, int],
    characters: int,
    *,
    whole: bool,
) -> TextFootprint:
    tokens, pricer = totals[counter.label], Pricer(model)
    return TextFootprint(
        source=source,
        model=model.name,
        characters=characters,
        tokens=tokens,
        exact=whole and counter.exact,
        context_window=pricer.context_window,
        dollars=pricer.input_cost(tokens),
    )
