"""What an audit comes to: held against a threshold, earlier findings, an earlier audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmopt.audit.history import Changes
from llmopt.audit.result import Audit, CheckResult


@dataclass(frozen=True, slots=True)
class AuditReport:
    """An audit and what it is held against.

    `fail_under` is the score that it must reach, `before` the keys of the findings that
    were there before (None: all count), `changes` what changed since an earlier audit.
    """

    audit: Audit
    fail_under: float | None = None
    before: frozenset[str] | None = None
    changes: Changes | None = None

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The failures that count: all, or those with a finding that was not there before."""
        if self.before is None:
            return self.audit.failures
        return tuple(r for r in self.audit.failures if not self.before.issuperset(r.keys))

    @property
    def below(self) -> bool:
        """Whether the score misses the threshold; no score misses none."""
        score = self.audit.score
        return self.fail_under is not None and score is not None and score < self.fail_under

    @property
    def status(self) -> Literal["pass", "fail"]:
        return "fail" if self.below or (self.before is not None and self.failures) else "pass"
