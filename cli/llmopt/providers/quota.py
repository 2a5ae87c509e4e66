"""What an API says is left of its rate limits, in the headers of every answer.

Follows OpenAI's guide to rate limits (`x-ratelimit-*`, which compatible servers send
too) and Anthropic's (`anthropic-ratelimit-*`): both tell a limit, what remains of it,
and when it will be whole again. Others name the window instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

HEADERS: Mapping[str, tuple[str, ...]] = {
    "requests": ("x-ratelimit-{}-requests", "anthropic-ratelimit-requests-{}"),
    "tokens": ("x-ratelimit-{}-tokens", "anthropic-ratelimit-tokens-{}"),
}
"""What the headers of a unit are called, its limit, remainder and reset in turn."""

WINDOWS: Mapping[str, Mapping[str, float]] = {
    "requests": {
        "x-ratelimit-{}-req-minute": 60,  # Mistral
        "x-ratelimit-{}-requests-minute": 60,
        "x-ratelimit-{}-requests-day": 86_400,  # Cerebras
    },
    "tokens": {"x-ratelimit-{}-tokens-minute": 60},  # both
}
"""Those whose name says how many seconds the limit is for."""

EPOCH = 1e9
"""From here on (2001), a number is no duration but a moment: DigitalOcean's, in seconds."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")  # 6m0s, 1.5s, 859ms
_SECONDS: Mapping[str, float] = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}


class Quota(NamedTuple):
    """One rate limit: how large it is, what remains of it, how fast it refills (per second)."""

    limit: float
    remaining: float
    rate: float


class Quotas(NamedTuple):
    """The limits that an answer tells of; None where it tells nothing of use."""

    requests: Quota | None
    tokens: Quota | None


NOTHING_TOLD = Quotas(None, None)


def read(headers: Mapping[str, str]) -> Quotas:
    """Read the headers of one answer."""
    if not any("ratelimit" in name for name in headers):  # looking names up one by one is slow
        return NOTHING_TOLD
    return Quotas(_quota(headers, "requests"), _quota(headers, "tokens"))


def _quota(headers: Mapping[str, str], unit: str) -> Quota | None:
    for name in HEADERS[unit]:
        figures = _figures(headers, name)
        if figures is None:
            continue
        limit, remaining = figures
        reset = _reset(headers.get(name.format("reset")), headers)
        if remaining < limit and reset is not None and reset > 0:  # whole, it tells no rate
            return Quota(limit, remaining, (limit - remaining) / reset)
    for name, seconds in WINDOWS[unit].items():
        figures = _figures(headers, name)
        if figures is not None:
            return Quota(*figures, rate=figures[0] / seconds)
    return None


def _figures(headers: Mapping[str, str], name: str) -> tuple[float, float] | None:
    """Return a limit and what remains of it; None where it is absent, unlimited (-1) or odd."""
    limit = _number(headers.get(name.format("limit")))
    remaining = _number(headers.get(name.format("remaining")))
    if limit is None or remaining is None or limit <= 0 or not 0 <= remaining <= limit:
        return None
    return limit, remaining


def _reset(text: str | None, headers: Mapping[str, str]) -> float | None:
    """Read when a limit is whole again, in seconds from now: a number, a duration, a moment."""
    if text is None:
        return None
    number = _number(text)
    seconds = duration(text) if number is None else number
    if seconds is not None and seconds < EPOCH:
        return seconds
    try:
        moment = datetime.fromisoformat(text) if seconds is None else _since_epoch(seconds)
        return (moment - _their_now(headers)).total_seconds()
    except (ValueError, TypeError, OverflowError, OSError):  # no moment, or of no time zone
        return None


def _since_epoch(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def duration(text: str) -> float | None:
    """Read a duration such as `6m0s`, in seconds; None where it is none."""
    if not text or _DURATION.sub("", text):
        return None
    return sum(float(size) * _SECONDS[unit] for size, unit in _DURATION.findall(text))


def _their_now(headers: Mapping[str, str]) -> datetime:
    """Return the moment by their clock, where they tell it, so that ours may be wrong."""
    told = headers.get("date")
    return parsedate_to_datetime(told) if told else datetime.now(UTC)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
