import asyncio
from collections import Counter as Tally
from pathlib import Path

import pytest
from tests.conftest import Project

import llmopt
from llmopt.domain import Completion, Model, Request, Trial, Usage
from llmopt.errors import ProviderError, StoreError
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.engine import Pool, run_grid
from llmopt.evaluate.plan import Plan, Selection, make_plan
from llmopt.evaluate.scoring import Scoring
from llmopt.evaluate.trial import TrialRunner
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.store.writer import RunWriter
from llmopt.strategies.single import Single
from llmopt.tokens.counting import counter_for

FAST, SLOW = "acme/fast", "acme/slow"


class Kept(RunWriter):
    """A writer that keeps what it is given in memory."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.trials: list[Trial] = []

    async def call(self, trial: int, seq: int, call: object, fingerprint: int) -> None:
        self.log.append(f"call {trial}")

    async def trial(self, trial: Trial) -> None:
        self.log.append(f"trial {trial.number}")
        self.trials.append(trial)


class Says:
    """A model that says one thing, after a gate opens; it counts who is inside."""

    def __init__(self, text: str | None = "positive", gate: asyncio.Event | None = None) -> None:
        self.text = text
        self.gate = gate
        self.inside = self.most = self.asked = 0
        self.all_asked = asyncio.Event()

    async def complete(self, request: Request) -> Completion:
        self.asked += 1
        if self.asked == 8:
            self.all_asked.set()
        self.inside += 1
        self.most = max(self.most, self.inside)
        if self.gate:
            await self.gate.wait()
        await asyncio.sleep(0)
        self.inside -= 1
        return Completion(self.text, Usage(input_tokens=7), latency_ms=1.0)


class Breaks:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def complete(self, request: Request) -> Completion:
        raise self.error


def pool_of(
    project: Project, providers: dict[str, Provider], *, concurrency: int = 3
) -> tuple[Plan, Pool, Kept]:
    suite = llmopt.load(project.root)
    models = {name: Model(name, name) for name in providers}
    plan = make_plan(suite, tuple(models.values()), Selection())
    writer = Kept()
    runner = TrialRunner(
        endpoints={
            name: Endpoint(provider, counter_for(name), Pricer(models[name]))
            for name, provider in providers.items()
        },
        strategy=Single(),
        scorer_of=Scoring(suite).of,
        writer=writer,
    )
    return plan, Pool(runner, plan.models, concurrency=concurrency), writer


async def test_no_more_trials_are_under_way_than_the_concurrency(project: Project) -> None:
    model = Says()
    plan, pool, writer = pool_of(project, {FAST: model}, concurrency=3)
    await run_grid(plan, pool)
    assert model.most == 3
    assert len(writer.trials) == plan.trials


async def test_a_slow_model_does_not_hold_up_another(project: Project) -> None:
    gate = asyncio.Event()
    slow, fast = Says(gate=gate), Says()
    plan, pool, writer = pool_of(project, {SLOW: slow, FAST: fast})
    running = asyncio.create_task(run_grid(plan, pool))
    await fast.all_asked.wait()
    assert slow.inside == 3
    gate.set()
    await running
    assert Tally(t.key.model for t in writer.trials) == {"acme/fast": 8, "acme/slow": 8}


async def test_a_completion_is_stored_before_it_is_scored(project: Project) -> None:
    project.write("scoring.py", "def check(reply, case):\n    raise ValueError('boom')\n")
    cases = project.root / "testcases/mood.yaml"
    cases.write_text(cases.read_text().replace("label", "{python: scoring:check}"))
    plan, pool, writer = pool_of(project, {FAST: Says()}, concurrency=1)
    await run_grid(plan, pool)
    first = writer.trials[0]
    assert writer.log[:2] == [f"call {first.number}", f"trial {first.number}"]
    assert first.failure is not None
    assert first.failure.kind == "scorer"
    assert first.calls[0].completion.text == "positive"


@pytest.mark.parametrize(
    ("provider", "kind", "message"),
    [
        (Breaks(ProviderError("rate_limit", "slow down")), "rate_limit", "slow down"),
        (Breaks(ZeroDivisionError("oops")), "invalid_response", "ZeroDivisionError: oops"),
        (Says(None), "invalid_response", "no text"),
    ],
)
async def test_what_a_provider_raises_becomes_the_trial_s_failure(
    project: Project, provider: Provider, kind: str, message: str
) -> None:
    plan, pool, writer = pool_of(project, {FAST: provider})
    await run_grid(plan, pool)
    assert len(writer.trials) == plan.trials
    for trial in writer.trials:
        assert trial.score is None
        assert trial.failure is not None
        assert trial.failure.kind == kind
        assert message in trial.failure.message


async def test_reported_usage_counts_and_what_is_not_reported_is_counted_offline(
    project: Project,
) -> None:
    plan, pool, writer = pool_of(project, {FAST: Says()})
    await run_grid(plan, pool)
    trial = writer.trials[0]
    assert trial.input_tokens is not None
    assert trial.input_tokens.tokens == 7
    assert trial.calls[0].counted_input is None
    assert trial.calls[0].completion.usage.output_tokens is None
    assert trial.output_tokens == trial.calls[0].counted_output is not None


async def test_half_an_emoji_is_replaced_so_that_every_file_can_hold_the_reply(
    project: Project,
) -> None:
    plan, pool, writer = pool_of(project, {FAST: Says("good \ud83d")})
    await run_grid(plan, pool)
    assert {trial.calls[0].completion.text for trial in writer.trials} == {"good ?"}


async def test_an_unknown_price_stays_unknown(project: Project) -> None:
    plan, pool, writer = pool_of(project, {FAST: Says()})
    await run_grid(plan, pool)
    assert {trial.cost for trial in writer.trials} == {None}


async def test_a_store_that_fails_ends_the_run_with_its_own_error(project: Project) -> None:
    class Full(Kept):
        async def trial(self, trial: Trial) -> None:
            raise StoreError("disk full")

    plan, pool, writer = pool_of(project, {FAST: Says()})
    pool._runner._writer = Full()
    with pytest.raises(StoreError, match="disk full"):
        await run_grid(plan, pool)
    assert writer.trials == []


def test_a_read_only_project_says_so_and_names_the_way_out(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("LLMOPT_HOME", str(blocked / "inside"))
    said = project.llmopt("eval")
    assert said.code == 2
    assert "cannot use the run store" in said.err
