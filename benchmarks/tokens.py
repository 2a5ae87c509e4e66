"""How fast `llmopt tokens` counts, and that its memory hardly grows with the cases.

    python benchmarks/tokens.py [SMALL LARGE]

The whole process counts one variant over a CSV of short cases, at two sizes; start-up,
measured by the same command on one case, is taken off. Machines are noisy: read the
best of several runs, and the ratio of the memories.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _process import Measured, measured

SIZES = 20_000, 200_000
REPEATS = 3


def write_project(folder: Path, cases: int) -> None:
    """Write a prompt of one variant and as many short cases."""
    for name in ("prompts", "testcases"):
        (folder / name).mkdir()
    (folder / "prompts" / "mood.yaml").write_text(
        "prompt: mood\nvariants:\n"
        "  short: {user: 'Say whether this is positive, negative or neutral: {{ text }}'}\n"
    )
    rows = "".join(
        f"c{n},I like day {n} of the trip to place {n * 7919 % 1000}\n" for n in range(cases)
    )
    (folder / "testcases" / "rows.csv").write_text("id,text\n" + rows)
    (folder / "testcases" / "mood.yaml").write_text(
        "prompt: mood\nscore: {length: {max_words: 1}}\n"
        "data: [{file: rows.csv, id: id, vars: {text: text}}]\n"
    )


def measure(cases: int) -> Measured:
    """Count so many cases in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        write_project(Path(name), cases)
        command = ["-m", "llmopt", "tokens", "-m", "openai/gpt-4o", "--format", "csv"]
        return measured(command, Path(name))


def main() -> None:
    """Measure and print."""
    sizes = [int(arg) for arg in sys.argv[1:]] or list(SIZES)
    start = min(measure(1).seconds for _ in range(REPEATS))
    peaks = []
    for cases in sizes:
        runs = [measure(cases) for _ in range(REPEATS)]
        rates = sorted((cases / (run.seconds - start) for run in runs), reverse=True)
        peaks.append(max(run.peak_mib for run in runs))
        shown = ", ".join(f"{rate:,.0f}" for rate in rates)
        print(f"{cases:>9,} cases: {shown} prompts/s; peak {peaks[-1]:.0f} MiB")
    print(
        f"memory: {peaks[-1] / peaks[0]:.2f} times for {sizes[-1] / sizes[0]:.0f} times the cases"
    )


if __name__ == "__main__":
    main()
