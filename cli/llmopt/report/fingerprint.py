"""What tells a finding from all others, whatever moves around it."""

from __future__ import annotations

import hashlib

from llmopt.domain import Finding, Place

LENGTH = 32


def fingerprint(finding: Finding, place: Place) -> str:
    """Return a text that stays while rule, file and key do: lines and messages may change."""
    parts = f"{finding.rule.code}\x1f{place.file}\x1f{finding.key}"
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:LENGTH]
