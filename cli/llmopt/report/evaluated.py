"""An evaluation as what CI shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.judgement import Decision
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict
from llmopt.domain import Candidate, Finding, Place, Rule
from llmopt.gate.rules import RULES as GATE_RULES
from llmopt.report.checked import Check, Checked, Outcome, Table
from llmopt.report.gated import checked_gate
from llmopt.report.headline import compared, sentence
from llmopt.report.order import by_prompt, footnotes
from llmopt.report.terminal import accuracy

ADOPT = Rule(
    "EVAL101",
    "cheaper-candidate",
    "A candidate is cheaper than the baseline and proven not worse.",
    "Make it the prompt's baseline: what you pay for each call goes down, and the test cases "
    "show that accuracy holds within the margin. `llmopt eval --explain` gives the reasoning.",
)
OPEN = Rule(
    "EVAL102",
    "undecided-candidate",
    "The cases do not show whether a candidate is as good as the baseline.",
    "Add about as many cases as the message says, or allow a wider --margin. `llmopt power` "
    "says what the cases there can show.",
)
REJECTED = Rule(
    "EVAL103",
    "rejected-candidate",
    "A candidate is not cheaper than the baseline, or proven worse.",
    "Keep the baseline; change the variant or take it out of the prompt's file.",
)
FAILED = Rule(
    "EVAL201",
    "failed-trials",
    "Trials failed, so the figures stand on fewer cases than planned.",
    "`llmopt eval --retry-errors` asks again what failed, and nothing else.",
)
ENDED = Rule(
    "EVAL202",
    "budget-ended-the-run",
    "The budget ended the run before all trials had run.",
    "Go on with `llmopt eval --resume` and a higher --max-cost: nothing is paid twice.",
)
RULES: dict[Decision, Rule] = {"adopt": ADOPT, "inconclusive": OPEN, "reject": REJECTED}
COLUMNS = ("candidate", "verdict", "change", "accuracy", "tokens", "$ / 1k")


def checked_evaluation(result: Result) -> Checked:
    """Return a run's verdicts as checks and findings; failed trials leave it undecided."""
    caveats = tuple(result.run.snapshot.get("notes", ()))
    gate = checked_gate(result.gate) if result.gate else None
    return Checked(
        command="eval",
        headline=f"{gate.headline}. {headline(result)}" if gate else headline(result),
        outcome=worse(gate.outcome, _alone_outcome(result)) if gate else _outcome(result),
        checks=(
            *(_check(result, one) for one in result.candidates),
            *(gate.checks if gate else ()),
        ),
        findings=(
            *(gate.findings if gate else ()),
            *result.findings,
            *_verdicts(result),
            *_failed(result),
            *_ended(result),
        ),
        table=gate.table if gate and gate.table and gate.table.rows else _table(result),
        detail=_table(result) if gate else None,
        notes=tuple(note for note in footnotes(result) if note not in caveats),
        caveats=caveats,
        rules=(ADOPT, OPEN, REJECTED, FAILED, ENDED, *GATE_RULES),
    )


def worse(one: Outcome, other: Outcome) -> Outcome:
    """Return the worse of two outcomes, a failure before all."""
    order: tuple[Outcome, ...] = ("fail", "nothing", "undecided", "warn", "skipped", "pass")
    return min(one, other, key=order.index)


def headline(result: Result) -> str:
    """Say in one line what the run came to."""
    decided: Counter[str] = Counter(verdict.decision for verdict in result.verdicts.values())
    parts = [
        f"{numbers.count(decided[decision])} {words}"
        for decision, words in (
            ("adopt", "to adopt"),
            ("inconclusive", "not decided"),
            ("reject", "to reject"),
        )
        if decided[decision]
    ]
    text = f"Candidates: {', '.join(parts)}" if parts else "No candidate was compared"
    if result.errors:
        failed, trials = numbers.count(result.errors), numbers.count(result.trials)
        text += f"; {failed} of {trials} trials failed"
    if _budget(result):
        text += "; the budget ended the run"
    return text


