"""A gate's report as what CI shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from llmopt import numbers
from llmopt.decide.gates import WORST_FIRST, GateReport, GateRow, OnUndecided
from llmopt.domain import Finding, Rule, Severity
from llmopt.gate.rules import BY_NAME, RULES
from llmopt.numbers import UNKNOWN, known
from llmopt.report.checked import Check, Checked, Outcome, Table

COLUMNS = ("candidate", "gate", "baseline", "now", "change", "limit", "result")
SEVERITIES: dict[Outcome, Severity] = {"fail": "error", "undecided": "warning", "warn": "warning"}
OPEN: dict[OnUndecided, Outcome] = {"undecided": "undecided", "pass": "skipped", "fail": "fail"}
WORDS = {
    "pass": "Gate passed",
    "warn": "Gate passed with warnings",
    "fail": "Gate failed",
    "undecided": "Gate not decided",
    "nothing": "Nothing to compare",
}


def checked_gate(report: GateReport) -> Checked:
    """Return every row as a check, and what is to be mended of rows and findings."""
    return Checked(
        command="gate",
        headline=headline(report),
        outcome=report.status,
        checks=tuple(_check(row, report.on_undecided) for row in report.rows),
        findings=(*_exceeded(report), *report.findings),
        table=Table(COLUMNS, tuple(cells(row) for row in report.rows), frozenset({2, 3, 4, 5})),
        notes=report.notes,
        changed=changed(report),
        rules=RULES,
    )


def headline(report: GateReport) -> str:
    """Say in one line what the gate came to: what grew and the money first, where known."""
    money = monthly(report)
    sign = "+" if money and money > 0 else ""
    opening, grown = WORDS[report.status], _grown(report)
    if grown:
        monthly_cost = f": {sign}{numbers.dollars(money)} a month" if money else ""
        opening = f"{grown}{monthly_cost}. {opening}"
    elif money:
        opening = f"Monthly cost {sign}{numbers.dollars(money)}: {opening.lower()}"
    return f"{opening}, {_counted(report)} (against {report.against})"


def _grown(report: GateReport) -> str:
    """Say on how many prompts input tokens went past their limit, and how far."""
    by_prompt: dict[str, float] = {}
    for row in report.rows:
        past = row.status in ("fail", "warn") and row.name == "input_tokens"
        if past and row.change is not None and row.change > 0:
            prompt = row.candidate.prompt
            by_prompt[prompt] = max(by_prompt.get(prompt, row.change), row.change)
    if not by_prompt:
        return ""
    most = fine_change(max(by_prompt.values()))
    if len(by_prompt) == 1:
        return f"Input tokens {most} on 1 prompt"
    return f"Input tokens up to {most} on {len(by_prompt)} prompts"


def _counted(report: GateReport) -> str:
    rows = Counter(row.status for row in report.rows)
    total = len(report.rows)
    errors = sum(finding.severity == "error" for finding in report.findings)
    parts = []
    if rows["fail"]:
        parts.append(f"{rows['fail']} of {_limits(total)} exceeded")
    if rows["undecided"]:
        parts.append(f"{rows['undecided']} of {_limits(total)} not decided")
    if errors:
        parts.append(f"{errors} error{'s' if errors > 1 else ''}")
    if rows["warn"]:
        parts.append(f"{rows['warn']} warning{'s' if rows['warn'] > 1 else ''}")
    if not parts:
        parts.append(_all_hold(total) if total else "")
    return "; ".join(parts) or "no limit was held against anything"


def _all_hold(total: int) -> str:
    """Say that every limit holds, of one, of both, of all."""
    if total == 1:
        return "the limit holds"
    return "both limits hold" if total == 2 else f"all {_limits(total)} hold"


def _limits(count: int) -> str:
    return f"{count:,} limit{'' if count == 1 else 's'}"


def monthly(report: GateReport) -> float | None:
    """Return what all changes together cost a month in dollars; None where none is known."""
    by_candidate: dict[str, float] = {}
    # A candidate's limits on tokens and on cost speak of the same money: the dearest counts.
    for row in report.rows:
        if row.monthly is not None:
            before = by_candidate.get(str(row.candidate), 0.0)
            by_candidate[str(row.candidate)] = max(before, row.monthly, key=abs)
    return sum(by_candidate.values()) if by_candidate else None


def changed(report: GateReport) -> bool:
    """Tell whether anything differs from the baseline."""
    moved = any(row.actual != row.baseline for row in report.rows if not _absolute(row))
    return moved or bool(report.findings)


def _absolute(row: GateRow) -> bool:
    return row.name.startswith(("max_", "min_"))


def _check(row: GateRow, policy: OnUndecided) -> Check:
    return Check(
        group=row.candidate.prompt,
        name=f"{row.candidate.variant} on {row.candidate.model}: {row.name}",
        kind=row.name,
        outcome=outcome(row, policy),
        said=sentence(row),
        place=row.place,
    )


def outcome(row: GateRow, policy: OnUndecided) -> Outcome:
    """Return what a row means for the whole, as the policy on the undecided has it."""
    return OPEN[policy] if row.status == "undecided" else row.status


def _exceeded(report: GateReport) -> Iterator[Finding]:
    for row in sorted(report.rows, key=lambda row: WORST_FIRST.index(row.status)):
        severity = SEVERITIES.get(outcome(row, report.on_undecided))
        if severity:
            yield Finding(
                rule=rule_of(row.name),
                severity=severity,
                message=f"{row.candidate}: {sentence(row)}",
                key="/".join((*row.candidate, row.name)),
                place=row.place,
            )


def rule_of(name: str) -> Rule:
    """Return the rule of a measure: `max_latency_p95` is the rule `latency`."""
    measure = (
        name.removeprefix("max_").removeprefix("min_").removesuffix("_p50").removesuffix("_p95")
    )
    return BY_NAME[measure.replace("_", "-")]


def sentence(row: GateRow) -> str:
    """Say what was measured against what, and why it counts as it does."""
    now = figure(row, row.actual)
    moved = f"{figure(row, row.baseline)} → {now}" if known(row.baseline) else now
    text = f"{row.name} {moved}"
    if difference(row):
        text += f" ({difference(row)})"
    text += f", limit {row.limit}"
    if row.cases_needed:
        text += f"; needs about {numbers.count(row.cases_needed)} more cases to decide"
    return text + (f": {row.reason}" if row.reason else "")


def cells(row: GateRow) -> tuple[str, ...]:
    """Return a row of the table of `COLUMNS`."""
    name = f"{row.candidate.prompt}/{row.candidate.variant} on {row.candidate.model}"
    if row.was:
        name += f" (was {row.was.variant})"
    before = "" if _absolute(row) else figure(row, row.baseline)
    return (name, row.name, before, figure(row, row.actual), difference(row), row.limit, row.status)


def figure(row: GateRow, value: float | None) -> str:
    """Write a figure in the measure's unit."""
    if "tokens" in row.name:
        return numbers.tokens(value, exact=row.exact)
    if "cost" in row.name:
        return numbers.dollars(value)
    if "latency" in row.name:
        return numbers.milliseconds(value)
    return numbers.percent(value, digits=1)


def difference(row: GateRow) -> str:
    """Write the change, for accuracy in points, with its interval where it is noisy."""
    if not known(row.change):
        return ""
    write = numbers.points if row.name.endswith("accuracy") else fine_change
    text = write(row.change) + ("pt" if row.name.endswith("accuracy") else "")
    return (
        f"{text} [{write(row.interval.low)}, {write(row.interval.high)}]" if row.interval else text
    )


def fine_change(share: float | None) -> str:
    """Write a relative change so that a small one is not taken for none: `+0.3%`."""
    if not known(share):
        return UNKNOWN
    if share == 0 or abs(share) >= 0.0995:
        return numbers.change(share)
    if abs(share) < 0.0005:
        return f"{'+' if share > 0 else numbers.MINUS}<0.1%"
    return f"{share * 100:+.1f}%".replace("-", numbers.MINUS)
