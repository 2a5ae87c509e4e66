"""How often verdicts are wrong, and how many cases they take: seeded simulations.

Run with `python benchmarks/decide_simulation.py` (a few minutes). Binary scores
unless said otherwise: a case is lost, gained or equal; discordance is the share
of cases that are lost or gained. All tables but the last two peek after each case.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import _complete_run
import _ladders
import numpy as np

from llmopt.stats.epaths import first_crossing, log_e_paths
from llmopt.stats.eprocess import equal_cases, floor_cases, log_threshold
from llmopt.stats.planning import noninferiority_cases

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ALPHA = 0.05
NAIVE_Z = 1.6448536  # one-sided 5 %
NAIVE_STEP = 10
NAIVE_START = 30  # kinder to the z test than starting at ten cases


def outcomes(
    rng: np.random.Generator, shape: tuple[int, int], discordance: float, mean: float
) -> Floats:
    """Differences in {-1, 0, 1} of the given discordance and mean."""
    lost, gained = (discordance - mean) / 2, (discordance + mean) / 2
    draw = rng.random(shape)
    return np.where(draw < lost, -1.0, np.where(draw < lost + gained, 1.0, 0.0))


def shuffled_suites(
    rng: np.random.Generator, runs: int, n: int, discordance: float, mean: float
) -> Floats:
    """Suites of n fixed outcomes whose mean is exactly `mean`, each in a random order."""
    net = round(mean * n)
    gained = max(0, round((discordance * n + net) / 2))
    suite = np.zeros(n)
    suite[:gained] = 1.0
    suite[gained : gained + gained - net] = -1.0
    return rng.permuted(np.tile(suite, (runs, 1)), axis=1)


def naive_adopts(differences: Floats, margin: float) -> float:
    """Share of runs that a z test adopts when it looks at every tenth case."""
    counts = np.arange(1, differences.shape[1] + 1)
    mean = np.cumsum(differences, axis=1) / counts
    square = np.cumsum(differences**2, axis=1) / counts
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (mean + margin) / (deviation / np.sqrt(counts))
    looks = z[:, NAIVE_START - 1 :: NAIVE_STEP]
    seen = deviation[:, NAIVE_START - 1 :: NAIVE_STEP] > 0  # no verdict from no variance
    return float(((looks >= NAIVE_Z) & seen).any(axis=1).mean())


def adopts(differences: Floats, margin: float, population: int | None = None) -> float:
    """Share of runs that the e-process ever adopts."""
    paths = log_e_paths(differences, margin=margin, population=population)
    return float((first_crossing(paths.noninferior, log_threshold(ALPHA)) > 0).mean())


def false_adoptions(rng: np.random.Generator, runs: int) -> float:
    """True mean exactly at the boundary, endless traffic; returns the worst rate."""
    print("\nFalse adoptions, traffic, true difference exactly -margin, 1,000 cases, %")
    print("margin  discordance   e-process   z test every 10 cases")
    worst = 0.0
    for margin in (0.02, 0.05, 0.10):
        for extra in (0.0, 0.05, 0.10, 0.20):
            discordance = max(margin, extra)
            if extra and discordance == margin:
                continue
            d = outcomes(rng, (runs, 1000), discordance, -margin)
            rate, naive = adopts(d, margin), naive_adopts(d, margin)
            worst = max(worst, rate)
            print(f"{margin:6.0%}  {discordance:11.0%}   {rate:9.2%}   {naive:9.1%}")
    return worst


def false_adoptions_in_suites(rng: np.random.Generator, runs: int) -> float:
    """The suite's own mean exactly at the boundary; returns the worst rate."""
    print("\nFalse adoptions, suite of N fixed outcomes, mean exactly -margin, %")
    print("margin  discordance " + "".join(f"   N={n:<5d}" for n in (20, 50, 100, 200, 500, 1000)))
    worst = 0.0
    for margin in (0.05, 0.10):
        for discordance in (margin, 0.15, 0.20):
            rates = []
            for n in (20, 50, 100, 200, 500, 1000):
                if abs(margin * n - round(margin * n)) > 1e-9:
                    rates.append("       -")  # no suite of this size has that mean
                    continue
                d = shuffled_suites(rng, runs, n, discordance, -margin)
                rate = adopts(d, margin, population=n)
                worst = max(worst, rate)
                rates.append(f"{rate:8.2%}")
            print(f"{margin:6.0%}  {discordance:11.0%} " + "  ".join(rates))
    return worst


def cases_to_decide(rng: np.random.Generator, runs: int, margin: float) -> None:
    """Equal candidates: mean cases until either verdict, and the power."""
    print(f"\nEqual candidates at margin {margin:.0%}: cases until a verdict, and what it is")
    print(
        "discordance   mean   median   adopted by 1,000   rejected   suite of 1,000: mean"
        "   fixed test for power 80 / 90 / 95 %"
    )
    threshold = log_threshold(ALPHA)
    for discordance in (0.0, 0.05, 0.10, 0.20):
        d = outcomes(rng, (runs, 4000), discordance, 0.0)
        paths = log_e_paths(d, margin=margin)
        up, down = (first_crossing(path, threshold) for path in paths)
        adopted = (up > 0) & ((down == 0) | (up < down))
        cases = np.where(adopted, up, np.where(down > 0, down, d.shape[1]))
        suite = shuffled_suites(rng, runs, 1000, discordance, 0.0)
        done = first_crossing(
            log_e_paths(suite, margin=margin, population=1000).noninferior, threshold
        )
        fixed = " / ".join(
            str(noninferiority_cases(discordance, margin=margin, power=p)) for p in (0.8, 0.9, 0.95)
        )
        print(
            f"{discordance:11.0%}   {cases.mean():4.0f}   {np.median(cases):6.0f}"
            f"   {(adopted & (up <= 1000)).mean():16.1%}   {((down > 0) & ~adopted).mean():8.2%}"
            f"   {done[done > 0].mean():20.0f}   {fixed}"
        )


def floors() -> None:
    """What equal outputs need at least, and what this e-process needs."""
    print("\nEqual outputs: cases needed at alpha 5 % (floor of any bettor / this e-process)")
    for margin in (0.02, 0.05, 0.10):
        cells = (
            f"K={k}: {floor_cases(margin, ALPHA, k)} / {equal_cases(margin, ALPHA, k)}"
            for k in (1, 5, 20)
        )
        print(f"margin {margin:4.0%}   " + "   ".join(cells))


def main() -> int:
    """Print every table; 1 where a false-adoption rate exceeds alpha."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000, help="simulated runs per cell")
    parser.add_argument("--seed", type=int, default=20_250_101)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    started = time.perf_counter()
    print(f"seed {options.seed}, {options.runs} runs per cell, alpha {ALPHA:.0%}")
    floors()
    traffic = false_adoptions(rng, options.runs)
    suite = false_adoptions_in_suites(rng, options.runs)
    ladder = _ladders.false_adoptions(rng, options.runs // 10)
    cases_to_decide(rng, options.runs // 2, 0.05)
    _complete_run.print_sizes(rng, options.runs // 5)
    _complete_run.print_coverage(rng, options.runs // 5)
    chance = 3 * (ALPHA * (1 - ALPHA) / (options.runs // 10)) ** 0.5  # three standard errors
    worst = max(traffic, suite)
    print(
        f"\nworst false-adoption rate of the e-process: {worst:.2%} (must stay below {ALPHA:.0%})"
    )
    print(f"{time.perf_counter() - started:.0f} s")
    return int(worst >= ALPHA or ladder > ALPHA + chance)


if __name__ == "__main__":
    sys.exit(main())
