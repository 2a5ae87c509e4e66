"""Numbers as people and models write them, read exactly and without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from llmopt.scorers.text import UNSPACED

ONE = Fraction(1)
PERCENT = Fraction(1, 100)
LONGEST = 60
"""Characters of the longest number that is read as one."""

_JOINT = "[.,'’_\u00a0\u2009\u202f:/\u2010-\u2015-]"
_VULGAR = "\u00bc-\u00be\u2150-\u215e"
_RUN = re.compile(rf"\.?\d+(?:{_JOINT}\d+)*(?:[eE][+\-−]?\d+(?!\w))?[{_VULGAR}]?|[{_VULGAR}]")
_SPACED_GROUPS = re.compile(r"(?: \d{3}(?!\d))+(?:[.,]\d+)?")
_MIXED = re.compile(r" \d{1,4}/\d{1,4}(?![\d/])")
_EXPONENT = r"(?:(?:\^|\*\*)\{?([+\-−]?\d{1,3})\}?|([⁺⁻]?[⁰¹²³⁴-⁹]{1,3}))"
_RAISED_TEN = re.compile(_EXPONENT)
_TIMES_RAISED_TEN = re.compile(rf"\s?(?:[x×·⋅*]|\\times|\\cdot)\s?10{_EXPONENT}")
_RAISED = re.compile(r"\^|\*\*(?=[\d(-])|[⁰¹²³⁴-⁹]")
_UNIT = re.compile(
    r"\s?(?:(\\?%|percent\b|per cent\b|pct\b)|(thousand|million|billion|trillion)\b|([kK])\b)",
    re.IGNORECASE,
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_CURRENCY = re.compile(r"(?<![A-Za-z])(?:US|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|Rs|Fr)$")
_SIGNS = "-−–"
_LETTER = re.compile(rf"[^\W\d_{UNSPACED}]")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−", "0123456789+--")

_LATEX = (
    (re.compile(r"\\[dt]?frac\{(\d{1,30})\}\{(\d{1,30})\}"), r"\1/\2"),
    (re.compile(r"(?<=\d)(?:\{,\}|\\,)(?=\d)"), ","),
    (re.compile(r"\\([$%])"), r"\1"),
)

_DECIMAL = re.compile(r"\d*\.\d+|\d+")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_GROUPED = (  # pattern, what groups its digits
    (re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"), ","),
    (re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?"), ","),  # lakh and crore
    (re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+"), "."),
    (re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}"), "."),
    (re.compile(r"[1-9]\d{0,2}(?:_\d{3})+(?:[.,]\d+)?"), "_"),
)


class Quantity(NamedTuple):
    """A number and what it counts: ones, percent (1/100), thousands, millions, ..."""

    value: Fraction
    unit: Fraction

    @property
    def size(self) -> Fraction:
        """The number in ones."""
        return self.value * self.unit


class Found(NamedTuple):
    """A place in a text that reads as a number; `quantity` is None where it is no single one."""

    start: int
    end: int
    quantity: Quantity | None


def simplified(text: str) -> str:
    """Return the text with LaTeX's ways of writing numbers made plain."""
    for pattern, plain in _LATEX:
        text = pattern.sub(plain, text)
    return text


def found_in(text: str) -> Iterator[Found]:
    """Find the numbers of a text from left to right.

    Left out are digits that are no number of anything: in names (`H2O`, `GPT-4`), dates,
    times, versions, exponents. A range (`3-4`) and digits that could be read in more than
    one way (`1,234,50`) are found and have no quantity.

    `1,234.5`, `1.234,5`, `1 234,5` and `1'234.5` are read by their separators. Where a single
    one leaves it open, English usage decides: `1.234` has decimals, `1,234` thousands; `1,5`
    and `0,125` can only be decimals.
    """
    end = 0
    for run in _RUN.finditer(text):
        if run.start() < end:
            continue
        found = _read(text, run.start(), run.end(), end)
        if found:
            yield found
            end = found.end


