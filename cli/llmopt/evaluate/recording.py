from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llmopt.domain import Trial
from llmopt.errors import StoreError, UsageError
from llmopt.evaluate.engine import Observer
from llmopt.providers.recorded import line


@contextmanager
def recording(path: Path | None, *, more: bool = False) -> Iterator[tuple[Observer, ...]]:
    """Open a recording and yield the observer that writes to it; none without a path.

    Trials that got no reply are left out: there is nothing to replay. What the file
    held is replaced when the first trial ends, so a run that cannot start costs no
    earlier recording; with `more` it is kept.

    Raises:
        UsageError: the file cannot be written; a StoreError where that shows during the run.
    """
    if path is None:
        yield ()
        return
    try:
        file = path.open("a", encoding="utf-8", buffering=1)
    except OSError as error:
        raise UsageError(
            f"cannot write the recording {path}: {error.strerror}",
            hint="name a file in a folder that exists and can be written",
        ) from error

    begun = more

    def observe(trial: Trial) -> None:
        nonlocal begun
        try:
            if not begun:
                file.truncate(0)
                begun = True
            if trial.final is not None:
                file.write(line(trial) + "\n")
        except OSError as error:
            raise StoreError(
                f"cannot write the recording {path}: {error.strerror}",
                hint="free some disk space; what is stored is intact",
            ) from error

    with file:
        yield (observe,)
