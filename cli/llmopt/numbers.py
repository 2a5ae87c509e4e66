"""Number text: how llmopt writes tokens, money, time and shares, everywhere the same.

None and NaN are written `unknown`: what is not known is never shown as a zero.
"""

from __future__ import annotations

import math
from typing import TypeGuard

UNKNOWN = "unknown"
MINUS = "\N{MINUS SIGN}"

DAYS_PER_MONTH = 365.25 / 12
"""A month is a twelfth of a year, wherever dollars are told by the month."""


def known(value: float | None) -> TypeGuard[float]:
    """Whether a figure is a number at all."""
    return value is not None and not math.isnan(value)


def _signed(text: str) -> str:
    return MINUS + text[1:] if text.startswith("-") else text


def tokens(value: float | None, *, exact: bool = True) -> str:
    """Tokens, short: `31.0`, `1,240`, `12.3k`; estimates carry a `~`."""
    if not known(value):
        return UNKNOWN
    if abs(value) < 100:
        text = f"{value:,.1f}"
    else:
        text = f"{value:,.0f}" if abs(value) < 10_000 else f"{value / 1000:,.1f}k"
    return text if exact else f"~{text}"


def count(value: int) -> str:
    """A count: `2,000`."""
    return f"{value:,}"


def dollars(value: float | None) -> str:
    """Dollars with three significant digits, at least cents: `$0.0098`, `$12.40`, `$1,240`."""
    if not known(value):
        return UNKNOWN
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if size == 0:
        return "$0"
    if size >= 1000:
        return f"{sign}${size:,.0f}"
    digits = 2 if size >= 1 else 2 - math.floor(math.log10(size))
    if digits > 8:
        return f"{sign}${size:.2e}"
    return f"{sign}${size:.{digits}f}"


def percent(share: float | None, *, digits: int = 0) -> str:
    """A share (0..1) in percent: `94%`."""
    return _signed(f"{share * 100:.{digits}f}%") if known(share) else UNKNOWN


def change(share: float | None) -> str:
    """A relative change (−0.63 is 63 % less) with its sign: `−63%`, `+4%`, `0%`."""
    if not known(share):
        return UNKNOWN
    text = f"{share * 100:+.0f}%"
    return "0%" if text in {"+0%", "-0%"} else _signed(text)


def points(share: float | None) -> str:
    """A difference of shares in percentage points with its sign: `−0.5`."""
    if not known(share):
        return UNKNOWN
    text = f"{share * 100:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else _signed(text)


def milliseconds(value: float | None) -> str:
    """A duration given in milliseconds: `0.4ms`, `410ms`, `2.1s`, `3m 20s`."""
    if not known(value):
        return UNKNOWN
    if value < 9.95:
        return f"{value:.1f}ms"
    if value < 999.5:
        return f"{value:.0f}ms"
    if value < 59_950:
        return f"{value / 1000:.1f}s"
    minutes, seconds = divmod(round(value / 1000), 60)
    return f"{minutes}m {seconds:02d}s"


def size(value: int) -> str:
    """A size given in bytes, in decimal units: `512 B`, `3.2 MB`."""
    if value < 1000:
        return f"{value} B"
    scaled, units = value / 1000, ["kB", "MB", "GB", "TB"]
    while scaled >= 999.95 and len(units) > 1:
        scaled, units = scaled / 1000, units[1:]
    return f"{scaled:,.1f} {units[0]}"


def score(value: float | None) -> str:
    """An efficiency score, three significant digits: `29.4`, `7.52`, `310`."""
    if not known(value):
        return UNKNOWN
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 4)}f}"
