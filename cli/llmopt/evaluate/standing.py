"""Who is next in a race: a pure function of what was measured so far.

Every candidate is measured on a few cases, and the one whose trials cost least goes
first. Where its costs cannot be told from another's, or from the baseline's, both are
measured on twice as many, until they can or `MOST` cases are seen: what is close is
looked at closely, what is clearly dearer costs two trials. Costs are compared case by
case, so that long cases weigh on both sides alike.

Nothing but records goes in: who resumes a race comes to the same order. Costs decide
here about order alone. Whether a candidate is as good, and cheaper, is for the verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Literal, NamedTuple

from llmopt.domain import Measured

START, MOST = 2, 64
"""Cases on which every candidate is measured, and on which at most before it races."""

SURE = {64: 1.67, 32: 1.70, 16: 1.75, 8: 1.89, 4: 2.35, 2: 6.31}
"""Student's 95 % quantile for a mean over at least so many cases."""

Chain = tuple[int, ...]
"""Candidates, by index, of which each races only after the one before it was adopted."""


class Step(NamedTuple):
    """What to do next: `measure` candidates on the first `cases`, `race` a chain, or `drop` it."""

    action: Literal["measure", "race", "drop"]
    who: Chain
    cases: int = 0


class Standing:
    """What is measured: the trials of the baseline and of each rival, in the order of the cases.

    Rivals come in the order to fall back on where nothing is known of their costs.
    """

    def __init__(
        self, baseline: Sequence[Measured], rivals: Mapping[int, Sequence[Measured]]
    ) -> None:
        currency = _currency((baseline, *rivals.values()))
        self._baseline = _costs(baseline, currency)
        self._costs = {who: _costs(trials, currency) for who, trials in rivals.items()}
        self._excess = {who: _excess(own, self._baseline) for who, own in self._costs.items()}

    def next_step(
        self, chains: Sequence[Chain], adopted: Collection[int], *, every: bool, cases: int
    ) -> Step | None:
        """Say what is next for the chains that are left; None: nothing can be gained any more.

        A chain stands where the cheapest of its candidates does. Whatever is not cheaper than
        one `adopted` is left aside, unless `every` candidate is to be decided on.
        """
        if not chains:
            return None
        excess = self._excess
        chain_of = {min(chain, key=excess.__getitem__): chain for chain in chains}
        first = min(chain_of, key=excess.__getitem__)
        if adopted and not every and excess[first] >= min(excess[one] for one in adopted):
            return None
        most = min(MOST, cases)
        doubtful = self._doubtful(first, () if every else tuple(chain_of))
        shallow = [who for who in doubtful if len(self._costs[who]) < most]
        if shallow:
            least = min(len(self._costs[who]) for who in shallow)
            wanted = tuple(who for who in shallow if len(self._costs[who]) == least)
            return Step("measure", wanted, min(most, 2 * least))
        dearer = math.isfinite(excess[first]) and excess[first] >= 0
        return Step("drop" if dearer else "race", chain_of[first])

    def _doubtful(self, first: int, others: Collection[int]) -> list[int]:
        """Name those whose costs must be known better before `first` may go."""
        own = self._costs[first]
        gaps = {who: _gaps(self._costs[who], own) for who in others if who != first}
        found = [who for who, gap in gaps.items() if any(gap) and not _is_clear(gap)]
        if found or not _is_clear(_gaps(own, self._baseline)):
            found.append(first)
        return found


def cheaper(pairs: Sequence[tuple[Measured, Measured]]) -> bool:
    """Whether the first of each pair costs less than the second, over all of them.

    In dollars where they are known and not all zero, else in tokens; where nobody knows,
    nothing speaks against it. The verdict asks the same.
    """
    dollars = [(a.cost, b.cost) for a, b in pairs if a.cost is not None and b.cost is not None]
    if any(map(any, dollars)):
        return sum(a - b for a, b in dollars) < 0
    tokens = [
        (a.tokens, b.tokens) for a, b in pairs if a.tokens is not None and b.tokens is not None
    ]
    return not tokens or sum(a - b for a, b in tokens) < 0


def _currency(columns: Iterable[Sequence[Measured]]) -> Literal["cost", "tokens"] | None:
    """Dollars where all are known and not all are free, else tokens."""
    trials = [trial for trials in columns for trial in trials if trial.score is not None]
    if all(trial.cost is not None for trial in trials) and any(trial.cost for trial in trials):
        return "cost"
    return "tokens" if all(trial.tokens is not None for trial in trials) else None


def _costs(
    trials: Sequence[Measured], currency: Literal["cost", "tokens"] | None
) -> Sequence[float | None]:
    """What each trial costs; None where it failed or nobody knows."""
    if currency is None:
        return [None] * len(trials)
    return [None if trial.score is None else getattr(trial, currency) for trial in trials]


def _gaps(own: Sequence[float | None], other: Sequence[float | None]) -> list[float]:
    """How much more the first costs, on each of the cases that both answered."""
    both = zip(own, other, strict=False)
    return [a - b for a, b in both if a is not None and b is not None]


def _excess(own: Sequence[float | None], baseline: Sequence[float | None]) -> float:
    """What a trial costs more than the baseline's on average; infinite where nobody knows."""
    gaps = _gaps(own, baseline)
    return fmean(gaps) if gaps else math.inf


def _is_clear(differences: Sequence[float]) -> bool:
    """Whether their mean is away from zero by more than chance; nothing to tell counts as clear."""
    if not differences:
        return True
    if len(differences) < START:
        return False
    sure = next(quantile for size, quantile in SURE.items() if len(differences) >= size)
    return abs(fmean(differences)) > sure * stdev(differences) / math.sqrt(len(differences))
