"""Cached trials a second, beside the same trials answered from a dictionary.

    python benchmarks/cached.py [TRIALS]

Two variants on one priced model run through the engine, the scorers and the run store
of a fresh project, in one process; loading and planning are not counted. The
dictionary is the least that any cache could cost. Machines are noisy: read the ratio.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from _suite import write_suite

from llmopt.api.project import load
from llmopt.decide.judgement import Rule
from llmopt.decide.stopping import EvidenceRule
from llmopt.domain import Completion, Message, Model, Request, Run, Usage
from llmopt.evaluate.caching import CacheUse, caching
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.execution import Work, execute
from llmopt.evaluate.plan import Plan, Selection, make_plan
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.scoring import Scoring
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.store.cache import CACHE_FILE
from llmopt.store.runs import RunStore
from llmopt.tokens.counting import counter_for

MODEL = Model("openai/gpt-4o-mini", "openai/gpt-4o-mini")


class Dictionary:
    """Answers from memory; the first time, it makes the answer up."""

    def __init__(self) -> None:
        self._replies: dict[tuple[Message, ...], Completion] = {}

    async def complete(self, request: Request) -> Completion:
        found = self._replies.get(request.messages)
        if found is None:
            found = Completion("positive", Usage(40, 1), latency_ms=400.0, finish_reason="stop")
            self._replies[request.messages] = found
        return found


def a_plan(folder: Path, trials: int) -> Plan:
    """Write a project of so many trials and lay out its run."""
    write_suite(
        folder,
        (
            (f"r{n}", f"parcel number {n} came late and works fine", "positive")
            for n in range(trials // 2)
        ),
    )
    return make_plan(load(folder), (MODEL,), Selection())


def seconds(plan: Plan, provider: Provider, folder: Path, name: str) -> float:
    """Run the plan, kept under a name of its own; return how long it took."""
    run = Run(
        id=name,
        status="running",
        started_at="",
        finished_at=None,
        seed=0,
        candidates=tuple(planned.candidate for planned in plan.candidates),
        baselines=plan.baselines,
        snapshot={},
    )
    endpoint = Endpoint(provider, counter_for(MODEL.identity), Pricer(MODEL))
    with RunStore(folder / "runs.db") as store:
        work = Work(
            plan=plan,
            endpoints={MODEL.name: endpoint},
            scoring=Scoring(plan.suite),
            store=store,
            run_number=store.create(run),
            observers=(),
            concurrency=None,
            kept=Kept(),
            race=None,
            rule=EvidenceRule(Rule()),
        )
        started = time.perf_counter()
        asyncio.run(execute(work))
        return time.perf_counter() - started


def cached_seconds(plan: Plan, provider: Provider, folder: Path, name: str) -> float:
    """Run the plan with the response cache around the provider, opening and closing counted."""
    started = time.perf_counter()
    with caching(
        folder / CACHE_FILE,
        plan.models,
        CacheUse(),
        now=lambda: datetime.now(UTC),
        notice=print,
    ) as around:
        seconds(plan, around(provider, MODEL), folder, name)
    return time.perf_counter() - started


def main() -> None:
    """Measure a filling run, cached runs, and dictionary runs in turns."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = a_plan(folder, trials)
        dictionary = Dictionary()
        seconds(plan, dictionary, folder, "warm-up")
        filling = cached_seconds(plan, dictionary, folder, "filling")
        plain, cached = [], []
        for turn in range(3):
            plain.append(seconds(plan, dictionary, folder, f"plain-{turn}"))
            cached.append(cached_seconds(plan, dictionary, folder, f"cached-{turn}"))
    for label, taken in (
        ("dictionary", min(plain)),
        ("cached", min(cached)),
        ("filling the cache", filling),
    ):
        print(f"{label:<18} {trials / taken:>8,.0f} trials/s   {taken / min(plain):.2f} x")


if __name__ == "__main__":
    main()
