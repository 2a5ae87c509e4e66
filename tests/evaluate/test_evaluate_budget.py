"""A budget is never passed, whatever calls cost, fail or take; a large one changes nothing."""

import asyncio
import random
from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluate.simulated import simulate

from llmopt.domain import Completion, Message, Model, Price, Request, TrialKey, Usage
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.clock import Clock
from llmopt.evaluate.guard import Guard
from llmopt.evaluate.pacing import Paced
from llmopt.evaluate.worst_case import WorstCase
from llmopt.prices.table import Pricer
from llmopt.tokens.counting import counter_for

FAILURES: tuple[ProviderErrorKind, ...] = (
    "rate_limit",
    "overloaded",
    "server",
    "timeout",
    "connection",
    "invalid_response",
    "bad_request",
)


@dataclass
class Billing:
    """A model that charges by chance: replies of any allowed length, failures charged or not."""

    pricer: Pricer
    clock: Clock
    chance: random.Random
    failing: float
    silent: float
    billed: float = 0.0
    most: float = 0.0
    answered: Tally[TrialKey] = field(default_factory=Tally)

    async def complete(self, request: Request) -> Completion:
        counter = counter_for("openai/gpt-4o")
        sent = counter.messages(request.messages).tokens
        await self.clock.sleep(self.chance.random())
        fails = self.chance.random() < self.failing
        kind = self.chance.choice(FAILURES)
        usage = Usage(
            sent,
            self.chance.randint(0, request.params["max_tokens"]),
            cache_write_tokens=self.chance.choice([None, self.chance.randint(0, sent)]),
        )
        if not fails or kind in {"server", "timeout", "connection", "invalid_response"}:
            self.billed += self.pricer.cost(usage) or 0.0
        if fails:
            raise ProviderError(kind, "no")
        self.answered[request.trial] += 1
        return Completion("yes", Usage() if self.chance.random() < self.silent else usage)


def asked(number: int, max_tokens: int) -> Request:
    key = TrialKey("mood", "short", "small", str(number), 0)
    return Request((Message("user", "word " * (number % 50)),), {"max_tokens": max_tokens}, key)


def play(
    limit: float | None,
    *,
    price: Price,
    concurrency: int = 4,
    calls: int = 40,
    max_tokens: int = 100,
    failing: float = 0.0,
    silent: float = 0.0,
    seed: int = 0,
) -> tuple[Billing, Guard, int]:
    """Ask as the engine does; return what was billed, the guard, and the calls that failed."""
    model = Model("openai/gpt-4o", "small", price=price)
    failed = 0

    async def main(clock: Clock) -> tuple[Billing, Guard, int]:
        guard = Guard(limit)
        billing = Billing(Pricer(model), clock, random.Random(seed), failing, silent)  # noqa: S311
        provider = Paced(
            guard.around(billing, model, counter=counter_for(model.id), pricer=Pricer(model)),
            limits=model.limits,
            concurrency=concurrency,
            tokens_of=lambda _: 0,
            clock=clock,
            max_retries=2,
        )
        left = iter(range(calls))

        async def work() -> None:
            nonlocal failed
            for number in left:
                request = asked(number, max_tokens)
                try:
                    await provider.complete(request)
                except ProviderError:
                    failed += 1
                guard.brake.stored(request.trial)

        async def everybody() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(work())

        await guard.brake.run(everybody())
        return billing, guard, failed

    return simulate(main, seed=seed)


prices = st.builds(
    Price,
    st.floats(0, 50),
    st.floats(0, 200),
    cached_input=st.none() | st.floats(0, 10),
    cache_write=st.none() | st.floats(0, 100),
)


@settings(max_examples=60)
@given(
    limit=st.floats(0, 0.3),
    price=prices,
    concurrency=st.integers(1, 12),
    max_tokens=st.integers(1, 2000),
    failing=st.sampled_from([0.0, 0.1, 0.6]),
    silent=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 9999),
)
def test_no_run_spends_more_than_its_budget(
    limit: float,
    price: Price,
    concurrency: int,
    max_tokens: int,
    failing: float,
    silent: float,
    seed: int,
) -> None:
    billing, guard, failed = play(
        limit,
        price=price,
        concurrency=concurrency,
        max_tokens=max_tokens,
        failing=failing,
        silent=silent,
        seed=seed,
    )
    record = guard.record()
    assert record is not None
    assert billing.billed <= record["spent"] + 1e-9
    assert record["spent"] <= limit + 1e-9
    assert record["ended"] or billing.answered.total() + failed == 40


