from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

import numpy as np

from llmopt.decide.cases import Floats, case_means, per_case, total_tokens
from llmopt.domain import Candidate, Outcomes
from llmopt.numbers import known
from llmopt.stats.agreement import consistency
from llmopt.stats.interval import Interval
from llmopt.stats.proportion import wilson


@dataclass(frozen=True, slots=True)
class Figures:
    """What a candidate's trials add up to. None is unknown.

    Tokens are per trial, costs in dollars, latencies in milliseconds, accuracy,
    its interval and consistency in 0..1. Accuracy is the mean over cases, a case's
    repeats averaged first, of the trials that did not fail; `accuracy_ci` is
    Wilson's 95 % interval, in which a cluster of cases counts as one. `token_saving` and
    `cost_saving` are shares of what the baseline takes on the same cases.
    `first_token_p50_ms` is known where replies were streamed. `cut` counts replies ended
    by length.
    """

    candidate: Candidate
    is_baseline: bool
    trials: int
    errors: int
    cases: int
    avg_input_tokens: float | None
    avg_output_tokens: float | None
    avg_total_tokens: float | None
    tokens_exact: bool
    avg_accuracy: float | None
    accuracy_ci: Interval | None
    efficiency_score: float | None
    cost_per_1k_calls: float | None
    cost_per_correct: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    consistency: float | None
    cut: int
    token_saving: float | None = None
    cost_saving: float | None = None
    pareto: bool = False
    first_token_p50_ms: float | None = None


def figures(tables: Sequence[Outcomes], baselines: Mapping[str, Candidate]) -> tuple[Figures, ...]:
    """Work out the figures of a run's candidates, in the order of the tables."""
    by_candidate = {table.candidate: table for table in tables}
    against = [
        _with_savings(
            _figures(table, baselines),
            table,
            by_candidate.get(baselines[table.candidate.prompt])
            if table.candidate.prompt in baselines
            else None,
        )
        for table in tables
    ]
    best = pareto(against, by_candidate)
    return tuple(replace(f, pareto=f.candidate in best) for f in against)


def _figures(table: Outcomes, baselines: Mapping[str, Candidate]) -> Figures:
    found = case_means(table)
    means, units = found.mean, len(np.unique(found.group))
    accuracy = _mean(means)
    tokens_in, tokens_out = _mean(_known(table.input_tokens)), _mean(_known(table.output_tokens))
    total = None if tokens_in is None or tokens_out is None else tokens_in + tokens_out
    cost = _mean(_known(table.cost))
    latencies = _known(table.latency_ms)
    return Figures(
        candidate=table.candidate,
        is_baseline=baselines.get(table.candidate.prompt) == table.candidate,
        trials=len(table),
        errors=len(table) - len(_known(table.score)),
        cases=len(means),
        avg_input_tokens=tokens_in,
        avg_output_tokens=tokens_out,
        avg_total_tokens=total,
        tokens_exact=not any(table.estimated),
        avg_accuracy=accuracy,
        accuracy_ci=None if accuracy is None else wilson(min(accuracy, 1.0) * units, units),
        efficiency_score=accuracy / total * 1000 if known(accuracy) and total else None,
        cost_per_1k_calls=cost * 1000 if cost is not None else None,
        cost_per_correct=cost / accuracy if cost is not None and accuracy else None,
        latency_p50_ms=_quantile(latencies, 0.5),
        latency_p95_ms=_quantile(latencies, 0.95),
        first_token_p50_ms=_quantile(_known(table.first_token_ms), 0.5),
        consistency=_consistency(table),
        cut=sum(table.cut),
    )


def _consistency(table: Outcomes) -> float | None:
    """Return how often two repeats of a case scored the same; None without repeats."""
    if not any(table.repeat):
        return None
    rows = zip(table.case, table.score, strict=True)
    return consistency(
        [score for _, score in repeats if not math.isnan(score)]
        for _, repeats in groupby(rows, key=itemgetter(0))
    )


def _with_savings(own: Figures, table: Outcomes, baseline: Outcomes | None) -> Figures:
    if baseline is None or own.is_baseline:
        return own
    return replace(
        own,
        token_saving=_saving(total_tokens(table), total_tokens(baseline)),
        cost_saving=_saving(per_case(table, table.cost), per_case(baseline, baseline.cost)),
    )


def _saving(own: Floats, baseline: Floats) -> float | None:
    """Compare on the cases that are known of both: where a run ended early, others differ."""
    shared = min(own.size, baseline.size)
    own, baseline = own[:shared], baseline[:shared]
    both = ~np.isnan(own + baseline)
    total = float(baseline[both].sum())
    return 1 - float(own[both].sum()) / total if total else None


def pareto(
    all_figures: Sequence[Figures], tables: Mapping[Candidate, Outcomes]
) -> frozenset[Candidate]:
    """Return the candidates that no other of their prompt beats on price and accuracy both.

    Two are compared on the cases that both answered: where a run ended early, or trials
    failed, their averages speak of different ones. Price is dollars where every candidate
    of the prompt has a price that is not zero, else tokens.
    """
    best: set[Candidate] = set()
    for prompt in {f.candidate.prompt for f in all_figures}:
        group = [f for f in all_figures if f.candidate.prompt == prompt]
        priced = all(f.cost_per_1k_calls for f in group)
        rated = [f.candidate for f in group if f.avg_accuracy is not None]
        best.update(_unbeaten(rated, [tables[one] for one in rated], priced=priced))
    return frozenset(best)


def _unbeaten(
    candidates: Sequence[Candidate], tables: Sequence[Outcomes], *, priced: bool
) -> Iterator[Candidate]:
    size = max((max(table.case, default=-1) + 1 for table in tables), default=0)
    score = np.array([_spread(table, table.score, size) for table in tables])
    price = np.array([_spread(t, t.cost if priced else _trial_tokens(t), size) for t in tables])
    both = (~np.isnan(score + price)).astype(np.float64)
    right, spent = (np.where(both > 0, values, 0.0) @ both.T for values in (score, price))
    for place, candidate in enumerate(candidates):
        # Rows are candidates, columns whose cases: [j, i] and [i, j] sum over the same ones.
        less = spent[:, place] - spent[place]
        more = right[:, place] - right[place]
        slack = 1e-9 * (1 + np.abs(spent[place]))
        shared = (both @ both[place]) > 0
        beaten = (less <= slack) & (more >= -1e-9) & ((less < -slack) | (more > 1e-9))
        if both[place].any() and not (beaten & shared).any():
            yield candidate


def _spread(table: Outcomes, column: array[float] | Floats, size: int) -> Floats:
    """Lay a column out by case, its repeats averaged; NaN where no repeat has it."""
    found = case_means(table, column)
    values = np.full(size, np.nan)
    values[found.case] = found.mean
    return values


def _trial_tokens(table: Outcomes) -> Floats:
    return np.frombuffer(table.input_tokens) + np.frombuffer(table.output_tokens)


def _known(column: array[float]) -> Floats:
    values = np.frombuffer(column, dtype=np.float64)
    return values[~np.isnan(values)]


def _mean(values: Floats) -> float | None:
    """Average what is known; None when nothing is."""
    return float(values.mean()) if values.size else None


def _quantile(values: Floats, probability: float) -> float | None:
    return float(np.quantile(values, probability)) if values.size else None
