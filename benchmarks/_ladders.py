"""Ladders: how often does a prompt adopt anything falsely, and what do they need?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llmopt.decide.cases import Pairs
from llmopt.decide.judgement import Judgement, Rule, anytime_judgements, fixed_judgements

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MARGIN, CASES, DISCORDANCE = 0.05, 300, 0.10
STEPS = 5


def draw(rng: np.random.Generator, mean: float) -> Floats:
    """Differences of one candidate: −1, 0 and 1 of the given mean."""
    lost, gained = (DISCORDANCE - mean) / 2, (DISCORDANCE + mean) / 2
    chance = rng.random(CASES)
    return np.where(chance < lost, -1.0, np.where(chance < lost + gained, 1.0, 0.0))


def false_adoptions(rng: np.random.Generator, runs: int) -> float:
    """Steps on the boundary behind ones that are better; print, and return the worst rate."""
    print(
        f"\nLadders of {STEPS}: the first steps 4 points better, the rest exactly at -margin"
        f" ({MARGIN:.0%}),\ndiscordance {DISCORDANCE:.0%}, {CASES} cases: prompts that adopt any"
        " falsely, %"
    )
    print("ladders   better steps   one look   e-process   each step at alpha, in no order")
    worst = 0.0
    for ladders in (1, 3):
        for good in (0, 1, 3):
            rates = _rates(rng, runs, ladders=ladders, good=good)
            worst = max(worst, *rates[:2])
            print(
                f"{ladders:7d}   {good:12d}   {rates[0]:8.2%}   {rates[1]:9.2%}   {rates[2]:8.2%}"
            )
    return worst


def _rates(rng: np.random.Generator, runs: int, *, ladders: int, good: int) -> list[float]:
    chains = [range(at, at + STEPS) for at in range(0, ladders * STEPS, STEPS)]
    bad = [place for chain in chains for place in chain[good:]]
    found = np.zeros(3)
    for _ in range(runs):
        pairs = []
        for place in range(ladders * STEPS):
            row = draw(rng, -MARGIN if place in bad else 0.04)
            pairs.append(Pairs(row, row))
        rule = Rule(margin=MARGIN)
        found[0] += _any(fixed_judgements(pairs, rule, CASES, chains), bad)
        found[1] += _any(anytime_judgements(pairs, rule, CASES, chains), bad)
        singly = [fixed_judgements([pair], rule, CASES)[0] for pair in pairs]
        found[2] += _any(singly, bad)
    return [float(rate) for rate in found / runs]


def _any(judged: Sequence[Judgement], places: Sequence[int]) -> bool:
    return any(judged[place].decision == "adopt" for place in places)
