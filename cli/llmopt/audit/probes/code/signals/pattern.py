"""How the pattern of a signal is written."""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return what finds any of the patterns."""
    return re.compile("|".join(map(_scoped, patterns)))


def _scoped(pattern: str) -> str:
    """Let `(?i)` hold for its own alternative alone."""
    plain = pattern.replace("(?i)", "")
    return plain if plain == pattern else f"(?i:{plain})"
