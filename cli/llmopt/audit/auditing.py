"""Judge a project's facts by the checks asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from llmopt.audit import money, registry
from llmopt.audit.check import Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import undecided
from llmopt.audit.result import AreaScore, Audit, CheckResult, score_of
from llmopt.domain import Attestation, Evidence, Saving

Lines = Callable[[str], str | None]
"""Gives a file's text, for the suppressions in it."""
_SUPPRESSION = re.compile(r"llmopt:\s*ignore\[([A-Z0-9,\s]+)\]\s*(\S.*)?")


def audit(facts: Facts, wanted: Collection[str], lines: Lines) -> Audit:
    """Judge the checks whose codes are `wanted`."""
    results = tuple(
        _result(check, goal, facts, lines)
        for goal in registry.goals()
        for check in goal.checks
        if check.code in wanted
    )
    return Audit(
        day=facts.today,
        results=results,
        score=score_of(results),
        areas=tuple(
            AreaScore(area, score_of(r for r in results if r.goal.area == area))
            for area in registry.areas()
            if any(r.goal.area == area for r in results)
        ),
        notes=facts.notes,
        warnings=tuple(_warnings(facts, results)),
        observations=tuple(_observations(facts)),
    )


def _result(check: Check, goal: Goal, facts: Facts, lines: Lines) -> CheckResult:
    if not facts.has_llm:
        return CheckResult(check, goal, "not-applicable", why="no use of a language model is seen")
    judged = check.judge(facts)
    if judged.outcome == "manual" and facts.usage_unread and "usage" in check.needs:
        judged = undecided("the usage log cannot be read", judged.evidence)
    result = CheckResult(check, goal, judged.outcome, judged.evidence, judged.why)
    if judged.outcome == "fail":
        result = _suppressed(result, lines)
    said = facts.project.settings.attestations.get(check.code)
    if said and not said.expired(facts.today) and result.outcome in {"fail", "manual", "undecided"}:
        result = _attested(result, said)
    if result.outcome == "fail":
        result = replace(result, saving=_saving(check, facts))
    return result


def _saving(check: Check, facts: Facts) -> Saving:
    """Estimate what a failure costs, or say why nobody can from here."""
    if check.saves is None:
        return Saving(None, None, "not estimated: nothing here tells what it would save")
    return check.saves(facts) or Saving(
        None, None, "not estimated: it takes a usage log or traffic, and known prices"
    )


def _attested(result: CheckResult, said: Attestation) -> CheckResult:
    """Let people's word stand: an accepted failure is suppressed, all else attested."""
    evidence = Evidence(f"{said.reason}{f' ({said.link})' if said.link else ''}", said.place)
    return replace(
        result,
        outcome="suppressed" if said.status == "accepted" else "attested",
        evidence=(evidence,),
        why=f"attested: {said.status}" + (f" until {said.until}" if said.until else ""),
        attestation=said,
    )


def _suppressed(result: CheckResult, lines: Lines) -> CheckResult:
    """Leave out evidence that a comment with a reason answers for."""
    kept: list[Evidence] = []
    reasons: list[Evidence] = []
    for evidence in result.evidence:
        reason = _reason(evidence, result.check.code, lines)
        if reason:
            reasons.append(Evidence(reason, evidence.place))
        else:
            kept.append(evidence)
    if not reasons:
        return result
    if any(evidence.place for evidence in kept):
        return replace(result, evidence=tuple(kept))
    return replace(result, outcome="suppressed", evidence=tuple(reasons), why="suppressed in place")


def _reason(evidence: Evidence, code: str, lines: Lines) -> str | None:
    """Return the reason in a comment on the line of the evidence, or the one above."""
    if evidence.place is None:
        return None
    text = lines(evidence.place.file)
    around = (
        text.splitlines()[max(0, evidence.place.line - 2) : evidence.place.line] if text else []
    )
    for line in around:
        match = _SUPPRESSION.search(line)
        if match and match[2] and code in re.split(r"[,\s]+", match[1]):
            return match[2].strip()
    return None


def _warnings(facts: Facts, results: tuple[CheckResult, ...]) -> Iterator[str]:
    """Say which attestations hold no longer, or answer nothing."""
    outcomes = {result.check.code: result for result in results}
    known = registry.checks()
    for code, said in facts.project.settings.attestations.items():
        where = f" ({said.place})" if said.place else ""
        if code not in known:
            yield f"attestation of {code}{where}: there is no such check"
        elif said.expired(facts.today):
            yield f"attestation of {code}{where} expired on {said.until}; the check is open again"
        elif code in outcomes and outcomes[code].attestation is None:
            itself = outcomes[code].outcome
            yield f"attestation of {code}{where} is not needed: it is {itself} by itself"


def _observations(facts: Facts) -> Iterator[tuple[str, Saving]]:
    prefix = money.of_prefixes(facts)
    if prefix:
        yield "Let the provider cache what requests begin with alike", prefix
