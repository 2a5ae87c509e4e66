import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.conftest import Project

from llmopt.api.project import load
from llmopt.decide.figures import Figures, figures
from llmopt.decide.judgement import Rule
from llmopt.decide.stopping import EvidenceRule
from llmopt.domain import Completion, Model, Price, Request, Run, Usage
from llmopt.evaluate.caching import CacheUse, caching
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.execution import Work, execute
from llmopt.evaluate.plan import Selection, make_plan
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.scoring import Scoring
from llmopt.prices.table import Pricer
from llmopt.store.runs import RunStore
from llmopt.store.tallies import RoleTotal
from llmopt.tokens.counting import counter_for

MODEL = Model("openai/small", "small", params={"temperature": 0}, price=Price(2.0, 10.0))


class Answering:
    async def complete(self, request: Request) -> Completion:
        tokens = len(request.messages[-1].content)
        return Completion("positive", Usage(tokens, 1), latency_ms=float(tokens))


def run_once(
    project: Project, name: str, use: CacheUse
) -> tuple[RoleTotal, tuple[Figures, ...], list[str]]:
    """Run the project's suite with the cache; return its totals, its figures, what was said."""
    plan = make_plan(load(project.root), (MODEL,), Selection())
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
    told: list[str] = []
    folder = project.root / ".llmopt"
    with (
        RunStore(folder / "runs.db") as store,
        caching(
            folder / "cache.db",
            plan.models,
            use,
            now=lambda: datetime(2026, 1, 31, 12, tzinfo=UTC),
            notice=told.append,
        ) as around,
    ):
        provider = around(Answering(), MODEL)
        work = Work(
            plan=plan,
            endpoints={MODEL.name: Endpoint(provider, counter_for(MODEL.identity), Pricer(MODEL))},
            scoring=Scoring(plan.suite),
            store=store,
            run_number=store.create(run),
            observers=(),
            concurrency=None,
            kept=Kept(),
            race=None,
            rule=EvidenceRule(Rule()),
        )
        asyncio.run(execute(work))
        return (
            store.of(run).totals()["generation"],
            figures(store.of(run).outcomes(), run.baselines),
            told,
        )


def test_a_cached_run_spends_nothing_and_finds_the_same_figures(project: Project) -> None:
    first, asked, _ = run_once(project, "first", CacheUse())
    second, from_cache, told = run_once(project, "second", CacheUse())
    assert (first.calls, first.cached) == (8, 0)
    assert first.cost is not None
    assert first.cost > 0
    assert second == first._replace(cost=0.0, cached=8)
    assert from_cache == asked  # cost and latency among them
    assert told == []


def test_a_run_with_a_damaged_cache_ends_as_if_there_was_none(project: Project) -> None:
    _, asked, _ = run_once(project, "first", CacheUse())
    (project.root / ".llmopt" / "cache.db").write_bytes(b"not a database" * 1000)
    total, found, told = run_once(project, "second", CacheUse())
    assert (total.cached, found) == (0, asked)
    assert len(told) == 1
    aside = Path(project.root / ".llmopt" / "cache.db.damaged-20260131-120000")
    assert aside.exists()
