"""After a complete run: which tests keep 5 % at the boundary, which intervals cover?"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from llmopt.stats.graded import graded_z
from llmopt.stats.resampling import bootstrap_mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

ALPHA = 0.05
RESAMPLES = 999
LIMIT = NormalDist().inv_cdf(1 - ALPHA)


def _losses_only(rng: np.random.Generator, shape: tuple[int, int], margin: float) -> Floats:
    return np.where(rng.random(shape) < margin, -1.0, 0.0)


def _discordance_10(rng: np.random.Generator, shape: tuple[int, int], margin: float) -> Floats:
    draw = rng.random(shape)
    lost = (0.1 + margin) / 2
    return np.where(draw < lost, -1.0, np.where(draw < 0.1, 1.0, 0.0))


def _partial_losses(rng: np.random.Generator, shape: tuple[int, int], margin: float) -> Floats:
    return np.where(rng.random(shape) < 2 * margin, -rng.random(shape), 0.0)


def _noise(rng: np.random.Generator, shape: tuple[int, int], margin: float) -> Floats:
    return np.clip(rng.normal(-margin, 0.15, shape), -1.0, 1.0)


def _small_gains(rng: np.random.Generator, shape: tuple[int, int], margin: float) -> Floats:
    """A little better almost always, and wholly wrong now and then."""
    return np.where(rng.random(shape) < (margin + 0.05) / 1.05, -1.0, 0.05)


SCORES: dict[str, Callable[[np.random.Generator, tuple[int, int], float], Floats]] = {
    "losses only": _losses_only,
    "discordance 10 %": _discordance_10,
    "partial losses": _partial_losses,
    "noise": _noise,
    "small gains, rare loss": _small_gains,
}


def _score_test(d: Floats, margin: float) -> Floats:
    return np.array([graded_z(row, difference=-margin) > LIMIT for row in d])


def _z_test(d: Floats, margin: float) -> Floats:
    error = d.std(axis=1, ddof=1) / np.sqrt(d.shape[1])
    with np.errstate(divide="ignore"):
        return np.asarray((d.mean(axis=1) + margin) / error > LIMIT)


def _percentile_bootstrap(d: Floats, margin: float, rng: np.random.Generator) -> Floats:
    n = d.shape[1]
    times = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return np.asarray(np.quantile(d @ times.T / n, ALPHA, axis=1) > -margin + 1e-12)


def _sign_flip(d: Floats, margin: float, rng: np.random.Generator) -> Floats:
    shifted = d + margin
    signs = rng.choice((-1.0, 1.0), size=(RESAMPLES, d.shape[1]))
    extreme = (shifted @ signs.T >= shifted.sum(axis=1)[:, None] - 1e-9).sum(axis=1)
    return np.asarray((1 + extreme) / (RESAMPLES + 1) <= ALPHA)


def print_sizes(rng: np.random.Generator, runs: int) -> None:
    """False adoptions of four tests, true mean exactly -margin, one look."""
    print("\nFalse adoptions after one look at a complete run, %")
    print("margin     n   scores                   score test   z test   bootstrap   sign flip")
    for margin in (0.02, 0.05):
        for n in (50, 200):
            for name, draw in SCORES.items():
                d = draw(rng, (runs, n), margin)
                rates = (
                    _score_test(d, margin).mean(),
                    _z_test(d, margin).mean(),
                    _percentile_bootstrap(d, margin, rng).mean(),
                    _sign_flip(d, margin, rng).mean(),
                )
                cells = "  ".join(f"{rate:9.1%}" for rate in rates)
                print(f"{margin:6.0%}  {n:4d}   {name:22s}   {cells}")


COSTS: dict[str, tuple[Callable[[np.random.Generator, int], Floats], float]] = {
    "normal": (lambda rng, n: rng.normal(1.0, 1.0, n), 1.0),
    "lognormal": (lambda rng, n: rng.lognormal(0.0, 1.0, n), float(np.exp(0.5))),
    "token counts": (
        lambda rng, n: np.round(rng.normal(0.0, 5.0, n) - rng.gamma(2.0, 20.0, n)),
        -40.0,
    ),
}


def print_coverage(rng: np.random.Generator, runs: int) -> None:
    """Misses of the bootstrap interval of a mean, beside the plain percentile one."""
    print("\nMisses of 95 % bootstrap intervals, above / below the true mean, %")
    print("values            n   bootstrap_mean_interval   percentile")
    for name, (draw, mean) in COSTS.items():
        for n in (20, 50, 200):
            samples = [draw(rng, n) for _ in range(runs)]
            ours = [bootstrap_mean_interval(s.tolist(), seed=i) for i, s in enumerate(samples)]
            ends = np.array([interval or (-np.inf, np.inf) for interval in ours])
            times = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
            plain = np.quantile(np.array(samples) @ times.T / n, [0.025, 0.975], axis=1).T
            cells = "   ".join(
                f"{np.mean(e[:, 0] > mean):12.1%} / {np.mean(e[:, 1] < mean):.1%}"
                for e in (ends, plain)
            )
            print(f"{name:14s} {n:4d}   {cells}")
