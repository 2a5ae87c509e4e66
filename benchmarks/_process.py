"""A command as a whole process: what it printed, how long it took, how much memory it held."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Measured(NamedTuple):
    """Wall seconds, peak resident memory, stdout."""

    seconds: float
    peak_mib: float
    said: str


def measured(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None
) -> Measured:
    """Run this Python with `arguments` in `folder`; end the benchmark if it fails.

    Python keeps compiled modules, as an installation has them, whatever the shell says.
    """
    env = {**os.environ, **(environ or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / "stdout.txt").open("w+") as out, (folder / "stderr.txt").open("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=env, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            sys.exit(f"ended with {process.returncode}: {err.read()}{out.read()[-2000:]}")
        unit = 1024**2 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB here
        return Measured(seconds, usage.ru_maxrss / unit, out.read())
