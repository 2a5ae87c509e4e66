from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Literal

from llmopt.domain import Call, Trial
from llmopt.store import rows
from llmopt.store.runs import RunStore

_Item = tuple[Literal["call", "trial"], rows.Row] | None
"""A row on its way, or the end."""

QUEUE_SIZE = 1000
"""Rows that may wait; past that, trials wait for the disk and memory stays flat."""


class RunWriter:
    """Feeds one run's rows to the store from a thread of its own, in batches.

    A batch is whatever arrived while the one before was written: single rows on a
    slow endpoint, hundreds in a replay. When the disk fails, the next row raises
    StoreError (and any other failure as it is), and whoever produces rows stops.
    Enter with `writing`.
    """

    def __init__(self, store: RunStore, run_number: int) -> None:
        self._store = store
        self._run = run_number
        self._queue: asyncio.Queue[_Item] = asyncio.Queue(QUEUE_SIZE)
        self._failure: Exception | None = None

    async def call(self, trial: int, seq: int, call: Call, fingerprint: int) -> None:
        """Keep a call; it is paid for, so this happens before anything judges it.

        `fingerprint` is that of its trial.
        """
        await self._put(("call", rows.call_row(self._run, trial, seq, call, fingerprint)))

    async def trial(self, trial: Trial) -> None:
        """Keep a finished trial."""
        await self._put(("trial", rows.trial_row(self._run, trial)))

    async def _put(self, item: _Item) -> None:
        if self._failure:
            raise self._failure
        await self._queue.put(item)

    async def drain(self) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="llmopt-store") as thread:
            closing = False
            while not closing:
                batch = [await self._queue.get()]
                while not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                closing = batch[-1] is None
                if self._failure is None:  # else only make room, so that nobody waits for ever
                    try:
                        await loop.run_in_executor(thread, self._write, batch)
                    except Exception as error:  # noqa: BLE001 - raised where rows come from
                        self._failure = error

    def _write(self, batch: list[_Item]) -> None:
        items = [item for item in batch if item is not None]
        self._store.write(
            calls=[row for kind, row in items if kind == "call"],
            trials=[row for kind, row in items if kind == "trial"],
        )

    async def close(self, draining: asyncio.Task[None]) -> None:
        await self._queue.put(None)
        await draining
        if self._failure:
            raise self._failure


@asynccontextmanager
async def writing(store: RunStore, run_number: int) -> AsyncIterator[RunWriter]:
    """Run a writer beside the body; leaving, however, waits until every row is on disk.

    Raises:
        StoreError: the store cannot be written; what was written before stays.
    """
    writer = RunWriter(store, run_number)
    draining = asyncio.create_task(writer.drain())
    try:
        yield writer
    finally:
        await writer.close(draining)
