"""How a run is carried out, whatever it asks."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from llmopt.domain import Run
from llmopt.evaluate.caching import CacheUse
from llmopt.evaluate.engine import Observer
from llmopt.evaluate.plan import Plan
from llmopt.measure.forecast import Forecast


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run takes from the world around it; tests bring their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    seconds: Callable[[], float] = time.perf_counter
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = lambda: secrets.token_hex(2)


def _raise_interrupt(_: str) -> None:
    raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Manner:
    """How a run is carried out, whatever it asks.

    `concurrency` is trials at a time per model (None: as each model says). `cache` is None
    for the cache's own habits or, where a run goes on, for those that it began with. `on_plan`
    sees what is about to run before anything is sent, and `on_forecast` what that will
    cost, where a model is paid for; `observers` every trial as it
    finishes, `notice` what a person should know besides. `max_cost` is a limit in dollars
    that the run does not pass; one that it ends is partial, and can go on; `on_budget`
    learns in the end, however that came, what was spent of it. `leave` is called with
    the run's id when the user cannot wait for an interrupted run to stop.
    """

    concurrency: int | None = None
    max_cost: float | None = None
    cache: CacheUse | None = None
    observers: tuple[Observer, ...] = ()
    on_plan: Callable[[Plan], None] = lambda _: None
    on_forecast: Callable[[Forecast], None] | None = None
    on_budget: Callable[[Mapping[str, Any]], None] = lambda _: None
    notice: Callable[[str], None] = lambda _: None
    leave: Callable[[str], None] = _raise_interrupt
    outside: Outside = field(default_factory=Outside)

    @property
    def cache_use(self) -> CacheUse:
        """How the response cache is used."""
        return self.cache or CacheUse()

    def going_on(self, run: Run) -> Manner:
        """Return the manner in which a kept run goes on."""
        return replace(self, cache=self.cache or CacheUse(**run.snapshot.get("cache", {})))
