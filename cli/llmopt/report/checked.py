"""What a command has checked, in the one shape from which every CI format is written.

A room's own report (of a gate, an evaluation, an audit) is turned into a `Checked`
once; the formats decide nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from llmopt.decide.gates import EXIT_CODES
from llmopt.domain import Finding, Place, Rule, Severity

Outcome = Literal["pass", "warn", "fail", "undecided", "skipped", "nothing"]

CONFIG_FILE = "llmopt.yaml"
"""Where findings on a project as a whole are shown."""

WORST_FIRST: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: a gate on a candidate, a candidate, a rule.

    `group` is what it belongs to (a prompt), `kind` what was checked, in a word;
    `said` is its result as a sentence.
    """

    group: str
    name: str
    kind: str
    outcome: Outcome
    said: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of short texts, the most telling first; `numeric` columns stand to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """A command's result for CI: its headline, its outcome, what was checked and found.

    `outcome` decides the exit code; `nothing`: there was nothing to compare, which is
    no pass. `changed` is False where nothing differs from
    the figures it was held against. `folder` leads from the repository to the
    project ("" where they are one): places of files begin there. `rules` holds what
    was looked for; rules of findings need not be in it. `table` is shown, `detail`
    where there is room for more. `caveats` stand beside the
    figures wherever they are shown; `notes` explain them.
    """

    command: str
    headline: str
    outcome: Outcome
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    table: Table | None = None
    detail: Table | None = None
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    changed: bool = True
    folder: str = ""
    rules: tuple[Rule, ...] = ()

    @property
    def exit_code(self) -> int:
        """What the command ends with, as a gate of that outcome does; what was skipped passes."""
        return 0 if self.outcome == "skipped" else EXIT_CODES[self.outcome]

    @property
    def worst_first(self) -> list[Finding]:
        """The findings by severity, otherwise in the order they were found."""
        return sorted(self.findings, key=lambda finding: WORST_FIRST.index(finding.severity))

    @property
    def all_rules(self) -> list[Rule]:
        """Every rule once, by its code."""
        by_code = {rule.code: rule for rule in self.rules}
        by_code |= {finding.rule.code: finding.rule for finding in self.findings}
        return [by_code[code] for code in sorted(by_code)]

    def place(self, place: Place | None) -> Place:
        """Return a place as seen from the repository; the project as a whole is its config."""
        found = place or Place(CONFIG_FILE, 1, 1)
        file = posixpath.normpath(posixpath.join(self.folder, found.file))
        return found._replace(file=file)

    def groups(self) -> Iterator[tuple[str, list[Check]]]:
        """Yield each group with its checks, in the order they first appear."""
        for group in dict.fromkeys(check.group for check in self.checks):
            yield group, [check for check in self.checks if check.group == group]


def in_folder(checked: Checked, folder: str) -> Checked:
    """Return the same, of a project that lies in `folder` of its repository."""
    return replace(checked, folder=folder)


def numbered(names: Sequence[str]) -> list[str]:
    """Tell equal names apart: the second `x` becomes `x (2)`."""
    seen: dict[str, int] = {}
    told: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return told
