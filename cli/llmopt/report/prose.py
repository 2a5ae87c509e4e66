"""A finding in words, for formats that have no fields for its parts."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt import numbers
from llmopt.domain import Finding, Saving


def title(finding: Finding) -> str:
    """Name the rule as users look it up: `GATE101 more-input-tokens`."""
    return f"{finding.rule.code} {finding.rule.name}"


def sentences(finding: Finding) -> Iterator[str]:
    """Yield what was found, what it costs, and how to mend it."""
    more = finding.fix or finding.saving
    yield finding.message if not more or finding.message.endswith(".") else f"{finding.message}."
    if finding.saving and (text := saving(finding.saving)):
        yield f"Saves about {text} a month ({finding.saving.assumption})."
    if finding.fix:
        yield f"Fix: {finding.fix}"


def saving(found: Saving) -> str:
    """Write what mending would save a month; nothing where it is not known."""
    parts = []
    if found.dollars_per_month is not None:
        parts.append(numbers.dollars(found.dollars_per_month))
    if found.tokens_per_month is not None:
        parts.append(f"{numbers.tokens(found.tokens_per_month)} tokens")
    return ", ".join(parts)


def fold(text: str) -> str:
    """Return a text as one line."""
    return " ".join(text.split())
