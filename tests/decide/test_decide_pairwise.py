"""Verdicts on comparisons with the baseline: differences of −0.5, 0 and 0.5."""

from math import comb

import numpy as np
import pytest

from llmopt.decide.cases import Pairs
from llmopt.decide.judgement import Rule, anytime_judgements, fixed_judgements

RULE = Rule(margin=0.05, alpha=0.05)


@pytest.mark.parametrize("discordant", [0.2, 0.6])
def test_a_candidate_worse_by_the_margin_is_seldom_adopted(discordant: float) -> None:
    """All outcomes of 40 cases, each weighed by its probability at the margin itself."""
    n = 40
    win, loss = (discordant - 2 * RULE.margin) / 2, (discordant + 2 * RULE.margin) / 2
    adopted = total = 0.0
    for wins in range(n + 1):
        for losses in range(n + 1 - wins):
            ties = n - wins - losses
            ways = comb(n, wins) * comb(n - wins, losses)
            chance = ways * win**wins * loss**losses * (1 - discordant) ** ties
            total += chance
            if chance > 1e-7 and _adopts(wins, losses, ties):
                adopted += chance
    assert total == pytest.approx(1)
    assert adopted <= RULE.alpha


def _adopts(wins: int, losses: int, ties: int) -> bool:
    differences = np.repeat([0.5, -0.5, 0.0], [wins, losses, ties])
    (found,) = fixed_judgements([Pairs(differences, differences)], RULE, differences.size)
    return found.decision == "adopt"


def test_a_candidate_worse_by_the_margin_is_seldom_adopted_by_whoever_peeks() -> None:
    """The e-process looked at after every one of 400 cases; 300 runs, seeded."""
    random = np.random.default_rng(7)
    chances = [0.4 - RULE.margin, 0.4 + RULE.margin, 0.2]
    wrong = 0
    for _ in range(300):
        differences = random.choice([0.5, -0.5, 0.0], size=400, p=chances)
        (found,) = anytime_judgements([Pairs(differences, differences)], RULE, 400)
        wrong += found.decision == "adopt"
    assert wrong <= 300 * RULE.alpha


def test_a_clear_winner_is_adopted_and_a_clear_loser_rejected() -> None:
    for share, decision in ((0.6, "adopt"), (-0.6, "reject")):
        wins = np.repeat([np.sign(share) / 2, 0.0], [120, 80])
        for judged in (fixed_judgements, anytime_judgements):
            (found,) = judged([Pairs(wins, wins)], RULE, 200)
            assert found.decision == decision
