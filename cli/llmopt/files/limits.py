"""Limits as `gates:` and the flags of `llmopt gate` write them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from llmopt.domain import Bound, Limit, Measure
from llmopt.files.problems import shorten

_WRITTEN = re.compile(
    r"(?P<sign>[+-]?)(?P<dollar>\$?)(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|pt|ms|s)?", re.ASCII
)


class Kind(NamedTuple):
    """What a limit of one name may be: what its units are worth, and how to write it."""

    measure: Measure
    units: Mapping[str, float]
    example: str
    absolute: bool = False
    relative: bool = True
    """Whether `%` is a share of the baseline."""


_TOKENS = {"%": 0.01, "": 1.0}
_TIME = {"ms": 1.0, "s": 1000.0}
_SHARE_OR_TIME = {"%": 0.01, **_TIME}

KINDS: Mapping[str, Kind] = {
    "input_tokens": Kind("input_tokens", _TOKENS, "+0%"),
    "output_tokens": Kind("output_tokens", _TOKENS, "+10%"),
    "total_tokens": Kind("total_tokens", _TOKENS, "+5%"),
    "cost": Kind("cost", {"%": 0.01}, "+5%"),
    "accuracy": Kind("accuracy", {"pt": 0.01}, "-2pt"),
    "latency": Kind("latency", _SHARE_OR_TIME, "+20%"),
    "latency_p50": Kind("latency_p50", _SHARE_OR_TIME, "+20%"),
    "latency_p95": Kind("latency_p95", _SHARE_OR_TIME, "+500ms"),
    "max_input_tokens": Kind("input_tokens", {"": 1.0}, "800", absolute=True),
    "max_output_tokens": Kind("output_tokens", {"": 1.0}, "200", absolute=True),
    "max_total_tokens": Kind("total_tokens", {"": 1.0}, "1000", absolute=True),
    "max_cost": Kind("cost", {"": 1.0}, "0.002", absolute=True),
    "max_latency_p95": Kind("latency_p95", _TIME, "2s", absolute=True),
    "min_accuracy": Kind("accuracy", {"%": 0.01}, "90%", absolute=True, relative=False),
}


class LimitError(ValueError):
    """A text that is no limit; `hint` says how one is written."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parse_limit(name: str, fail: str | None, warn: str | None = None) -> Limit:
    """Read the limit that stands under `name`, one of `KINDS`.

    Raises:
        LimitError: a text that is no limit of that name, or a warning that comes too late.
    """
    kind = KINDS[name]
    limit = Limit(
        name,
        kind.measure,
        kind.absolute,
        fail=None if fail is None else parse_bound(name, fail),
        warn=None if warn is None else parse_bound(name, warn),
    )
    if limit.fail is None and limit.warn is None:
        raise LimitError("the limit is empty", f"write {name}: {kind.example}")
    if limit.fail and limit.warn and _looser(limit.warn, limit.fail, kind):
        raise LimitError(
            f"the warning at {limit.warn.text} comes after the failure at {limit.fail.text}",
            "a warning must come first, in the same unit",
        )
    return limit


def parse_bound(name: str, text: str) -> Bound:
    """Read one threshold of the limit called `name`.

    Raises:
        LimitError: it is none.
    """
    kind = KINDS[name]
    hint = f"write {'a limit' if kind.absolute else 'a change'} such as {kind.example}"
    found = _WRITTEN.fullmatch(text.strip())
    unit = (found["unit"] or "") if found else ""
    if found is None or (found["dollar"] and name != "max_cost"):
        raise LimitError(f"'{shorten(text)}' is not a limit", hint)
    if unit not in kind.units:
        written = f"in {unit}" if unit else "without a unit"
        raise LimitError(f"{name} takes no limit {written}, found '{shorten(text)}'", hint)
    if not (kind.absolute or found["sign"]):
        # A bare 800 reads as a figure that may not be exceeded, and would allow 800 more.
        most = "; a figure that nothing may exceed is called max_..." if unit != "%" else ""
        raise LimitError(f"'{shorten(text)}' has no sign, and {name} limits a change", hint + most)
    amount = float(found["number"]) * kind.units[unit]
    amount = -amount if found["sign"] == "-" else amount
    if not math.isfinite(amount) or (kind.absolute and found["sign"]):
        raise LimitError(f"'{shorten(text)}' is not a limit of {name}", hint)
    _check_range(name, kind, amount, text, hint)
    return Bound(text.strip(), amount, relative=unit == "%" and kind.relative)


def _check_range(name: str, kind: Kind, amount: float, text: str, hint: str) -> None:
    """Refuse what nothing could pass or fail."""
    if name == "accuracy" and not -1 < amount <= 0:
        raise LimitError(f"accuracy may be given a loss, found '{shorten(text)}'", hint)
    if name == "min_accuracy" and amount > 1:
        raise LimitError(f"accuracy never reaches '{shorten(text)}'", hint)
    if not kind.absolute and kind.measure != "accuracy" and amount <= -1 and "%" in text:
        raise LimitError(f"nothing shrinks by '{shorten(text)}'", hint)


def _looser(warn: Bound, fail: Bound, kind: Kind) -> bool:
    """Whether a warning threshold lies beyond the failing one, or cannot be told to."""
    if warn.relative != fail.relative:
        return True
    return warn.amount < fail.amount if kind.measure == "accuracy" else warn.amount > fail.amount
