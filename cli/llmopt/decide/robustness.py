"""What untidy input costs: every case against its perturbed twins, for each candidate.

A case's difference is its perturbed score minus its plain one, repeats averaged; the
cases of a cluster, and for the overall figure a case's perturbations, are averaged
first, because they are one piece of evidence. Intervals are the paired score intervals
of verdicts (Tango 1998, its empirical-likelihood sister for graded scores), 95 %, each
taken alone. What is called a loss is held at alpha over all perturbations of all
candidates of a prompt by Holm's procedure, on exact tests: McNemar's, or sign flips
for graded scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from llmopt.decide.cases import CaseMeans, Floats, Ints, by_group, case_means
from llmopt.domain import PERTURBATIONS, Candidate, Outcomes, Perturbation, PerturbedOutcomes
from llmopt.stats.graded import graded_interval
from llmopt.stats.interval import Interval
from llmopt.stats.multiplicity import holm
from llmopt.stats.proportion import mcnemar_exact, tango_interval
from llmopt.stats.resampling import sign_flip_p

INTERVAL_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Loss:
    """Accuracy on plain cases and on their perturbed twins, the same cases on both sides.

    `lost` is plain minus perturbed, in −1..1: positive where accuracy is lost, with
    its 95 % interval. `p_value` is that of "nothing is lost or gained", adjusted as
    said where several were tested; `proven` whether it is a loss at alpha.
    """

    cases: int
    plain: float
    perturbed: float
    lost: float
    interval: Interval
    p_value: float
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Excess:
    """How much more a candidate loses than its baseline, on the cases that both have.

    In −2..2, positive where the candidate loses more; adjusted over the candidates.
    """

    cases: int
    lost: float
    interval: Interval
    p_value: float
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Robustness:
    """What a candidate loses when its input is perturbed.

    `trials` counts its perturbed trials, `errors` those that failed. `overall` is the
    mean over the cases of what their perturbations lose; None where no case has a
    score both plain and perturbed. `against` compares with the baseline.
    """

    trials: int
    errors: int
    overall: Loss | None
    by_perturbation: Mapping[Perturbation, Loss]
    against: Excess | None = None

    @property
    def worst(self) -> Perturbation | None:
        """The perturbation that loses most, of those proven to lose anything."""
        proven = [name for name, loss in self.by_perturbation.items() if loss.proven]
        return max(proven, key=lambda name: self.by_perturbation[name].lost, default=None)


@dataclass(frozen=True, slots=True)
class _Paired:
    """One candidate's twins: difference, perturbation and place among the cases of each."""

    cases: CaseMeans
    at: Ints
    perturbation: Ints
    difference: Floats

    def only(self, name: Perturbation) -> tuple[Ints, Floats]:
        chosen = self.perturbation == PERTURBATIONS.index(name)
        return self.at[chosen], self.difference[chosen]

    def by_case(self) -> tuple[Ints, Floats]:
        at, inverse = np.unique(self.at, return_inverse=True)
        return at, np.bincount(inverse, weights=self.difference) / np.bincount(inverse)


def robustness(
    plain: Sequence[Outcomes],
    perturbed: Sequence[PerturbedOutcomes],
    baselines: Mapping[str, Candidate],
    *,
    alpha: float,
    seed: int,
) -> dict[Candidate, Robustness]:
    """Work out what each candidate loses that has perturbed trials; both tables in one order."""
    pairs = {
        twins.candidate: (twins, _paired(table, twins))
        for table, twins in zip(plain, perturbed, strict=True)
        if len(twins)
    }
    found: dict[Candidate, Robustness] = {}
    for prompt in dict.fromkeys(candidate.prompt for candidate in pairs):
        own = {c: pair for c, pair in pairs.items() if c.prompt == prompt}
        losses = {c: _robustness(twins, pair, seed) for c, (twins, pair) in own.items()}
        losses = _held(losses, alpha)
        baseline = baselines.get(prompt)
        if baseline in own:
            rivals = {c: pair for c, (_, pair) in own.items() if c != baseline}
            against = _against(rivals, own[baseline][1], alpha=alpha, seed=seed)
            losses |= {c: replace(losses[c], against=excess) for c, excess in against.items()}
        found |= losses
    return found


def _paired(plain: Outcomes, twins: PerturbedOutcomes) -> _Paired:
    cases = case_means(plain)
    score = np.frombuffer(twins.score, dtype=np.float64)
    case = np.frombuffer(twins.case, dtype=np.int64)
    order = np.argsort(cases.case)
    place = np.searchsorted(cases.case[order], case)
    known = place < order.size
    known[known] &= cases.case[order][place[known]] == case[known]
    known &= ~np.isnan(score)
    at = order[place[known]]
    perturbation = np.frombuffer(twins.perturbation, dtype=np.int64)[known]
    return _Paired(cases, at, perturbation, score[known] - cases.mean[at])


