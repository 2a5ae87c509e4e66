from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
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
    Wilson's 95 % interval over cases. `token_saving` and `cost_saving` are shares
    of what the baseline
    takes on the same cases. `first_token_p50_ms` is known where replies were
    streamed. `cut` counts replies ended by length.
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
    best = pareto(against)
    return tuple(replace(f, pareto=f.candidate in best) for f in against)


def _figures(table: Outcomes, baselines: Mapping[str, Candidate]) -> Figures:
    means = case_means(table).mean
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
        accuracy_ci=wilson(min(float(means.sum()), len(means)), len(means)) if means.size else None,
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


def pareto(all_figures: Sequence[Figures]) -> frozenset[Candidate]:
    """Return the candidates that no other of their prompt beats on price and accuracy both.

    Price is dollars where every candidate of the prompt has a price that is not
    zero, else tokens.
    """
    best: set[Candidate] = set()
    for prompt in {f.candidate.prompt for f in all_figures}:
        group = [f for f in all_figures if f.candidate.prompt == prompt]
        priced = all(f.cost_per_1k_calls for f in group)
        rated = [
            (price, f.avg_accuracy, f.candidate)
            for f in group
            if (price := f.cost_per_1k_calls if priced else f.avg_total_tokens) is not None
            and f.avg_accuracy is not None
        ]
        best.update(
            candidate
            for price, accuracy, candidate in rated
            if not any(
                p <= price and a >= accuracy and (p, a) != (price, accuracy) for p, a, _ in rated
            )
        )
    return frozenset(best)


def _known(column: array[float]) -> Floats:
    values = np.frombuffer(column, dtype=np.float64)
    return values[~np.isnan(values)]


def _mean(values: Floats) -> float | None:
    """Average what is known; None when nothing is."""
    return float(values.mean()) if values.size else None


def _quantile(values: Floats, probability: float) -> float | None:
    return float(np.quantile(values, probability)) if values.size else None
