from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from llmopt.evaluate.brake import Brake
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.engine import Cases, Observer, Pool, run_grid, run_perturbed
from llmopt.evaluate.judging import Judging
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.scoring import Scoring
from llmopt.evaluate.sequential import Race, StoppingRule, run_until_decided
from llmopt.evaluate.trial import TrialRunner
from llmopt.store.runs import RunStore
from llmopt.store.writer import writing
from llmopt.strategies.single import Single


@dataclass(frozen=True, slots=True)
class Work:
    """A plan with all that its trials need.

    With a `race`, `rule` says when it ends; without one every trial is run.
    `perturbed` is asked, once all other trials are stored, which candidates take which
    cases perturbed too; None: every one takes all.
    `judging` is there where scorers ask models.
    """

    plan: Plan
    endpoints: Mapping[str, Endpoint]
    scoring: Scoring
    store: RunStore
    run_number: int
    observers: tuple[Observer, ...]
    concurrency: int | None
    kept: Kept
    race: Race | None
    rule: StoppingRule
    perturbed: Callable[[], Cases] | None = None
    brake: Brake = field(default_factory=Brake)
    judging: Judging | None = None

    @property
    def asked(self) -> tuple[Endpoint, ...]:
        """Every model that is asked, candidates first."""
        return (*self.endpoints.values(), *(self.judging.endpoints if self.judging else ()))


async def execute(work: Work) -> None:
    """Run the plan's trials, storing each as it finishes, until the brake is pulled.

    Raises:
        StoreError: the store cannot be written; what was written before stays.
    """
    async with AsyncExitStack() as stack:
        for endpoint in work.asked:
            if close := getattr(endpoint.provider, "aclose", None):
                stack.push_async_callback(close)
        for endpoint in work.asked:
            if endpoint.counts_ahead:
                endpoint.counter.text("")  # loads its vocabulary: not while a latency is measured
            if prepare := getattr(endpoint.provider, "open", None):
                prepare()  # imports its SDK: not while another model's latency is measured
        async with _pool(work) as pool:
            await work.brake.run(
                run_until_decided(work.plan, pool, work.rule, work.race)
                if work.race
                else run_grid(work.plan, pool)
            )
        if work.plan.twins and not work.brake.cut:
            cases = work.perturbed() if work.perturbed else None
            async with _pool(work) as pool:
                await work.brake.run(run_perturbed(work.plan, pool, cases))


@asynccontextmanager
async def _pool(work: Work) -> AsyncIterator[Pool]:
    """Open a pool; leaving it waits until all its trials are stored."""
    async with writing(work.store, work.run_number) as writer:
        runner = TrialRunner(
            endpoints=work.endpoints,
            strategy=Single(),
            scorer_of=work.scoring.of,
            writer=writer,
            judging=work.judging,
            replies=work.kept.replies,
        )
        yield Pool(
            runner,
            work.plan.models,
            observers=work.observers,
            concurrency=work.concurrency,
            kept=work.kept.trials,
            brake=work.brake,
            judged=work.judging is not None,
            comparing=work.scoring.comparing(work.plan, work.kept.said),
        )
