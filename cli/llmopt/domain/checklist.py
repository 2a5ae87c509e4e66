from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from llmopt.domain.prompts import Place

AttestationStatus = Literal["done", "not-applicable", "accepted"]

USAGE_FIELDS = (
    "time",
    "model",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "cost",
    "latency_ms",
    "feature",
    "tenant",
    "prompt",
    "interactive",
    "batch",
    "cached",
)
"""The columns of a plain usage log, and the keys of a column map."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What people say of a check that cannot be seen: `accepted` is a failure lived with.

    It holds through the day `until`, for ever where that is None.
    """

    status: AttestationStatus
    reason: str
    link: str | None
    until: date | None
    place: Place | None

    def expired(self, today: date) -> bool:
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class UsageFile:
    """A usage log; `columns` maps our fields to its columns."""

    file: str
    columns: Mapping[str, str]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class ChecklistSettings:
    """`checklist:` of the configuration: usage logs, and attestations by check code."""

    usage: tuple[UsageFile, ...] = ()
    attestations: Mapping[str, Attestation] = field(default_factory=dict)
