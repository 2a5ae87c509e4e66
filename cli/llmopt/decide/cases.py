"""From trials to cases: repeats averaged, candidates laid side by side."""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmopt.domain import Outcomes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class CaseMeans(NamedTuple):
    """One entry per case that has a value: its index in the suite, its cluster, its mean."""

    case: Ints
    group: Ints
    mean: Floats


class Pairs(NamedTuple):
    """Score differences, candidate minus baseline, in [-1, 1], in the order of the plan.

    `by_case` has one entry per case that both answered; `units` is what counts as
    independent: the same, with the cases of one cluster averaged.
    """

    by_case: Floats
    units: Floats


def case_means(table: Outcomes, column: array[float] | Floats | None = None) -> CaseMeans:
    """Average the scores of each case's repeats, failed ones left out; or another column.

    Cases keep the order of the plan, in which a case's repeats stand together.
    """
    score = np.frombuffer(table.score if column is None else column, dtype=np.float64)
    there = ~np.isnan(score)
    score, case = score[there], np.frombuffer(table.case, dtype=np.int64)[there]
    first = np.flatnonzero(np.diff(case, prepend=-1))
    counts = np.diff(np.append(first, len(case)))
    totals = np.add.reduceat(score, first) if len(first) else score
    group = np.frombuffer(table.group, dtype=np.int64)[there]
    return CaseMeans(case[first], group[first], totals / counts)


def paired(candidate: Outcomes, baseline: Outcomes) -> Pairs:
    """Lay two candidates side by side, on the cases that both answered."""
    ours, theirs = case_means(candidate), case_means(baseline)
    _, i, j = np.intersect1d(ours.case, theirs.case, assume_unique=True, return_indices=True)
    planned = np.argsort(i)
    differences = (ours.mean[i] - theirs.mean[j])[planned]
    return Pairs(differences, by_group(differences, ours.group[i][planned]))


def per_case(table: Outcomes, column: array[float], scale: float = 1.0) -> Floats:
    """Average a column over each case's repeats; NaN where it is not known."""
    case = np.frombuffer(table.case, dtype=np.int64)
    values = np.frombuffer(column, dtype=np.float64) * scale
    size = int(case.max()) + 1 if case.size else 0
    counts = np.bincount(case, minlength=size)
    sums = np.bincount(case, weights=values, minlength=size)
    means: Floats = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return means


def total_tokens(table: Outcomes) -> Floats:
    """Average a trial's tokens of input and output for each case; NaN where not known."""
    return per_case(table, table.input_tokens) + per_case(table, table.output_tokens)


def by_group(differences: Floats, group: Ints) -> Floats:
    """Average within each cluster, clusters in the order of their first case."""
    _, first, cluster = np.unique(group, return_index=True, return_inverse=True)
    means = np.bincount(cluster, weights=differences) / np.bincount(cluster)
    return means[np.argsort(first)]
