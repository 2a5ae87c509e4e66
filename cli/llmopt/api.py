"""The library: what the commands call, and what `import llmopt` offers."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmopt.decide.judgement import Rule
from llmopt.decide.result import Result, judge
from llmopt.decide.stopping import EvidenceRule
from llmopt.domain import Model, Run, RunStatus, Suite
from llmopt.errors import InputError, InterruptedRun, MissingError
from llmopt.evaluate.engine import Observer
from llmopt.evaluate.execution import Work, execute
from llmopt.evaluate.models import resolve_models
from llmopt.evaluate.plan import Plan, Selection, make_plan
from llmopt.evaluate.scoring import Scoring
from llmopt.evaluate.sequential import UntilDecided
from llmopt.evaluate.snapshot import snapshot
from llmopt.evaluate.trial import Endpoint
from llmopt.files.loading import Loaded, find_root
from llmopt.files.loading import load as load_files
from llmopt.prices.table import Pricer
from llmopt.providers import registry
from llmopt.store.runs import RunStore
from llmopt.tokens.counting import counter_for

if TYPE_CHECKING:
    import pandas as pd

STORE_FILE = "runs.db"


@dataclass(frozen=True, slots=True)
class Outside:
    """What a run takes from the world around it; tests bring their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    seconds: Callable[[], float] = time.perf_counter
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = lambda: secrets.token_hex(2)


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """A finished run: its result, and a way to its single trials."""

    result: Result
    store_path: Path

    @property
    def id(self) -> str:
        return self.result.run.id

    def to_frame(self) -> pd.DataFrame:
        """Return one row per trial: its candidate, case, score, reply, tokens, dollars, ms."""
        import pandas as pd

        with RunStore(self.store_path) as store:
            names, rows = store.table(self.result.run)
            return pd.DataFrame(rows, columns=names)


def check(start: Path | str = ".", *, config: Path | None = None) -> Loaded:
    """Read a project's files; return its suite and every problem found in them."""
    return load_files(Path(start), config=config)


def load(start: Path | str = ".", *, config: Path | None = None) -> Suite:
    """Read the project that `start` lies in.

    Raises:
        InputError: all errors in all files, with their places.
    """
    return sound(check(start, config=config))


def sound(loaded: Loaded) -> Suite:
    """Return the suite of files without errors.

    Raises:
        InputError: there are errors; warnings alone do not raise.
    """
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    return loaded.suite


def store_path(root: Path) -> Path:
    """Return where a project's runs are kept."""
    return Path(os.environ.get("LLMOPT_HOME") or root / ".llmopt") / STORE_FILE


def evaluate(
    suite: Suite,
    *,
    models: Sequence[str] = (),
    selection: Selection | None = None,
    rule: Rule | None = None,
    until_decided: UntilDecided | None = None,
    concurrency: int | None = None,
    observers: Sequence[Observer] = (),
    on_plan: Callable[[Plan], None] | None = None,
    outside: Outside | None = None,
) -> EvaluatedRun:
    """Run the suite's A/B evaluation and keep it in the project's store.

    `rule` says what the verdicts must show; `until_decided` spends no more calls than
    they need. `on_plan` sees what is about to run before anything is sent;
    `observers` see every trial as it finishes.

    Raises:
        UsageError: models, prompts or variants that do not exist, or nothing to run.
        MissingError: a model's key is not in the environment.
        StoreError: the store cannot be written.
        InterruptedRun: the user stopped it; what was finished is kept.
    """
    outside, rule = outside or Outside(), rule or Rule()
    resolved = resolve_models(suite, models, folder=Path.cwd())
    plan = make_plan(suite, resolved, selection or Selection())
    scoring = Scoring(suite)
    scoring.prepare(plan)
    endpoints = {model.name: _endpoint(model, outside) for model in plan.models}
    race = until_decided.order(plan, endpoints) if until_decided else None
    if on_plan:
        on_plan(plan)
    path = store_path(suite.root)
    with RunStore(path) as store:
        run = _new_run(plan, rule, outside, until_decided=until_decided is not None)
        work = Work(
            plan=plan,
            endpoints=endpoints,
            scoring=scoring,
            store=store,
            run_number=store.create(run),
            observers=tuple(observers),
            concurrency=concurrency,
            race=race,
            rule=EvidenceRule(rule),
        )
        status: RunStatus = "partial"
        try:
            _run_to_end(execute(work))
            status = "complete"
        except KeyboardInterrupt:
            raise InterruptedRun(run.id) from None
        finally:
            store.finish(run.id, status, _iso(outside.now()))
        return EvaluatedRun(judge(store, store.find(run.id)), path)


def open_store(start: Path | str = ".") -> RunStore:
    """Open the run store of the project that `start` lies in.

    Raises:
        MissingError: nothing was ever run here.
        StoreError: the store cannot be read.
    """
    path = store_path(find_root(Path(start))[0])
    if not path.exists():
        raise MissingError(f"no runs are kept here ({path})", hint="`llmopt eval` makes the first")
    return RunStore(path)


def _endpoint(model: Model, outside: Outside) -> Endpoint:
    return Endpoint(
        provider=registry.build(model, environ=outside.environ, clock=outside.seconds),
        counter=counter_for(model.identity),
        pricer=Pricer(model),
    )


def _new_run(plan: Plan, rule: Rule, outside: Outside, *, until_decided: bool) -> Run:
    now = outside.now()
    return Run(
        id=f"{now:%Y%m%d-%H%M%S}-{outside.token()}",
        status="running",
        started_at=_iso(now),
        finished_at=None,
        seed=plan.selection.seed,
        candidates=tuple(planned.candidate for planned in plan.candidates),
        baselines=plan.baselines,
        snapshot={**snapshot(plan), "rule": asdict(rule), "until_decided": until_decided},
    )


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
