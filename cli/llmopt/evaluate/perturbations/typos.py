"""Typing errors as fingers make them, on a QWERTY keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterable

from llmopt.evaluate.perturbations.draws import Draws
from llmopt.evaluate.perturbations.spans import is_kept_word, pieces

RATE = 0.1
"""The share of words with an error; one word at least."""

SHORTEST = 4
"""Letters of the shortest word that is misspelt: a shorter one easily becomes another word."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Each row stands half a key to the right of the one above.
_PLACES = {
    key: (row, 2 * at + row) for row, keys in enumerate(_ROWS) for at, key in enumerate(keys)
}
NEIGHBOURS = {
    key: "".join(
        other
        for other, (its_row, its_x) in _PLACES.items()
        if other != key
        and abs(row - its_row) <= 1
        and abs(x - its_x) <= (2 if row == its_row else 1)
    )
    for key, (row, x) in _PLACES.items()
}

_WORD = re.compile(rf"(?<![\w'’])[A-Za-zÀ-ÖØ-öø-ÿ]{{{SHORTEST},}}(?![\w'’])")
_TRIES = 8


def typos(text: str, draws: Draws, keep: Iterable[str] = ()) -> str:
    """Misspell a tenth of the words: a neighbouring key, two letters swapped, doubled, dropped.

    Words of four letters and more, each at most once, never in its first letter.
    """
    parts = list(pieces(text, keep))
    words = [
        (number, match.span())
        for number, part in enumerate(parts)
        if part.free
        for match in _WORD.finditer(part.text)
    ]
    texts = [part.text for part in parts]
    for number, (start, end) in reversed(draws.some(words, RATE)):
        whole = texts[number]
        texts[number] = whole[:start] + misspelt(whole[start:end], draws) + whole[end:]
    return "".join(texts)


def misspelt(word: str, draws: Draws) -> str:
    """Return a word with one error in it; as it is where every try makes a negation or number."""
    for _ in range(_TRIES):
        error = draws.pick((_neighbour, _swapped, _doubled, _dropped))
        wrong = error(word, draws.pick(range(1, len(word))), draws)
        if wrong != word and not is_kept_word(wrong):
            return wrong
    return word


def _neighbour(word: str, place: int, draws: Draws) -> str:
    near = NEIGHBOURS.get(word[place].lower())
    if near is None:
        return word
    key = draws.pick(near)
    return word[:place] + (key.upper() if word[place].isupper() else key) + word[place + 1 :]


def _swapped(word: str, place: int, _: Draws) -> str:
    at = min(place, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _doubled(word: str, place: int, _: Draws) -> str:
    return word[: place + 1] + word[place:]


def _dropped(word: str, place: int, _: Draws) -> str:
    return word[:place] + word[place + 1 :]