def _robustness(twins: PerturbedOutcomes, pair: _Paired, seed: int) -> Robustness:
    by_name = {name: _loss(pair.cases, *pair.only(name), seed) for name in PERTURBATIONS}
    return Robustness(
        trials=len(twins),
        errors=int(np.isnan(np.frombuffer(twins.score, dtype=np.float64)).sum()),
        overall=_loss(pair.cases, *pair.by_case(), seed),
        by_perturbation={name: loss for name, loss in by_name.items() if loss},
    )


def _loss(cases: CaseMeans, at: Ints, difference: Floats, seed: int) -> Loss | None:
    if not at.size:
        return None
    units = by_group(difference, cases.group[at])
    low, high = _interval(units)
    plain = float(cases.mean[at].mean())
    return Loss(
        cases=int(at.size),
        plain=plain,
        perturbed=plain + float(difference.mean()),
        lost=-float(units.mean()) + 0.0,
        interval=Interval(-high, -low),
        p_value=_p_value(units, seed),
    )


def _held(found: Mapping[Candidate, Robustness], alpha: float) -> dict[Candidate, Robustness]:
    """Adjust the p-values of a prompt's perturbations, and those of its overall losses."""
    names = [(c, name) for c, one in found.items() for name in one.by_perturbation]
    raw = [found[c].by_perturbation[name].p_value for c, name in names]
    single = dict(zip(names, holm(raw), strict=True))
    overall = {c: one.overall for c, one in found.items() if one.overall}
    whole = dict(zip(overall, holm([loss.p_value for loss in overall.values()]), strict=True))
    return {
        c: replace(
            one,
            overall=_proven(overall[c], whole[c], alpha) if c in overall else None,
            by_perturbation={
                name: _proven(loss, single[c, name], alpha)
                for name, loss in one.by_perturbation.items()
            },
        )
        for c, one in found.items()
    }


def _proven(loss: Loss, p_value: float, alpha: float) -> Loss:
    return replace(loss, p_value=p_value, proven=p_value <= alpha and loss.lost > 0)


def _against(
    rivals: Mapping[Candidate, _Paired], baseline: _Paired, *, alpha: float, seed: int
) -> dict[Candidate, Excess]:
    found = {c: excess for c, pair in rivals.items() if (excess := _excess(pair, baseline, seed))}
    adjusted = holm([excess.p_value for excess in found.values()])
    return {
        c: replace(excess, p_value=p, proven=p <= alpha and excess.lost > 0)
        for (c, excess), p in zip(found.items(), adjusted, strict=True)
    }


def _excess(pair: _Paired, baseline: _Paired, seed: int) -> Excess | None:
    ours, theirs = _by_twin(pair), _by_twin(baseline)
    shared = [twin for twin in ours if twin in theirs]
    if not shared:
        return None
    cases, inverse = np.unique([case for case, _ in shared], return_inverse=True)
    gaps = np.array([ours[twin][0] - theirs[twin][0] for twin in shared])
    means = np.bincount(inverse, weights=gaps) / np.bincount(inverse)
    groups = {case: group for (case, _), (_, group) in ours.items()}
    # Differences of differences reach from −2 to 2: halved they are what the interval takes.
    units = by_group(means, np.array([groups[int(case)] for case in cases])) / 2
    low, high = _interval(units)
    return Excess(
        cases=int(cases.size),
        lost=-2 * float(units.mean()) + 0.0,
        interval=Interval(-2 * high, -2 * low),
        p_value=_p_value(units, seed),
    )


def _by_twin(pair: _Paired) -> dict[tuple[int, int], tuple[float, int]]:
    """Difference and cluster by case and perturbation."""
    return dict(_entries(pair))


def _entries(pair: _Paired) -> Iterator[tuple[tuple[int, int], tuple[float, int]]]:
    cases, groups = pair.cases.case[pair.at], pair.cases.group[pair.at]
    for case, name, difference, group in zip(
        cases.tolist(), pair.perturbation.tolist(), pair.difference.tolist(), groups.tolist(),
        strict=True,
    ):  # fmt: skip
        yield (case, name), (difference, group)


def _counts(units: Floats) -> tuple[int, int] | None:
    """Gains and losses where every difference is −1, 0 or 1."""
    gains, losses = int((units == 1).sum()), int((units == -1).sum())
    return (gains, losses) if gains + losses + int((units == 0).sum()) == units.size else None


def _interval(units: Floats) -> Interval:
    counts = _counts(units)
    if counts:
        return tango_interval(*counts, units.size, alpha=INTERVAL_ALPHA)
    return graded_interval(np.clip(units, -1, 1), alpha=INTERVAL_ALPHA)


def _p_value(units: Floats, seed: int) -> float:
    counts = _counts(units)
    return mcnemar_exact(*counts) if counts else sign_flip_p(units.tolist(), seed=seed)
