"""How fast `llmopt tokens` counts, and that its memory hardly grows with the cases.

    python benchmarks/tokens.py [SMALL LARGE]

The whole process counts one variant over a CSV of short cases, at two sizes; start-up,
measured by the same command on one case, is taken off. Machines are noisy: read the
best of several runs, and the ratio of the memories.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def measure(cases: int) -> tuple[float, float]:
    """Return seconds and peak MiB of the whole process."""
    with tempfile.TemporaryDirectory() as name:
        write_project(Path(name), cases)
        command = [sys.executable, "-m", "llmopt", "tokens", "-m", "openai/gpt-4o", "--format"]
        started = time.perf_counter()
        child = subprocess.Popen([*command, "csv"], cwd=name, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"llmopt tokens ended with {child.returncode}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    sizes = [int(arg) for arg in sys.argv[1:]] or list(SIZES)
    start = min(measure(1)[0] for _ in range(REPEATS))
    peaks = []
    for cases in sizes:
        runs = [measure(cases) for _ in range(REPEATS)]
        rates = sorted((cases / (seconds - start) for seconds, _ in runs), reverse=True)
        peaks.append(max(peak for _, peak in runs))
        shown = ", ".join(f"{rate:,.0f}" for rate in rates)
        print(f"{cases:>9,} cases: {shown} prompts/s; peak {peaks[-1]:.0f} MiB")
    print(
        f"memory: {peaks[-1] / peaks[0]:.2f} times for {sizes[-1] / sizes[0]:.0f} times the cases"
    )


if __name__ == "__main__":
    main()
