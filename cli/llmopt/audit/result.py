"""An audit: every check with its outcome, the scores, what would save most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from llmopt.audit.check import Area, Check, Goal
from llmopt.audit.judging import Outcome
from llmopt.domain import Attestation, Effort, Evidence, Finding, Rule, Saving, Severity

POINTS: Mapping[Outcome, float] = {"pass": 1.0, "attested": 1.0, "fail": 0.0}
"""What an outcome is worth; the others do not count."""
EFFORTS: Mapping[Effort, float] = {"low": 1.0, "medium": 2.0, "high": 4.0}
"""How many low efforts one is; it orders the opportunities and nothing else."""
MOST_OPPORTUNITIES = 10
WARNED_WEIGHT = 3
"""The weight from which a failure is a warning and not a mere notice."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's outcome. `why` says what evidence cannot: what would show it, why not here."""

    check: Check
    goal: Goal
    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    why: str = ""
    saving: Saving | None = None
    attestation: Attestation | None = None

    @property
    def scored(self) -> bool:
        """Whether it counts: what people say is not applicable does not."""
        return self.outcome in POINTS and not (
            self.attestation is not None and self.attestation.status == "not-applicable"
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """What stays the same when lines move: the code and each file of the evidence."""
        files = {evidence.place.file for evidence in self.evidence if evidence.place}
        return tuple(f"{self.check.code} {file}" for file in sorted(files)) or (self.check.code,)

    @property
    def rank(self) -> tuple[float, float, str]:
        """Orders opportunities: dollars per effort, then weight per effort, then the code."""
        effort = EFFORTS[self.check.effort]
        money = self.saving.dollars_per_month if self.saving else None
        return (-(money or 0.0) / effort, -self.check.weight / effort, self.check.code)

    @property
    def severity(self) -> Severity:
        return "warning" if self.check.weight >= WARNED_WEIGHT else "info"

    def finding(self) -> Finding:
        """Return the failure as a finding; its place is that of the first evidence."""
        placed = [evidence.place for evidence in self.evidence if evidence.place]
        first = self.evidence[0].fact if self.evidence else self.why
        return Finding(
            rule=rule_of(self.check),
            severity=self.severity,
            message=f"{self.check.title}: {self.why or first}",
            key=self.keys[0],
            place=placed[0] if placed else None,
            evidence=self.evidence,
            saving=self.saving,
            effort=self.check.effort,
            fix=self.check.remedy,
        )


def rule_of(check: Check) -> Rule:
    """Return a check as the rule that findings name."""
    return Rule(check.code, check.name, f"{check.title}.", f"{check.judges} {check.remedy}")


@dataclass(frozen=True, slots=True)
class AreaScore:
    """An area's score in points of 100; None where nothing in it counts."""

    area: Area
    score: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of an audit, by the order of the checks.

    Scores are whole points of 100, None where nothing counts. `notes` say what could not
    be read, `observations` what would save money and belongs to no check.
    """

    day: date
    results: tuple[CheckResult, ...]
    score: int | None
    areas: tuple[AreaScore, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    observations: tuple[tuple[str, Saving], ...] = ()

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if result.outcome == "fail")

    @property
    def opportunities(self) -> tuple[CheckResult, ...]:
        """The ten failures to mend first: dollars per effort, where dollars are known."""
        return tuple(sorted(self.failures, key=lambda r: r.rank)[:MOST_OPPORTUNITIES])

    @property
    def dollars_a_month(self) -> float | None:
        """What all failures with a known price cost; an upper bound, as savings overlap."""
        known = [
            result.saving.dollars_per_month
            for result in self.failures
            if result.saving and result.saving.dollars_per_month is not None
        ]
        return sum(known) if known else None


def score_of(results: Iterable[CheckResult]) -> int | None:
    """Return the weighted mean in points of 100; None where nothing counts.

    As Lighthouse scores: what is manual or not applicable weighs nothing.
    """
    counted = [result for result in results if result.scored]
    weight = sum(result.check.weight for result in counted)
    if not weight:
        return None
    points = sum(POINTS[result.outcome] * result.check.weight for result in counted)
    return int(100 * points / weight + 0.5)
