"""What an API says is left of its rate limits, in the headers of every answer.

Follows OpenAI's guide to rate limits (`x-ratelimit-*`, which compatible servers send
too) and Anthropic's (`anthropic-ratelimit-*`): both tell a limit, what remains of it,
and when it will be whole again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

HEADERS = ("x-ratelimit-{figure}-{unit}", "anthropic-ratelimit-{unit}-{figure}")

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
    for name in HEADERS:
        remaining = _number(headers.get(name.format(figure="remaining", unit=unit)))
        limit = _number(headers.get(name.format(figure="limit", unit=unit)))
        if remaining is None or limit is None or not 0 <= remaining < limit:
            continue  # absent, unlimited (-1 on Azure), or whole: then no rate can be told
        reset = _reset(headers.get(name.format(figure="reset", unit=unit)), headers)
        if reset is not None and reset > 0:
            return Quota(limit, remaining, (limit - remaining) / reset)
    return None


def _reset(text: str | None, headers: Mapping[str, str]) -> float | None:
    """Read when a limit is whole again, in seconds from now: a number, a duration, a moment."""
    seconds = _number(text)
    if text is None or seconds is not None:
        return seconds
    seconds = duration(text)
    if seconds is not None:
        return seconds
    try:
        return (datetime.fromisoformat(text) - _their_now(headers)).total_seconds()
    except (ValueError, TypeError):  # no moment, or one of no time zone
        return None


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