@given(price=prices, concurrency=st.integers(1, 12), seed=st.integers(0, 9999))
@settings(max_examples=30)
def test_a_budget_large_enough_changes_nothing(price: Price, concurrency: int, seed: int) -> None:
    free, _, _ = play(None, price=price, concurrency=concurrency, failing=0.1, seed=seed)
    held, guard, _ = play(1e6, price=price, concurrency=concurrency, failing=0.1, seed=seed)
    assert held.answered == free.answered
    assert held.billed == pytest.approx(free.billed)
    assert not guard.brake.pulled


def test_the_budget_is_used_up_to_the_last_call_that_fits() -> None:
    price = Price(0.0, 1000.0)  # a tenth of a dollar for 100 tokens
    billing, guard, _ = play(1.0, price=price, concurrency=8)
    record = guard.record()
    assert record is not None
    assert record["ended"]
    assert 0.9 < billing.billed <= 1.0


def test_what_is_under_way_when_the_budget_ends_is_kept() -> None:
    billing, guard, _ = play(0.5, price=Price(0.0, 1000.0), concurrency=8)
    record = guard.record()
    assert record is not None
    assert record["spent"] == pytest.approx(billing.billed)
    assert record["assumed"] == 0
    assert guard.brake.cut


def test_a_call_without_usage_counts_at_its_worst_case() -> None:
    _, guard, _ = play(0.35, price=Price(0.0, 1000.0), silent=1.0)
    record = guard.record()
    assert record is not None
    assert record["spent"] == record["assumed"] == pytest.approx(0.3)
    assert record["assumed_calls"] == 3


class Greedy:
    """Charges one share after the other of $0.10, the most that a call can cost."""

    def __init__(self, clock: Clock, shares: Iterable[float]) -> None:
        self.clock = clock
        self.shares = iter(shares)
        self.billed: list[float] = []

    async def complete(self, request: Request) -> Completion:
        tokens = round(next(self.shares) * 100)
        self.billed.append(tokens / 1000)
        await self.clock.sleep(len(self.billed))
        return Completion("yes", Usage(0, tokens))


def overcharged(limit: float, shares: Iterable[float], *, concurrency: int) -> list[float]:
    """Ask 40 times within a budget; return what each call was charged that was sent."""
    model = Model("openai/gpt-4o", "small", price=Price(0.0, 1000.0))

    async def main(clock: Clock) -> list[float]:
        guard, greedy = Guard(limit), Greedy(clock, shares)
        provider = guard.around(greedy, model, counter=counter_for(model.id), pricer=Pricer(model))
        left = iter(range(40))

        async def work() -> None:
            for number in left:
                await provider.complete(asked(number, 100))
                guard.brake.stored(asked(number, 100).trial)

        async def everybody() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(work())

        await guard.brake.run(everybody())
        return greedy.billed

    return simulate(main)


def test_a_provider_that_charges_more_than_could_be_is_believed() -> None:
    assert len(overcharged(1.0, repeat(4.0), concurrency=1)) == 2


def test_many_surprises_at_once_are_believed_once() -> None:
    assert len(overcharged(10.1, repeat(4.0), concurrency=8)) == 25


def test_a_call_that_waits_for_money_learns_what_those_before_it_cost() -> None:
    assert overcharged(0.25, chain([1.5, 0.0], repeat(1.5)), concurrency=4) == [0.15, 0.0]


def test_an_estimated_tokenizer_is_bounded_by_bytes() -> None:
    model = Model("anthropic/claude-haiku-4-5", "small", price=Price(1.0, 0.0))

    async def main(_: Clock) -> float | None:
        class Silent:
            async def complete(self, request: Request) -> Completion:
                return Completion("yes")

        guard = Guard(1.0)
        provider = guard.around(
            Silent(), model, counter=counter_for(model.id), pricer=Pricer(model)
        )
        text = "é" * 500
        key = asked(0, 1).trial
        await provider.complete(Request((Message("user", text),), {}, key))
        record = guard.record()
        return None if record is None else float(record["spent"])

    spent = simulate(main)
    assert spent is not None
    assert 1000 <= spent * 1e6 < 1100


def test_what_is_asked_to_be_cached_for_an_hour_or_served_first_is_reserved_so() -> None:
    def worst(model_id: str, **params: Any) -> float:
        model = Model(model_id, "m")
        worst = WorstCase(Billing, counter_for(model.id), Pricer(model))  # type: ignore[arg-type]
        key = asked(0, 1).trial
        found = worst.of(
            Request((Message("user", "word " * 50),), {"max_tokens": 1, **params}, key)
        )
        assert found is not None
        return found

    hour = worst("anthropic/claude-haiku-4-5", cache_control={"type": "ephemeral", "ttl": "1h"})
    minutes = worst("anthropic/claude-haiku-4-5", cache_control={"type": "ephemeral", "ttl": "5m"})
    assert hour == pytest.approx(minutes * 2 / 1.25, rel=0.01)
    assert worst("openai/o3", service_tier="priority") > worst("openai/o3")
