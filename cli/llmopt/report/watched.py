"""The rounds of a watch, as one line each: when, why, what they cost, what they changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.domain import Candidate
from llmopt.evaluate.tally import Tally

NAMED_FILES = 3


def separator(number: int, at: datetime, changed: Sequence[str], *, width: int) -> str:
    """Say which round begins, when, and what had changed; over the width if that has room."""
    shown = ", ".join(changed[:NAMED_FILES])
    if len(changed) > NAMED_FILES:
        shown += f" and {numbers.count(len(changed) - NAMED_FILES)} more"
    parts = (f"round {numbers.count(number)}", f"{at:%H:%M:%S}", f"changed: {shown}")
    text = " · ".join(parts if changed else parts[:2])
    return f"── {text} ".ljust(width, "─")


def round_line(calls: Tally, total: Tally, *, limit: float | None) -> str:
    """Say how many calls of a round were new, and what they and all so far have cost."""
    return f"{_counts(calls)}; {_money(calls)} this round, {_money(total, limit)} in all"


def last_line(total: Tally, *, limit: float | None) -> str:
    """Say what a watch came to."""
    return f"stopped: {_counts(total)}; {_money(total, limit)} in all"


def differences(before: Mapping[Candidate, Figures], result: Result) -> Iterator[str]:
    """Yield a line for each candidate whose figures are not what they were, if there were any."""
    if not before:
        return
    budget = result.run.snapshot.get("budget")
    if budget and budget["ended"]:
        yield "not compared with before: the budget ended the run"
        return
    same = 0
    for figures in result.candidates:
        earlier = before.get(figures.candidate)
        if earlier is None:
            yield f"{figures.candidate}: new"
        elif _all(earlier) == _all(figures):
            same += 1
        else:
            yield f"{figures.candidate}: {_difference(earlier, figures)}"
    again = {candidate.prompt for candidate in result.run.candidates}
    there = {figures.candidate for figures in result.candidates}
    for candidate in before:
        if candidate.prompt in again and candidate not in there:
            yield f"{candidate}: gone"
    if same:
        yield f"{numbers.count(same)} candidate{'' if same == 1 else 's'} as before"


def _all(figures: Figures) -> tuple[float | None, ...]:
    return figures.cases, figures.avg_total_tokens, figures.avg_accuracy, figures.cost_per_1k_calls


def _difference(before: Figures, now: Figures) -> str:
    accuracy = _minus(now.avg_accuracy, before.avg_accuracy)
    points = numbers.points(accuracy) + (" points" if accuracy is not None else "")
    cases = (
        f"; {numbers.count(now.cases)} cases, before {numbers.count(before.cases)}"
        if now.cases != before.cases
        else ""
    )
    return (
        f"tokens {_change(before.avg_total_tokens, now.avg_total_tokens)}, accuracy {points}, "
        f"cost {_change(before.cost_per_1k_calls, now.cost_per_1k_calls)}{cases}"
    )


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _change(before: float | None, now: float | None) -> str:
    """Write a relative change; from nothing to something there is none."""
    difference = _minus(now, before)
    if difference == 0:
        return numbers.change(0)
    return numbers.change(difference / before if difference and before else None)


def _counts(calls: Tally) -> str:
    new = f"{numbers.count(calls.new)} new call{'' if calls.new == 1 else 's'}"
    return f"{new}, {numbers.count(calls.cached)} from the cache"


def _money(calls: Tally, limit: float | None = None) -> str:
    text = numbers.dollars(calls.spent) + ("" if calls.known else " + unknown")
    return text if limit is None else f"{text} of {numbers.dollars(limit)}"
