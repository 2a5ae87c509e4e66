"""Replay speed and memory: recorded trials a second, peak memory at two sizes.

    python benchmarks/replay.py [SMALL LARGE]

Each size runs as a whole process of its own (`llmopt eval` on a CSV of cases and a
recording of two variants). Start-up is measured apart, by the same command on one
case, and taken off. Machines are noisy: read the ratios.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

from _process import Measured, measured
from _suite import write_suite

LABELS = ("positive", "negative", "neutral")
WORDS = [
    "the",
    "a",
    "parcel",
    "screen",
    "battery",
    "arrived",
    "late",
    "works",
    "broke",
    "loved",
    "hated",
    "fine",
    "again",
    "never",
]


def write_project(folder: Path, trials: int) -> None:
    """Write a project whose two variants have `trials` recorded trials together."""
    draw = random.Random(trials)  # noqa: S311 - sample data
    rows = [
        (f"r{n}", " ".join(draw.choices(WORDS, k=20)), draw.choice(LABELS))
        for n in range(trials // 2)
    ]
    write_suite(folder, rows)
    with (folder / "past.jsonl").open("w") as past:
        for case, _, label in rows:
            for variant, tokens in (("verbose", 52), ("concise", 31)):
                line = {
                    "prompt": "reviews",
                    "variant": variant,
                    "model": "acme/small",
                    "case": case,
                    "repeat": 0,
                    "response": label if draw.random() < 0.9 else draw.choice(LABELS),
                    "score": None,
                    "input_tokens": tokens,
                    "output_tokens": 1,
                    "cached_input_tokens": 0,
                    "cost": tokens * 2.5e-7,
                    "latency_ms": draw.uniform(200, 900),
                }
                past.write(json.dumps(line) + "\n")


def measure(folder: Path, *flags: str) -> Measured:
    """Run the evaluation in a process of its own."""
    return measured(["-m", "llmopt", "eval", "-m", "recorded/past.jsonl", "-q", *flags], folder)


def main() -> None:
    """Measure two sizes and print the ratios."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [10_000, 100_000]
    print(f"{'trials':>8}  {'start-up s':>10}  {'total s':>8}  {'trials/s':>9}  {'peak MiB':>9}")
    peaks: list[float] = []
    for trials in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_project(folder, trials)
            start = measure(folder, "--limit", "1")
            whole = measure(folder)
        rate = (trials - 2) / (whole.seconds - start.seconds)
        peaks.append(whole.peak_mib)
        print(
            f"{trials:>8,}  {start.seconds:>10.2f}  {whole.seconds:>8.2f}  {rate:>9,.0f}"
            f"  {whole.peak_mib:>9.1f}"
        )
    print(f"peak memory, largest against smallest: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
