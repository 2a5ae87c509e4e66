"""A verdict as one sentence, the first thing a reader sees, and as its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from llmopt import numbers
from llmopt.decide.details import Details
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict

MANY, SHOWN = 12, 8
"""Verdicts from which not every one is a sentence on a terminal, and how many then are."""


def headlines(result: Result) -> Iterator[str]:
    """Yield one sentence per candidate that was compared, the best news first."""
    return (sentence(result, figures, verdict) for figures, verdict in compared(result))


def first_headlines(result: Result) -> Iterator[str]:
    """Yield the sentences of the first candidates and count the others: a table follows."""
    rows = list(compared(result))
    shown = len(rows) if len(rows) <= MANY else SHOWN
    yield from (sentence(result, figures, verdict) for figures, verdict in rows[:shown])
    left: Counter[str] = Counter(verdict.decision for _, verdict in rows[shown:])
    words = {"adopt": "to adopt", "inconclusive": "not decided", "reject": "to reject"}
    told = [f"{numbers.count(left[one])} {word}" for one, word in words.items() if left[one]]
    if told:
        yield f"And {', '.join(told)}: in the table."


def compared(result: Result) -> Iterator[tuple[Figures, Verdict]]:
    """Yield each candidate that was compared with its verdict, the best news first."""
    order = {"adopt": 0, "inconclusive": 1, "reject": 2}
    rows = [f for f in result.candidates if result.verdicts.get(f.candidate)]
    rivals = [f for f in rows if not f.is_baseline]
    for figures in sorted(rivals, key=lambda f: order[result.verdicts[f.candidate].decision]):
        yield figures, result.verdicts[figures.candidate]


def sentence(result: Result, figures: Figures, verdict: Verdict) -> str:
    """Say what to do about a candidate, by how much, and what it would be worth."""
    text = f"{_opening(figures, verdict)}: {_saving(result, figures, verdict)}{_accuracy(verdict)}"
    text += _left_out(result, figures, verdict)
    if verdict.reason == "noninferior":
        text += f", non-inferior at {_points(verdict)} {_scope(verdict)}"
    elif verdict.reason == "saving unknown":
        text += f", not worse by {_points(verdict)} {_scope(verdict)}, but perhaps not cheaper"
    elif verdict.reason == "worse":
        text += f", worse than the {_points(verdict)} allowed"
    elif verdict.stopped_by and verdict.reason == "ladder":
        text += f"; its ladder ended at {verdict.stopped_by.variant}, which was not adopted"
    elif verdict.reason == "not needed":
        text += "; left aside: one that saves more is adopted"
    elif verdict.decision == "inconclusive" and verdict.accuracy_delta is not None:
        text += f"; {_needed(verdict)}"
    monthly = _monthly(result, figures, verdict)
    return text + (f"; saves about {monthly}" if monthly else "") + "."


def explanations(result: Result) -> Iterator[str]:
    """Yield the reasoning behind each verdict, one paragraph each."""
    for figures in result.candidates:
        verdict = result.verdicts.get(figures.candidate)
        if verdict is None or verdict.decision == "baseline":
            continue
        lines = [
            f"Why {figures.candidate}, against {verdict.baseline}:",
            *_evidence(verdict),
            *_test(verdict),
            *_differences(result.details[figures.candidate]),
            *(
                f"case {low.case} scored {low.score:.2g}: {low.reason}"
                for low in result.lowest.get(figures.candidate, ())
            ),
        ]
        yield "\n  ".join(lines)


def _evidence(verdict: Verdict) -> Iterator[str]:
    used, total = numbers.count(verdict.cases_used), numbers.count(verdict.cases_total)
    clusters = f", {numbers.count(verdict.units_used)} clusters" * (verdict.unit == "cluster")
    yield f"scored for both: {used} of {total} cases{clusters}"
    if verdict.accuracy_delta is None or verdict.accuracy_delta_ci is None:
        return
    equal = verdict.cases_used - verdict.gains - verdict.losses
    yield (
        f"the candidate scored higher on {verdict.gains}, lower on {verdict.losses}, "
        f"the same on {max(0, equal)}"
        + (": statistically tied" if verdict.tied else "")
        + f" (McNemar's exact p = {verdict.p_different:.3g})"
    )
    low, high = (numbers.points(end) for end in verdict.accuracy_delta_ci)
    sure = numbers.percent(1 - 2 * verdict.rule.alpha)
    kind = "at any time" if verdict.anytime else "one look"
    yield (
        f"its accuracy differs by {numbers.points(verdict.accuracy_delta)} points, "
        f"{sure} interval [{low}, {high}] ({kind})"
    )


def _test(verdict: Verdict) -> Iterator[str]:
    if verdict.reason == "not cheaper":
        yield "it is not cheaper, so its accuracy does not matter"
    if verdict.p_worse is None:
        return
    rivals = _sharing(verdict)
    if verdict.reason == "ladder" and verdict.stopped_by:
        yield (
            f"its ladder is tested step by step and ended at {verdict.stopped_by.variant}, which "
            "was not adopted: no later step is, whatever its own figures"
        )
    proven = "proven" if verdict.p_worse <= verdict.rule.alpha else "not proven"
    yield (
        f"not worse by {_points(verdict)} or more: {proven}, p = {verdict.p_worse:.3g} against "
        f"{verdict.rule.alpha:g}{rivals}, {_scope(verdict)}"
    )


def _sharing(verdict: Verdict) -> str:
    """Say among how many alpha is shared."""
    if verdict.families < verdict.rivals:
        tests = "one ladder" if verdict.families == 1 else f"{verdict.families} shares of alpha"
        return f" over {verdict.rivals} candidates in {tests}"
    return f" over {verdict.rivals} candidates" if verdict.rivals > 1 else ""


def _differences(details: Details) -> Iterator[str]:
    for name, found in (
        ("tokens a trial", details.tokens),
        ("dollars per 1,000 calls", details.cost_per_1k),
        ("milliseconds a trial", details.latency_ms),
    ):
        if found.mean is None or found.interval is None:
            yield f"{name}: difference unknown"
        else:
            low, high = map(_plain, found.interval)
            yield f"{name}: {_plain(found.mean)} [{low}, {high}] (95% bootstrap interval)"


def _plain(value: float) -> str:
    return f"{value:+.4g}".replace("-", numbers.MINUS) if value else "0"


def _opening(figures: Figures, verdict: Verdict) -> str:
    model = figures.candidate.model.partition("/")[2] or figures.candidate.model
    name = f"{figures.candidate.prompt}/{figures.candidate.variant}"
    on = "" if verdict.baseline.model == figures.candidate.model else f" on {model}"
    return {
        "adopt": f"Adopt {name}{on}",
        "reject": f"Reject {name}{on}",
        "inconclusive": f"Not decided: {name}{on}",
    }[verdict.decision]


def _saving(result: Result, figures: Figures, verdict: Verdict) -> str:
    saving, unit = verdict.cost_saving, "cheaper"
    if saving is None:
        saving, unit = verdict.token_saving, "fewer tokens"
    if verdict.reason == "not cheaper":
        baseline = _baseline(result, verdict)
        if figures.cost_per_1k_calls and baseline and baseline.cost_per_1k_calls == 0:
            return "not cheaper (the baseline is free)"
        return f"not cheaper{_by_how_much(saving, unit)}"
    return "saving unknown" if saving is None else f"{numbers.percent(saving)} {unit}"


def _by_how_much(saving: float | None, unit: str) -> str:
    if saving is None:
        return ""
    if round(saving, 3) == 0:
        return " (the same)"
    return f" ({numbers.percent(-saving)} {'dearer' if unit == 'cheaper' else 'more tokens'})"


def _accuracy(verdict: Verdict) -> str:
    if verdict.accuracy_delta is None or verdict.accuracy_delta_ci is None:
        return ", no case scored for both"
    low, high = (numbers.points(end) for end in verdict.accuracy_delta_ci)
    return f", accuracy {numbers.points(verdict.accuracy_delta)} points [{low}, {high}]"


def _left_out(result: Result, figures: Figures, verdict: Verdict) -> str:
    """Say on how few cases a comparison stands, where failed trials left the others out."""
    baseline = _baseline(result, verdict)
    if not verdict.cases_used or not (figures.errors or (baseline and baseline.errors)):
        return ""
    used, total = numbers.count(verdict.cases_used), numbers.count(verdict.cases_total)
    return f" on the {used} of {total} cases scored for both" if used != total else ""


def _baseline(result: Result, verdict: Verdict) -> Figures | None:
    return next((f for f in result.candidates if f.candidate == verdict.baseline), None)


def _points(verdict: Verdict) -> str:
    size = f"{verdict.rule.margin * 100:g}"
    return f"{size} point{'' if size == '1' else 's'}"


def _scope(verdict: Verdict) -> str:
    return {"suite": "on this suite", "traffic": "on traffic like this suite"}[verdict.rule.target]


def _needed(verdict: Verdict) -> str:
    if verdict.cases_needed is None:
        return f"no reachable number of {verdict.unit}s would decide at {_points(verdict)}"
    noun = verdict.unit if verdict.cases_needed == 1 else f"{verdict.unit}s"
    return f"needs about {numbers.count(verdict.cases_needed)} more {noun} to decide"


def _monthly(result: Result, figures: Figures, verdict: Verdict) -> str | None:
    """Return dollars a month at the declared traffic, for what is to be adopted.

    The saving is that of the cases that both answered, as everywhere in the sentence.
    """
    calls = result.run.snapshot.get("traffic", {}).get(figures.candidate.prompt)
    by_candidate = {f.candidate: f.cost_per_1k_calls for f in result.candidates}
    before, share = by_candidate.get(verdict.baseline), verdict.cost_saving
    if verdict.decision != "adopt" or not calls or not before or share is None:
        return None
    dollars = before * share / 1000 * calls * numbers.DAYS_PER_MONTH
    return f"{numbers.dollars(dollars)} a month at {calls:,.0f} calls a day"
