"""Memory of `llmopt eval` on an endpoint that answers at once, at two sizes.

    python benchmarks/endpoint_memory.py [SMALL LARGE]

The server is that of `endpoint.py`, without its latency; each size is one process of
`llmopt eval` on the OpenAI SDK, with the response cache that a temperature of 0 has.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _process import Measured, measured
from endpoint import CONCURRENCY, KEYS, check_answered, serving, write_project


def measure(calls: int) -> Measured:
    """Run an evaluation of so many calls."""
    with serving(latency=0.0) as port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_project(folder, "openai", port, calls)
        with (folder / "llmopt.yaml").open("a") as config:
            config.write("    params: {temperature: 0}\n")
        command = ["-m", "llmopt", "eval", "-q", "--format", "json"]
        run = measured([*command, "--concurrency", str(CONCURRENCY)], folder, KEYS)
        check_answered(run, calls)
    return run


def main() -> None:
    """Measure two sizes and print the ratio of their peaks."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [10_000, 100_000]
    print(f"{'calls':>8}  {'total s':>8}  {'calls/s':>8}  {'peak MiB':>9}")
    peaks: list[float] = []
    for calls in sizes:
        run = measure(calls)
        peaks.append(run.peak_mib)
        rate = calls / run.seconds
        print(f"{calls:>8,}  {run.seconds:>8.1f}  {rate:>8,.0f}  {run.peak_mib:>9.1f}")
    print(f"peak memory, largest against smallest: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
