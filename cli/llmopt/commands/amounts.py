"""Spans of time and sizes as flags take them: `30d`, `100MB`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from llmopt.errors import UsageError

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
SIZES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def span(text: str, *, flag: str) -> timedelta:
    """Read a span of time: a number with h, d or w.

    Raises:
        UsageError: it is none.
    """
    number, unit = _parts(text, SPANS, flag, "a number with h, d or w, such as 12h or 30d")
    try:
        return number * SPANS[unit]
    except OverflowError:
        raise UsageError(f"{flag} {text} is longer than time is counted") from None


def size(text: str, *, flag: str) -> int:
    """Read a size in bytes: a number with B, kB, MB, GB, KiB, MiB or GiB.

    Raises:
        UsageError: it is none.
    """
    number, unit = _parts(text, SIZES, flag, "a number with kB, MB or GB, such as 100MB")
    return int(number * SIZES[unit])


def _parts(text: str, units: Mapping[str, object], flag: str, expected: str) -> tuple[float, str]:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text, re.ASCII)
    unit = found[2].lower() if found else ""
    if not found or unit not in units:
        raise UsageError(f"{flag} takes no '{text}'", hint=f"write {expected}")
    return float(found[1]), unit
