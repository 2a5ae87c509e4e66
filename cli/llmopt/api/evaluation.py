"""Evaluations, from what was asked to what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmopt.api.asked import Asked, Prepared, prepared
from llmopt.api.endpoints import Endpoints
from llmopt.api.interrupts import on_interrupt
from llmopt.api.manner import Manner
from llmopt.api.project import open_store, store_path
from llmopt.decide.judgement import Rule
from llmopt.decide.result import Result, judge
from llmopt.decide.stopping import EvidenceRule
from llmopt.domain import Candidate, Run, RunStatus, Suite
from llmopt.errors import InterruptedRun, StoreError, resume_command
from llmopt.evaluate.brake import GRACE_SECONDS, Brake
from llmopt.evaluate.caching import caching
from llmopt.evaluate.execution import Work, execute
from llmopt.evaluate.guard import Guard
from llmopt.evaluate.judges import check_judges, judge_cache
from llmopt.evaluate.plan import Selection
from llmopt.evaluate.resuming import Kept, reconcile
from llmopt.evaluate.sequential import UntilDecided
from llmopt.evaluate.snapshot import snapshot
from llmopt.providers import registry
from llmopt.store.cache import CACHE_FILE
from llmopt.store.running import under_way
from llmopt.store.runs import RunStore

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """A finished run: its result, and a way to its single trials.

    `kept` is False where somebody took the store away while it ran: then there is no way.
    """

    result: Result
    store_path: Path
    kept: bool = True

    @property
    def id(self) -> str:
        return self.result.run.id

    @property
    def ended_by_budget(self) -> bool:
        """Whether `max_cost` ended it before its plan was done."""
        budget = self.result.run.snapshot.get("budget")
        return bool(budget and budget["ended"])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per trial: its candidate, case, score, reply, tokens, dollars, ms."""
        import pandas as pd

        with RunStore(self.store_path) as store:
            names, rows = store.of(self.result.run).table()
            return pd.DataFrame(rows, columns=names)


def evaluate(
    suite: Suite,
    *,
    models: Sequence[str] = (),
    selection: Selection | None = None,
    rule: Rule | None = None,
    until_decided: UntilDecided | None = None,
    manner: Manner | None = None,
) -> EvaluatedRun:
    """Run the suite's A/B evaluation and keep it in the project's store.

    `selection` says which part of the suite, `rule` what the verdicts must show;
    `until_decided` spends no more calls than they need.

    Raises:
        UsageError: models, prompts or variants that do not exist, or nothing to run.
        MissingError: a model's key is not in the environment.
        StoreError: the store cannot be written.
        InterruptedRun: the user stopped it; what was finished is kept.
    """
    names = (models,) if isinstance(models, str) else tuple(models)
    asked = Asked(names, selection or Selection(), rule or Rule(), until_decided)
    manner = manner or Manner()
    path, now = store_path(suite.root), manner.outside.now
    with RunStore.fit_for_writing(path, now=now, notice=manner.notice) as store:
        return _Session(suite, asked, manner).start(store)


def resume(
    suite: Suite,
    run_id: str = "latest",
    *,
    retry_errors: bool = False,
    manner: Manner | None = None,
) -> EvaluatedRun:
    """Go on with a run that was interrupted, on the models and cases it was started with.

    No trial that still holds is asked again; `retry_errors` asks again those that
    failed. Evidence continues exactly: it is read from the same trials in the same
    order. Raises as `evaluate`, and:

    Raises:
        MissingError: there is no such run.
        UnderWayError: another process runs it.
        UsageError: the suite's variants or models have changed since.
    """
    with open_store(suite.root) as store:
        run = store.find(run_id)
        session = _Session(suite, Asked.of(run), (manner or Manner()).going_on(run))
        return session.go_on(store, run, retry_errors=retry_errors)


def explained(run: EvaluatedRun) -> EvaluatedRun:
    """Return the run with the details of its verdicts worked out; as it is if it is not kept."""
    if not run.kept:
        return run
    with RunStore(run.store_path) as store:
        return replace(run, result=judge(store, run.result.run, explain=True))


