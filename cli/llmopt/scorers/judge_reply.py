"""What a judge said: the one JSON object that it was asked for, whatever stands around it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from llmopt.errors import JudgeError
from llmopt.scorers.scale import Scale
from llmopt.scorers.text import short, visible

_TRIES = 200
"""Braces of a reply that are tried as the beginning of an object."""


class Grades(NamedTuple):
    """What a judge gave: the worth of each grade asked for, 0..1, and its reason."""

    worths: tuple[float, ...]
    reason: str


def read_grades(reply: str, scale: Scale, criteria: Sequence[str] = ()) -> Grades:
    """Read the judge's grades: one `score`, or `scores` by criterion.

    A code fence and prose around the object do not matter, nor reasoning before it. Where
    the reply holds several that differ, nobody can tell which one is meant.

    Raises:
        JudgeError: there is no grade, or one outside the scale, or more than one.
    """
    try:
        return _grades(reply, scale, criteria)
    except (ValueError, RecursionError) as error:
        raise JudgeError(
            f"the judge's reply cannot be read: {error}: '{short(reply, 200)}'",
            hint="`--retry-errors` asks the judge again and keeps the model's replies",
        ) from error


def _grades(reply: str, scale: Scale, criteria: Sequence[str]) -> Grades:
    key = "scores" if criteria else "score"
    found = [one for one in _objects(visible(reply)) if key in one]
    if not found:
        raise ValueError(f'no JSON object with "{key}" in it')
    if len({json.dumps(one[key], sort_keys=True) for one in found}) > 1:
        raise ValueError(f'{len(found)} JSON objects with a different "{key}" each')
    said = found[-1]
    reason = said.get("reason")
    return Grades(
        tuple(_by_criterion(said[key], scale, criteria)) if criteria else (scale.worth(said[key]),),
        short(reason, 240) if isinstance(reason, str) and reason.strip() else "no reason given",
    )


def _by_criterion(scores: object, scale: Scale, criteria: Sequence[str]) -> Iterator[float]:
    if not isinstance(scores, Mapping):
        raise ValueError('"scores" is no JSON object')  # noqa: TRY004 - bad text, not a bad call
    for name in criteria:
        if name not in scores:
            raise ValueError(f"no score for '{name}'")
        yield scale.worth(scores[name])


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the outermost JSON objects of a text."""
    decoder = json.JSONDecoder(strict=False)  # judges write line breaks into their reasons
    at = text.find("{")
    for _ in range(_TRIES):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            end = at + 1
        else:
            yield value
        at = text.find("{", end)
