"""The plan of a run with its figures, without a call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llmopt.api.asked import Asked, prepared
from llmopt.api.manner import Manner
from llmopt.api.project import open_store, store_path
from llmopt.domain import Suite
from llmopt.evaluate.resuming import reconcile
from llmopt.measure.forecast import Forecast
from llmopt.store.cache import CACHE_FILE
from llmopt.store.runs import RunStore


def forecast(suite: Suite, asked: Asked, manner: Manner) -> Forecast:
    """Say what `evaluate` would ask and cost if it was asked the same. Nothing is written.

    Raises:
        UsageError: as `evaluate`.
    """
    made, cache = prepared(suite, asked), store_path(suite.root).with_name(CACHE_FILE)
    wishes = asked.wishes(manner, cache)
    with _there(suite) as store:
        return made.forecast(store, wishes, whole=True)


def forecast_resumed(
    suite: Suite, run_id: str, manner: Manner, *, retry_errors: bool = False
) -> Forecast:
    """Say what `resume` with the same arguments would still ask and cost.

    Raises:
        MissingError, UsageError: as `resume`.
    """
    with open_store(suite.root) as store:
        run = store.find(run_id)
        asked = Asked.of(run)
        made = prepared(suite, asked)
        wishes = asked.wishes(manner.going_on(run), store.path.with_name(CACHE_FILE))
        comparing = made.scoring.comparing(made.plan, {})
        kept = reconcile(made.plan, store, run, retry_errors=retry_errors, comparing=comparing)
        return made.forecast(store, wishes, kept=kept, whole=True)


@contextmanager
def _there(suite: Suite) -> Iterator[RunStore | None]:
    """Open the run store if there is one."""
    path = store_path(suite.root)
    if not path.exists():
        yield None
        return
    with RunStore(path) as store:
        yield store
