from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from llmopt.domain import Case, Score
from llmopt.errors import UsageError
from llmopt.scorers.expect import checked, given
from llmopt.scorers.options import only
from llmopt.scorers.quantities import ONE, Found, Quantity, found_in, simplified
from llmopt.scorers.text import quote, short, visible

REACH = 200
"""Characters after "answer is" in which the number is looked for."""

_ANSWER = re.compile(
    r"\b(?:answer|result|solution|antwort|ergebnis|respuesta|r[ée]ponse|risposta)\b"
    r"[^\n.?!:=\d]{0,40}?(?::|=|\bis\b|\bist\b|\bes\b|\best\b|\bwould be\b)"
    r"|\\boxed\{"
    r"|^#{4}\s*(?=[-−$€£¥\d.,]+\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
_EQUALS = re.compile(
    r"(?:(?<![<>!])=|[≈≃])>?(?:[\s~$€£¥₹*_`({\[\\]|about|approx(?:imately|\.)?|roughly|around)*$",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"[ \t*$€£¥]*(?:or|to|and|through|oder|bis|und|[-–—])[ \t*$€£¥]*", re.IGNORECASE
)
_OPERATOR = re.compile(r"[ \t)]*[-+*/×·÷−x][ \t($€£¥]*")
_SOUGHT = re.compile(r"\b(?:find|get|reach|calculate|compute|determine)\s+\w+\s+$", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|nicht|pas)\s+[$€£¥]?$", re.IGNORECASE)


class Tolerance(NamedTuple):
    """How far off a right number may be: `size` in what is expected, or as a share of it."""

    size: Fraction = Fraction(0)
    relative: bool = False

    def of(self, wanted: Fraction) -> Fraction:
        return abs(wanted) * self.size if self.relative else self.size


NONE = Tolerance()


@dataclass(frozen=True, slots=True)
class Numeric:
    r"""1 where the number that the reply answers with is the expected one.

    The answer is the number after the last "answer is", `answer:` or `\boxed{`, else after
    the last `=`, else the last number of the reply. A percent sign (or "million") on one side
    alone may be meant by the other, so 12 % equals 0.12 and equals 12; with the sign on both
    sides, or on neither, numbers are compared as they stand.
    """

    expect: Any = None
    tolerance: Tolerance = NONE

    def score(self, reply: str, case: Case) -> Score:
        wanted = given(self.expect, case, read_expected)
        shown = short(str(case.expect if self.expect is None else self.expect), 40)
        text = simplified(visible(reply))
        found = answer_in(text)
        if found is None:
            return Score(0.0, f"expected {shown}, no number found in {quote(reply)}")
        said = short(text[found.start : found.end], 40)
        if found.quantity is None:
            return Score(0.0, f"expected {shown}; '{said}' is no single number")
        if agree(found.quantity, wanted, self.tolerance):
            return Score(1.0, f"found {said}")
        return Score(0.0, f"expected {shown}, found {said}")


def agree(said: Quantity, wanted: Quantity, tolerance: Tolerance) -> bool:
    """Compare two numbers, in the unit of what is wanted.

    A unit on one side alone is one that the other side may have left out.
    """
    readings = [said.size / wanted.unit]
    if said.unit != wanted.unit and ONE in {said.unit, wanted.unit}:
        readings.append(said.value)
    allowed = tolerance.of(wanted.value)
    return any(abs(reading - wanted.value) <= allowed for reading in readings)


def answer_in(text: str) -> Found | None:
    """Choose the number that a text answers with; its quantity is None where two are offered."""
    numbers = [number for number in found_in(text) if not _before(_DENIED, text, number.start)]
    if not numbers:
        return None
    starts = [number.start for number in numbers]
    for marker in reversed(list(_ANSWER.finditer(text))):
        index = bisect_left(starts, marker.end())
        near = index < len(numbers) and starts[index] - marker.end() <= REACH
        if near and not _before(_SOUGHT, text, marker.start()):
            return _alone(text, numbers, _behind_sum(text, numbers, index))
    for index in range(len(numbers) - 1, -1, -1):
        if _before(_EQUALS, text, numbers[index].start):
            return _alone(text, numbers, index)
    return _alone(text, numbers, len(numbers) - 1)


def _before(pattern: re.Pattern[str], text: str, position: int) -> bool:
    return bool(pattern.search(text[max(0, position - 24) : position]))


def _behind_sum(text: str, numbers: Sequence[Found], index: int) -> int:
    """Step from `2` of `2 + 3 = 5` to `5`."""
    first = index
    while _between(text, numbers, index, _OPERATOR):
        index += 1
    result = index + 1
    if index > first and result < len(numbers) and _before(_EQUALS, text, numbers[result].start):
        return result
    return first


def _alone(text: str, numbers: Sequence[Found], index: int) -> Found:
    """Return the number, or the whole of `5 or 6` without a quantity."""
    first, last = index, index
    if _between(text, numbers, index, _EITHER):
        last = index + 1
    elif index and _between(text, numbers, index - 1, _EITHER):
        first = index - 1
    if first == last:
        return numbers[index]
    return Found(numbers[first].start, numbers[last].end, None)


def _between(text: str, numbers: Sequence[Found], index: int, pattern: re.Pattern[str]) -> bool:
    """Whether `pattern` is all that stands between a number and the next."""
    if index + 1 >= len(numbers):
        return False
    gap = text[numbers[index].end : numbers[index + 1].start]
    return len(gap) <= 20 and bool(pattern.fullmatch(gap))


def read_expected(value: object) -> Quantity:
    """Read a number, or a text with exactly one, as the expected quantity.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"expected a number, got {value}")
    if isinstance(value, int | float):
        return Quantity(Fraction(str(value)) if isinstance(value, float) else Fraction(value), ONE)
    numbers = list(found_in(simplified(value))) if isinstance(value, str) else []
    if len(numbers) != 1 or numbers[0].quantity is None:
        raise ValueError(f"expected a number, got {quote(str(value))}")
    return numbers[0].quantity


def read_tolerance(value: object) -> Tolerance:
    """Read `0.01` (absolute) or `1%` (of what is expected).

    Raises:
        UsageError: it is neither, or negative.
    """
    try:
        quantity = read_expected(value)
    except ValueError:
        quantity = Quantity(Fraction(-1), ONE)
    if quantity.value < 0:
        raise UsageError(f"'tolerance' is a number from 0 or a percentage, not {value!r}")
    return Tolerance(quantity.size, quantity.unit != ONE)


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Numeric:
    """Options: `expect`, `tolerance` (0.01 is absolute, "1%" relative; none by default)."""
    only(options, "expect", "tolerance")
    return Numeric(
        checked(options.get("expect"), read_expected), read_tolerance(options.get("tolerance", 0))
    )
