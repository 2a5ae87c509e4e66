"""How a judge grades, and what its grades are worth: 0..1."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

_NUMBER = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:/\s*(-?\d+(?:\.\d+)?))?\s*")


class Scale(Protocol):
    """The grades that a judge may give."""

    @property
    def wording(self) -> str:
        """What the judge is told of the grades."""
        ...

    @property
    def example(self) -> object:
        """A grade, as it stands in JSON."""
        ...

    def worth(self, grade: object) -> float:
        """Return what a grade is worth, 0..1.

        Raises:
            ValueError: it is none of this scale.
        """
        ...


@dataclass(frozen=True, slots=True)
class Points:
    """Numbers from `low`, worth 0, to `high`, worth 1, and all between them."""

    low: float
    high: float

    @property
    def wording(self) -> str:
        return (
            f"a number from {self.low:g} (does not meet it at all) to {self.high:g} "
            "(meets it fully); use the whole range"
        )

    @property
    def example(self) -> object:
        return _whole(self.low)

    def worth(self, grade: object) -> float:
        number = self._number(grade)
        if not self.low <= number <= self.high:
            raise ValueError(f"the score {number:g} is outside {self.low:g} to {self.high:g}")
        return (number - self.low) / (self.high - self.low)

    def _number(self, grade: object) -> float:
        if isinstance(grade, str) and (match := _NUMBER.fullmatch(grade)):
            if match[2] is not None and float(match[2]) != self.high:
                raise ValueError(f"the score '{grade}' is on another scale")
            return float(match[1])
        if isinstance(grade, bool) or not isinstance(grade, int | float):
            raise ValueError(f"the score {_shown(grade)} is no number")  # noqa: TRY004 - bad text
        try:
            number = float(grade)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ValueError(f"the score {_shown(grade)} is no number")
        return number


@dataclass(frozen=True, slots=True)
class Words:
    """Named grades and what each is worth; upper and lower case do not matter."""

    worths: Mapping[str, float]

    @property
    def wording(self) -> str:
        return "one of " + ", ".join(f'"{word}"' for word in self.worths)

    @property
    def example(self) -> object:
        return next(iter(self.worths))

    def worth(self, grade: object) -> float:
        # A judge that is asked for "yes" or for "4" may well write true or 4.
        said = {True: "yes", False: "no"}.get(grade) if isinstance(grade, bool) else grade
        text = str(said) if isinstance(said, str | int | float) else None
        if text is not None:
            for word, worth in self.worths.items():
                if word.strip().casefold() == text.strip().casefold():
                    return worth
        raise ValueError(f"the score {_shown(grade)} is not {self.wording}")


YES_NO = Words({"yes": 1.0, "no": 0.0})
FIVE = Points(1, 5)


def _whole(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


def _shown(grade: object) -> str:
    text = json.dumps(grade, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:39] + "…"