def _read(text: str, start: int, end: int, floor: int) -> Found | None:
    """Read the run of digits at `start`; `floor` is where the number before it ended."""
    before = text[start - 1 : start]
    if text[start] == "." and (before.isalnum() or before == "."):
        start += 1  # a full stop or an ellipsis
    if _in_a_name(text, start):
        return None
    body = text[start:end]
    if len(body) > LONGEST:
        return Found(start, end, None)
    if body.isdecimal():
        end = _joined_by_spaces(text, start, end, floor)
        body = text[start:end]
    if _is_date_or_version(body):
        return None
    power = (_RAISED_TEN if body == "10" else _TIMES_RAISED_TEN).match(text, end)
    if power is None and _RAISED.match(text, end):
        return None
    end = power.end() if power else end
    begin = _sign_before(text, start)
    unit = _UNIT.match(text, end)
    value = _value("1" if power and body == "10" else body)
    if value is not None:
        value *= (-1 if begin < start else 1) * _power_of_ten(power)
    return Found(
        begin,
        unit.end() if unit else end,
        None if value is None else Quantity(value, _unit(unit)),
    )


def _in_a_name(text: str, start: int) -> bool:
    before = text[max(0, start - 4) : start]
    if _CURRENCY.search(before):
        return False
    if before[-1:] in {"_", "^"} or _LETTER.match(before[-1:]):
        return True
    return before[-1:] in {"-", "\u2010", "\u2011"} and bool(_LETTER.match(before[-2:-1]))


def _joined_by_spaces(text: str, start: int, end: int, floor: int) -> int:
    """Return where a number ends that goes on after a space: `12 500`, `1 1/2`.

    In a row of numbers (`80 90 100`) the spaces part them.
    """
    if floor and floor == start - 1:
        return end
    mixed = _MIXED.match(text, end)
    if mixed:
        return mixed.end()
    groups = _SPACED_GROUPS.match(text, end) if end - start <= 3 and text[start] != "0" else None
    return groups.end() if groups else end


def _is_date_or_version(body: str) -> bool:
    dashes = sum(body.count(dash) for dash in "-‐‑‒–—―")
    slashes, dots = body.count("/"), body.count(".")
    if ":" in body or dashes > 1 or slashes > 1:
        return True
    return dots > 1 and "," not in body and not _GROUPED[3][0].fullmatch(body)


def _value(body: str) -> Fraction | None:
    if body[-1] > "\u00bb" and unicodedata.category(body[-1]) == "No":
        whole = _value(body[:-1]) if len(body) > 1 else Fraction(0)
        part = Fraction(unicodedata.numeric(body[-1])).limit_denominator(100)
        return None if whole is None else whole + part
    whole_text, _, fraction = body.rpartition(" ") if "/" in body else ("", "", body)
    above, slash, below = fraction.partition("/")
    if not slash:
        return _scientific(body)
    if not (above.isdecimal() and below.isdecimal() and int(below)):
        return None
    return Fraction(int(above), int(below)) + (int(whole_text) if whole_text else 0)


def _scientific(body: str) -> Fraction | None:
    mantissa, _, exponent = body.lower().partition("e")
    value = _decimal(mantissa)
    if value is None or not exponent:
        return value
    power = int(exponent.replace("−", "-"))
    return value * Fraction(10) ** power if abs(power) <= 400 else None


def _decimal(digits: str) -> Fraction | None:
    even = re.sub("['’\u00a0\u2009\u202f ]", "_", digits)
    for pattern, separator in _GROUPED:
        if pattern.fullmatch(even):
            return Fraction(even.replace(separator, "").replace(",", "."))
    if _DECIMAL.fullmatch(even):
        return Fraction(even)
    return Fraction(even.replace(",", ".")) if _DECIMAL_COMMA.fullmatch(even) else None


def _sign_before(text: str, start: int) -> int:
    """Return where the number with its minus sign starts: `-5`, `-$5`, not the `-5` of `10-5`."""
    before = text[max(0, start - 6) : start]
    bare = before.rstrip("$€£¥₹")
    if bare[-1:] not in set(_SIGNS) or bare[-2:-1].isalnum() or bare[-2:-1] in {")", "]", "%"}:
        return start
    return start - (len(before) - len(bare)) - 1


def _power_of_ten(match: re.Match[str] | None) -> Fraction:
    return Fraction(10) ** int((match[1] or match[2]).translate(_SUPERSCRIPTS)) if match else ONE


def _unit(match: re.Match[str] | None) -> Fraction:
    if match is None:
        return ONE
    if match[1]:
        return PERCENT
    return Fraction(_SCALES[match[2].lower()] if match[2] else 1000)
