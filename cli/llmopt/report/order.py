"""What every format says alike: the order of candidates, headings, notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.store.tallies import RoleTotal

SHOWN_COUNTS = 6
BRIEF, LONG = ("in, out, total", "eff.", "$/1k"), ("input, output, total", "efficiency", "$ / 1k")
"""Columns that need a word: tokens, efficiency, price."""

ROBUSTNESS = (
    "robustness: points of accuracy gained (+) or lost (−) on perturbed input, against the same "
    "cases as they are; all: mean over perturbations, with its 95% interval. space: whitespace, "
    "marks: punctuation, looks: lookalikes. *: a loss beyond chance, adjusted (Holm) for all "
    "perturbations of all candidates. Intervals stand for one comparison taken alone. Verdicts "
    "and all other figures are of plain input."
)


def by_prompt(candidates: Sequence[Figures]) -> Iterator[tuple[str, list[Figures]]]:
    """Yield each prompt with its candidates, most efficient first, unknown last."""
    for prompt, group in groupby(candidates, key=lambda figures: figures.candidate.prompt):
        yield prompt, sorted(group, key=lambda f: -(f.efficiency_score or -1.0))


def with_model(rows: Sequence[Figures]) -> bool:
    """Tell whether rows must name their model: not when there is only one."""
    return len({figures.candidate.model for figures in rows}) > 1


def heading(result: Result, prompt: str, rows: Sequence[Figures]) -> str:
    """Name a prompt's table: how many cases, on what."""
    repeat = result.run.snapshot.get("selection", {}).get("repeat", 1)
    tried = max(-(-figures.trials // repeat) for figures in rows)
    cases = result.run.snapshot.get("cases", {}).get(prompt, tried)
    share = f"{numbers.count(tried)} of " if tried < cases else ""
    times = f" × {repeat}" if repeat > 1 else ""
    models = list(dict.fromkeys(figures.candidate.model for figures in rows))
    on = models[0] if len(models) == 1 else f"{len(models)} models"
    return f"{prompt}: {share}{numbers.count(cases)} case{'' if cases == 1 else 's'}{times} on {on}"


def footnotes(result: Result, *, brief: bool = False) -> list[str]:
    """Return what a reader must know beside the figures; `brief` names columns as terminals do."""
    rows, opened = result.candidates, " (base); open: not decided" if brief else ""
    used, score, price = BRIEF if brief else LONG
    notes = [
        (
            f"verdict: against the baseline{opened}. change: of total tokens. "
            f"accuracy: with its 95% Wilson interval. {used}: average tokens a trial. "
            f"{score}: accuracy / total tokens × 1000. {price}: dollars per 1,000 calls. "
            "p50: median latency. ◆: no other is both cheaper and as accurate."
        ),
    ]
    notes += _uneven(rows)
    notes += _perturbed(result)
    if not all(f.tokens_exact for f in rows):
        notes.append("~: counted offline by an approximate tokenizer; the provider reported none.")
    if any(f.cut for f in rows):
        notes.append(f"{_replies(sum(f.cut for f in rows))} cut off by max_tokens.")
    notes += _odd(result)
    notes += _first_tokens(rows)
    if any(f.cost_per_1k_calls for f in rows) and result.run.snapshot.get("price_table_date"):
        notes.append(f"Prices as of {result.run.snapshot['price_table_date']}.")
    notes += _of_calls(result)
    notes += _hollow(result)
    missing = {f.candidate.prompt for f in rows} - set(result.run.baselines)
    if missing:
        notes.append(f"No baseline in this run for: {', '.join(sorted(missing))}.")
    notes += result.run.snapshot.get("notes", [])
    return notes


def _replies(count: int) -> str:
    return f"{numbers.count(count)} {'reply was' if count == 1 else 'replies were'}"


def _odd(result: Result) -> Iterator[str]:
    filtered, unmeasured = result.odd_replies
    if filtered:
        yield f"{_replies(filtered)} ended by the provider's content filter, and scored as it was."
    if unmeasured:
        yield (
            f"{_replies(unmeasured)} sent without token counts: tokens are counted by llmopt, "
            "the cost is unknown."
        )


def _uneven(candidates: Sequence[Figures]) -> Iterator[str]:
    """Yield, by prompt, how many cases stand behind averages that are not over the same ones."""
    for prompt, rows in by_prompt(candidates):
        if len({figures.cases for figures in rows}) == 1:
            continue
        told = [
            f"{_label(f, rows)} {numbers.count(f.cases)}"
            for f in sorted(rows, key=lambda f: f.cases)
        ]
        yield (
            f"{prompt}: averages are over different numbers of cases: {_first(told)}. "
            "Verdicts and ◆ compare on the same ones."
        )


def _of_calls(result: Result) -> Iterator[str]:
    """Yield what a reader must know of the calls behind the figures."""
    if any(total.cached for total in result.totals.values()):
        yield _cached(result)
    if "judge" in result.totals:
        yield _judging(result)
    if "retries" in result.totals:
        yield _made_anew(result.totals["retries"])
    if retries := result.run.snapshot.get("retries"):
        yield _retries(retries)
    if budget := result.run.snapshot.get("budget"):
        yield _budget(budget)
    if result.skipped:
        yield _skipped(result)


def _hollow(result: Result) -> Iterator[str]:
    """Yield baselines so seldom right that nothing could be worse than them by the margin."""
    margin = result.run.snapshot.get("rule", {}).get("margin", 0.0)
    for one in result.candidates:
        accuracy = one.avg_accuracy
        if one.is_baseline and accuracy is not None and accuracy <= margin:
            yield (
                f"{one.candidate.prompt}: the baseline scores {numbers.percent(accuracy)}, no more "
                'than the margin, so "not worse" says nothing here.'
            )


def _first_tokens(candidates: Sequence[Figures]) -> Iterator[str]:
    """Yield, by prompt, when replies that were streamed began, the soonest first."""
    for prompt, rows in by_prompt(candidates):
        known = [(f.first_token_p50_ms, f) for f in rows if f.first_token_p50_ms is not None]
        known.sort(key=lambda one: one[0])
        told = [f"{_label(f, rows)} {numbers.milliseconds(when)}" for when, f in known]
        if told:
            yield f"{prompt}: median time to the first token: {_first(told)}."


def _label(figures: Figures, rows: Sequence[Figures]) -> str:
    """Name a candidate among those of its prompt."""
    one = figures.candidate
    return f"{one.variant} on {one.model}" if with_model(rows) else one.variant


def _first(told: Sequence[str]) -> str:
    more = len(told) - SHOWN_COUNTS
    return ", ".join(told[:SHOWN_COUNTS]) + (f" and {numbers.count(more)} more" if more > 0 else "")


def _cached(result: Result) -> str:
    cached = numbers.count(sum(total.cached for total in result.totals.values()))
    calls = numbers.count(sum(total.calls for total in result.totals.values()))
    return (
        f"{cached} of {calls} calls were answered from the response cache: "
        "shown at their original cost and latency, not paid again."
    )


def _perturbed(result: Result) -> list[str]:
    if not result.run.snapshot.get("robustness"):
        return []
    if not result.robustness:
        ended = result.run.status == "complete" and result.run.snapshot["until_decided"]
        why = "no candidate was adopted" if ended else "the run ended before"
        return [f"No perturbed input was asked: {why}."]
    calls = numbers.count(sum(total.calls for total in result.perturbed_totals.values()))
    costs = [total.cost for total in result.perturbed_totals.values()]
    known = [cost for cost in costs if cost is not None]
    cost = numbers.dollars(sum(known) if len(known) == len(costs) else None)
    return [ROBUSTNESS, f"{calls} calls were for perturbed input, at a cost of {cost}."]


def _judging(result: Result) -> str:
    total = result.totals["judge"]
    cached = f" ({numbers.count(total.cached)} from the cache)" if total.cached else ""
    cost = "an unknown sum" if total.cost is None else numbers.dollars(total.cost)
    calls = f"{numbers.count(total.calls)} call{'' if total.calls == 1 else 's'}"
    text = f"Judging took {calls}{cached} and {cost}, apart from what the candidates cost."
    if result.position_bias is None:
        return text
    return (
        f"{text} Position bias: the judge contradicted itself in the other order on "
        f"{numbers.percent(result.position_bias)} of "
        f"{numbers.count(result.contradictions[0])} pairs, which count as ties."
    )


def _skipped(result: Result) -> str:
    planned = numbers.count(result.skipped + sum(figures.trials for figures in result.candidates))
    text = f"{numbers.count(result.skipped)} of {planned} trials were not run"
    spared = result.cost_not_spent
    return f"{text}: about {numbers.dollars(spared)} not spent." if spared else f"{text}."


def _budget(budget: Mapping[str, Any]) -> str:
    spent, limit = numbers.dollars(budget["spent"]), numbers.dollars(budget["limit"])
    text = f"{spent} of a budget of {limit} spent"
    if calls := budget["assumed_calls"]:
        text += (
            f", {numbers.dollars(budget['assumed'])} of it assumed: {numbers.count(calls)} "
            f"call{'s' if calls > 1 else ''} told no cost and count at their worst case"
        )
    if budget["ended"]:
        return f"The budget ended the run: {text}; the next call might have passed it."
    return f"{text}."


def _made_anew(total: RoleTotal) -> str:
    return (
        f"{numbers.count(total.calls)} paid calls are of trials that were run again: "
        f"{numbers.dollars(total.cost)}, in no candidate's figures."
    )


def _retries(retries: Mapping[str, Mapping[str, Any]]) -> str:
    total = numbers.count(sum(one["total"] for one in retries.values()))
    kinds: Counter[str] = Counter()
    for one in retries.values():
        kinds.update(one["by_kind"])
    named = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    return f"{total} calls were asked again ({named})."