@dataclass(frozen=True, slots=True)
class _Session:
    """One evaluation from what was asked to its result."""

    suite: Suite
    asked: Asked
    manner: Manner

    def start(self, store: RunStore) -> EvaluatedRun:
        made = prepared(self.suite, self.asked)
        plan = made.plan
        now = self.manner.outside.now()
        run = Run(
            id=f"{now:%Y%m%d-%H%M%S}-{self.manner.outside.token()}",
            status="running",
            started_at=_iso(now),
            finished_at=None,
            seed=plan.selection.seed,
            candidates=tuple(planned.candidate for planned in plan.candidates),
            baselines=plan.baselines,
            snapshot={
                **snapshot(
                    plan,
                    judges=made.judges.values(),
                    warnings=(*made.warnings, *made.scoring.notes(plan)),
                ),
                **self.asked.as_record(),
                "cache": asdict(self.manner.cache_use),
            },
        )
        return self._finish(made, store, run, kept=Kept(), begin=lambda: store.create(run))

    def go_on(self, store: RunStore, run: Run, *, retry_errors: bool) -> EvaluatedRun:
        made = prepared(self.suite, self.asked)
        check_judges(made.judges.values(), run)
        comparing = made.scoring.comparing(made.plan, {})
        kept = reconcile(made.plan, store, run, retry_errors=retry_errors, comparing=comparing)
        return self._finish(
            made,
            store,
            run,
            kept=kept,
            begin=lambda: store.reopen(run, kept.stale, kept.replies, kept.moved),
        )

    def _finish(
        self,
        made: Prepared,
        store: RunStore,
        run: Run,
        *,
        kept: Kept,
        begin: Callable[[], int],
    ) -> EvaluatedRun:
        plan = made.plan
        manner, until = self.manner, self.asked.until_decided
        for warning in made.warnings:
            manner.notice(warning)
        with (
            under_way(store.path, run.id),
            caching(
                store.path.with_name(CACHE_FILE),
                (*plan.models, *made.judges.values()),
                manner.cache_use,
                now=manner.outside.now,
                notice=manner.notice,
            ) as cached,
        ):
            guard = Guard(manner.max_cost)
            outside = manner.outside
            made_of = Endpoints(
                outside.environ, outside.seconds, manner.concurrency, cached, guard, manner.notice
            )
            endpoints = made_of.of(plan.models)
            judging = made_of.judging(made.judges, judge_cache(manner.cache_use, anew=kept.retries))
            guard.check(plan, tuple(made.judges.values()))
            race = until.order(plan, endpoints) if until else None
            manner.on_plan(plan)
            self._announce(made, store, kept)
            work = Work(
                plan=plan,
                endpoints=endpoints,
                scoring=made.scoring,
                store=store,
                run_number=begin(),
                observers=manner.observers,
                concurrency=manner.concurrency,
                kept=kept,
                race=race,
                rule=EvidenceRule(self.asked.rule),
                perturbed=(lambda: _worth_keeping(store, run)) if until else None,
                brake=guard.brake,
                judging=judging if made.judges else None,
            )
            status = self._carry_out(work, run, guard, made_of)
        if status == "partial" and guard.brake.reason == "interrupt":
            raise InterruptedRun(run.id)
        result = judge(store, store.find(run.id))
        return EvaluatedRun(result, store.path, kept=store.holds(run.id))

    def _carry_out(self, work: Work, run: Run, guard: Guard, made_of: Endpoints) -> RunStatus:
        """Do the work and keep how it ended, whatever ended it.

        Raises:
            InterruptedRun: the user did not wait for it to stop.
            StoreError: the store, or the recording, cannot be written.
        """
        status: RunStatus = "partial"
        try:
            with on_interrupt(lambda: self._stop(guard.brake), lambda: self.manner.leave(run.id)):
                _run_to_end(execute(work))
            status = "partial" if guard.brake.cut else "complete"
        except KeyboardInterrupt:
            raise InterruptedRun(run.id) from None
        except StoreError as error:
            again = f"go on with: {resume_command(run.id)}"
            raise StoreError(error.message, hint=f"{error.hint}; {again}") from error
        finally:
            budget = guard.record()
            if budget is not None:
                self.manner.on_budget(budget)
            retries = {name: one.retries for name, one in made_of.paced.items()}
            work.store.finish(
                run.id,
                status,
                _iso(self.manner.outside.now()),
                retries={name: asdict(one) for name, one in retries.items() if one.total},
                budget=budget,
            )
        return status

    def _announce(self, made: Prepared, store: RunStore, kept: Kept) -> None:
        """Say what a run will cost, where it may cost anything."""
        tell, judges = self.manner.on_forecast, tuple(made.judges.values())
        if tell is None or all(map(registry.is_local, (*made.plan.models, *judges))):
            return
        wishes = self.asked.wishes(self.manner, store.path.with_name(CACHE_FILE))
        tell(made.forecast(store, wishes, kept=kept, whole=False))

    def _stop(self, brake: Brake) -> None:
        brake.interrupt()
        self.manner.notice(
            f"stopping: answers under way have {GRACE_SECONDS:.0f} s; Ctrl-C again leaves at once"
        )


def _worth_keeping(store: RunStore, run: Run) -> dict[Candidate, frozenset[int]]:
    """Return the cases that were asked of the candidates adopted so far, and of their baselines."""
    asked = {table.candidate: frozenset(table.case) for table in store.of(run).outcomes()}
    cases: dict[Candidate, frozenset[int]] = {}
    for candidate, verdict in judge(store, run).verdicts.items():
        if verdict.decision == "adopt":
            for one in (candidate, verdict.baseline):
                cases[one] = cases.get(one, frozenset()) | asked[candidate]
    return cases


def _run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine, in a thread of its own where an event loop runs already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
    else:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, work).result()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
