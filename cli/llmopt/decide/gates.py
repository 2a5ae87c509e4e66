"""What a gate found, computed once; every format renders this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from llmopt.domain import Candidate, Finding, Place
from llmopt.stats.interval import Interval

Status = Literal["pass", "warn", "fail", "undecided"]
Overall = Literal["pass", "warn", "fail", "undecided", "nothing"]
OnUndecided = Literal["undecided", "pass", "fail"]

EXIT_CODES: Mapping[Overall, int] = {
    "pass": 0,
    "warn": 0,
    "fail": 1,
    "nothing": 2,
    "undecided": 3,
}
WORST_FIRST: tuple[Status, ...] = ("fail", "undecided", "warn", "pass")


@dataclass(frozen=True, slots=True)
class GateRow:
    """One limit on one candidate.

    `name` is the measure as `gates:` calls it (`input_tokens`, `max_input_tokens`),
    `limit` the limit as it is written (the warn threshold where that was passed and
    the fail threshold was not). `baseline` and `actual` are in the measure's unit:
    tokens, dollars a call, 0..1, milliseconds; None where not known.
    `change` is the difference as a share of the baseline (for accuracy: the plain
    difference), `interval` bounds it where it is noisy. `monthly` is what the change
    costs a month, at the declared traffic, if the candidate is what the team runs.
    `cases_needed` is about how many more cases would decide. `was` is the name under
    which the baseline knows a renamed candidate, `place` the line that grew.
    """

    name: str
    candidate: Candidate
    limit: str
    baseline: float | None
    actual: float | None
    status: Status
    reason: str = ""
    change: float | None = None
    interval: Interval | None = None
    cases_needed: int | None = None
    monthly: float | None = None
    exact: bool = True
    was: Candidate | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class GateReport:
    """Every limit that was held against every candidate, and all findings.

    `against` says what with (`llmopt.baseline.json`, a git ref); `rows` come worst
    first. A finding of severity `error` fails the gate. `compared` says how many
    candidates were held against a baseline or an absolute limit, `cases_held` how
    often a test case's own limit was. `of_revision` says that it was held against files of
    git, so that there is no baseline to bring up to date.
    """

    against: str
    rows: tuple[GateRow, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    on_undecided: OnUndecided = "undecided"
    cases_held: int = 0
    of_revision: bool = False

    @property
    def compared(self) -> int:
        """Candidates with a limit that was held."""
        return len({row.candidate for row in self.rows})

    @property
    def status(self) -> Overall:
        """The one verdict; `nothing` where no limit was held against anything."""
        if any(finding.severity == "error" for finding in self.findings):
            return "fail"
        found = {row.status for row in self.rows}
        if "fail" in found or ("undecided" in found and self.on_undecided == "fail"):
            return "fail"
        if not self.rows and not self.cases_held:
            return "nothing"
        if "undecided" in found and self.on_undecided == "undecided":
            return "undecided"
        return "warn" if "warn" in found else "pass"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.status]