def _alone_outcome(result: Result) -> Outcome:
    """Return what a run adds to its gate's outcome: verdicts that are open add nothing."""
    return "undecided" if result.errors or _budget(result) else "pass"


def _outcome(result: Result) -> Outcome:
    if result.errors or _budget(result):
        return "undecided"
    decisions = {verdict.decision for verdict in result.verdicts.values()}
    return "skipped" if "inconclusive" in decisions and "adopt" not in decisions else "pass"


def _check(result: Result, figures: Figures) -> Check:
    verdict = result.verdicts.get(figures.candidate)
    outcome: Outcome = "pass"
    if figures.errors:
        outcome = "undecided"
    elif verdict and verdict.decision == "inconclusive":
        outcome = "skipped"
    return Check(
        group=figures.candidate.prompt,
        name=f"{figures.candidate.variant} on {figures.candidate.model}",
        kind="verdict",
        outcome=outcome,
        said=_said(result, figures, verdict),
        place=_place(result, figures.candidate),
    )


def _said(result: Result, figures: Figures, verdict: Verdict | None) -> str:
    rival = verdict and verdict.decision in RULES
    text = sentence(result, figures, verdict) if verdict and rival else _alone(figures)
    if not figures.errors:
        return text
    return f"{numbers.count(figures.errors)} of {numbers.count(figures.trials)} trials failed. " + (
        text
    )


def _alone(figures: Figures) -> str:
    role = "The baseline" if figures.is_baseline else "Without a baseline"
    tokens = numbers.tokens(figures.avg_total_tokens, exact=figures.tokens_exact)
    return f"{role}: accuracy {accuracy(figures)}, {tokens} tokens a trial."


def _verdicts(result: Result) -> Iterator[Finding]:
    for figures, verdict in compared(result):
        yield Finding(
            rule=RULES[verdict.decision],
            severity="info",
            message=sentence(result, figures, verdict),
            key="/".join(figures.candidate),
            place=_place(result, figures.candidate),
        )


def _failed(result: Result) -> Iterator[Finding]:
    """Yield a finding for each candidate with failed trials, with the first failure as example."""
    for figures in result.candidates:
        if not figures.errors:
            continue
        first = next((f for f in result.failures if f.candidate == figures.candidate), None)
        such = f": {first.kind} in case {first.case}: {first.message}" if first else ""
        yield Finding(
            rule=FAILED,
            severity="warning",
            message=f"{figures.candidate}: {numbers.count(figures.errors)} of "
            f"{numbers.count(figures.trials)} trials failed{such}",
            key="/".join(figures.candidate),
            place=_place(result, figures.candidate),
        )


def _budget(result: Result) -> Mapping[str, Any] | None:
    """Return the budget where it ended the run."""
    budget: Mapping[str, Any] | None = result.run.snapshot.get("budget")
    return budget if budget and budget["ended"] else None


def _ended(result: Result) -> Iterator[Finding]:
    if budget := _budget(result):
        spent, limit = numbers.dollars(budget["spent"]), numbers.dollars(budget["limit"])
        message = f"The budget ended the run: {spent} of {limit} spent; not all trials were run"
        yield Finding(ENDED, "warning", message, key="budget")


def _table(result: Result) -> Table:
    rows = []
    for prompt, group in by_prompt(result.candidates):
        for figures in group:
            verdict = result.verdicts.get(figures.candidate)
            rows.append(
                (
                    f"{prompt}/{figures.candidate.variant} on {figures.candidate.model}",
                    verdict.decision if verdict else "",
                    "" if figures.token_saving is None else numbers.change(-figures.token_saving),
                    accuracy(figures),
                    numbers.tokens(figures.avg_total_tokens, exact=figures.tokens_exact),
                    numbers.dollars(figures.cost_per_1k_calls),
                )
            )
    return Table(COLUMNS, tuple(rows), frozenset(range(2, 6)))


def _place(result: Result, candidate: Candidate) -> Place | None:
    """Return where the variant stood when the run was made."""
    places = result.run.snapshot.get("places", {})
    found = places.get(candidate.prompt, {}).get(candidate.variant)
    return Place(*found) if found else None
