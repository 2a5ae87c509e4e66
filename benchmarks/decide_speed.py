"""How long a run's figures and verdicts take: 100 candidates × 10,000 cases in memory.

    python benchmarks/decide_speed.py [--candidates N] [--cases N] [--repeats N]

Columns as the store returns them, with scores of 0 and 1 and with graded ones. `open`
is the worst that can be asked: a run cut off halfway in which nothing is decided, so
that the remaining cases of every candidate are forecast too. The yardstick is the mean
that any table needs anyway: numpy's, of the same columns. Machines are noisy: each line
is the best of three, and the ratios say more than the seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from llmopt.decide.figures import figures
from llmopt.decide.judgement import Rule
from llmopt.decide.verdict import verdicts
from llmopt.domain import Candidate, Outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TARGET = 2.0  # seconds, for figures and verdicts of the default size
TRIES = 3


def tables(
    rng: np.random.Generator, candidates: int, cases: int, repeats: int, *, graded: bool
) -> list[Outcomes]:
    """Draw a run: every candidate agrees with the first on most cases."""
    n = cases * repeats
    case = np.repeat(np.arange(cases), repeats)
    base = rng.random(n) if graded else (rng.random(n) < 0.85).astype(float)
    made = []
    for number in range(candidates):
        other = rng.random(n) if graded else (rng.random(n) < 0.85).astype(float)
        score = np.where(rng.random(n) < 0.1, other, base) if number else base
        made.append(
            Outcomes(
                Candidate("p", f"v{number}", "acme/small"),
                case=_ints(case),
                group=_ints(case),
                repeat=_ints(np.tile(np.arange(repeats), cases)),
                score=_floats(score),
                input_tokens=_floats(rng.integers(50, 90, n) + 100.0 - number / 2),
                output_tokens=_floats(rng.integers(1, 9, n)),
                cost=_floats(rng.uniform(1, 2, n) * (2 - number / candidates)),
                latency_ms=_floats(rng.uniform(200, 900, n)),
                estimated=_ints(np.zeros(n)),
                cut=_ints(np.zeros(n)),
            )
        )
    return made


def _ints(column: np.ndarray) -> array[int]:
    return array("q", column.astype(np.int64).tobytes())


def _floats(column: np.ndarray) -> array[float]:
    return array("d", column.astype(np.float64).tobytes())


def means(run: Sequence[Outcomes]) -> None:
    """Do what the yardstick is: the mean of every column of figures."""
    for table in run:
        for column in ("score", "input_tokens", "output_tokens", "cost", "latency_ms"):
            np.frombuffer(getattr(table, column), dtype=np.float64).mean()


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of a few tries."""
    taken = []
    for _ in range(TRIES):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def measure(name: str, run: Sequence[Outcomes], cases: int) -> float:
    """Print a line per kind of verdict; return the slowest total in seconds."""
    baselines = {"p": run[0].candidate}
    mean = best(lambda: means(run))
    alone = best(lambda: figures(run, baselines))
    found = {one.candidate: one for one in figures(run, baselines)}
    slowest = 0.0
    half = 2 * cases
    for way, rule, anytime, total in (
        ("complete, traffic", Rule(), False, cases),
        ("anytime, traffic", Rule(), True, cases),
        ("anytime, suite", Rule(target="suite"), True, cases),
        ("open, traffic", Rule(margin=0), True, half),
        ("open, suite", Rule(margin=0, target="suite"), True, half),
    ):
        judge = partial(
            verdicts, run, found, baselines, rule=rule, cases_total={"p": total}, anytime=anytime
        )
        seconds = best(judge)
        slowest = max(slowest, alone + seconds)
        print(
            f"{name:7s} {way:18s} {alone:8.2f} {seconds:9.2f} {alone + seconds:8.2f}"
            f" {mean * 1000:9.1f} {(alone + seconds) / mean:8.0f}"
        )
    return slowest


def main() -> int:
    """Print every line; 1 where the default size takes longer than the target."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=100)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--seed", type=int, default=20_250_103)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    print(
        f"{options.candidates} candidates × {options.cases:,} cases × {options.repeats},"
        f" seed {options.seed}"
    )
    print("scores  verdicts           figures s  verdicts s  both s  means ms    ratio")
    slowest = 0.0
    for graded in (False, True):
        run = tables(rng, options.candidates, options.cases, options.repeats, graded=graded)
        slowest = max(slowest, measure("graded" if graded else "0 and 1", run, options.cases))
    print(f"slowest: {slowest:.2f} s (aim: below {TARGET:.0f} s)")
    return int(slowest >= TARGET)


if __name__ == "__main__":
    sys.exit(main())
