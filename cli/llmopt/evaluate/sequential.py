"""Runs that end when they have decided: cheapest candidate first, case by case.

A prompt's candidates meet its baseline one after the other, in one shared seeded
order of cases. Trials run ahead of the evidence by at most the model's width, and
are fed to the stopping rule in the order of the cases, whichever finished first.
Where the cases of a cluster count once, a cluster's cases run together, in the place
of its first: half a cluster is no evidence yet, and all of it is one unit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from llmopt.errors import UsageError
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.engine import Pool
from llmopt.evaluate.offline import cheapest_first, offline_prices
from llmopt.evaluate.plan import Plan, PlannedCandidate
from llmopt.evaluate.units import units

Outcome = Literal["adopt", "reject"]


class Comparison(Protocol):
    """Watches one candidate against its baseline."""

    def update(self, difference: float) -> Outcome | None:
        """Take in one unit's score difference; return the decision once there is one."""
        ...


class StoppingRule(Protocol):
    """Says when enough is known; it comes from outside, the engine knows no statistics."""

    @property
    def by_cluster(self) -> bool:
        """Whether the cases of a cluster are one unit of evidence."""
        ...

    def compare(self, *, rivals: int, population: int) -> Comparison:
        """Begin a comparison that is one of `rivals`, on `population` cases."""
        ...


@dataclass(frozen=True, slots=True)
class UntilDecided:
    """Asks for no more trials than the verdicts need; `every` decides all candidates."""

    every: bool = False

    def order(self, plan: Plan, endpoints: Mapping[str, Endpoint]) -> Race:
        """Say who meets the baseline when: the cheapest first, by the price of the input.

        Raises:
            UsageError: a prompt of the run has no baseline in it to be compared with.
        """
        prices = offline_prices(plan, endpoints)
        rivals: dict[str, Sequence[PlannedCandidate]] = {}
        for prompt in plan.order:
            baseline = plan.baselines.get(prompt)
            if baseline is None:
                raise UsageError(
                    f"prompt '{prompt}' has no baseline in this run, so nothing can be decided",
                    hint="let --variant and --model include the baseline's",
                )
            others = [p for p in plan.candidates if p.candidate.prompt == prompt]
            others.remove(plan.planned(baseline))
            rivals[prompt] = cheapest_first(others, prices)
        return Race(rivals, every=self.every)


@dataclass(frozen=True, slots=True)
class Race:
    """Each prompt's candidates in the order in which they meet the baseline."""

    rivals: Mapping[str, Sequence[PlannedCandidate]]
    every: bool


async def run_until_decided(plan: Plan, pool: Pool, rule: StoppingRule, race: Race) -> None:
    """Run only the trials that the decisions need.

    The first candidate adopted ends its prompt, unless the race asks for `every` one.

    Raises:
        StoreError: the store cannot be written.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for prompt, rivals in race.rivals.items():
                runner = _Prompt(plan, pool, rule, prompt)
                group.create_task(runner.run(rivals, every=race.every))
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


class _Prompt:
    """One prompt's candidates against its baseline."""

    def __init__(self, plan: Plan, pool: Pool, rule: StoppingRule, prompt: str) -> None:
        self._plan = plan
        self._pool = pool
        self._rule = rule
        self._prompt = prompt
        self._baseline = plan.planned(plan.baselines[prompt])
        self._units = units(plan, prompt, by_cluster=rule.by_cluster)
        self._baseline_scores: dict[int, asyncio.Task[float | None]] = {}

    async def run(self, rivals: Sequence[PlannedCandidate], *, every: bool) -> None:
        for rival in rivals:
            outcome = await self._compare(rival, rivals=len(rivals))
            if outcome == "adopt" and not every:
                return

    async def _compare(self, rival: PlannedCandidate, *, rivals: int) -> Outcome | None:
        comparison = self._rule.compare(
            rivals=rivals, population=self._plan.population[self._prompt]
        )
        ahead: deque[asyncio.Task[float | None]] = deque()
        width = self._pool.width[rival.model.name]
        outcome: Outcome | None = None
        for unit in self._units:
            ahead.append(asyncio.create_task(self._mean_difference(rival, unit)))
            if len(ahead) * len(unit) >= (1 if self._is_kept(rival, unit) else width):
                outcome = _fed(comparison, await ahead.popleft())
            if outcome:
                break
        for task in ahead:  # what was sent is paid for: keep it, and let it count
            outcome = outcome or _fed(comparison, await task)
        await asyncio.gather(*ahead)
        return outcome

    def _is_kept(self, rival: PlannedCandidate, unit: Sequence[int]) -> bool:
        """Whether both sides are known from an earlier attempt: nothing to wait for."""
        return self._pool.resumes and all(
            self._pool.keeps(task)
            for position in unit
            for planned in (rival, self._baseline)
            for task in self._plan.repeats(planned, position)
        )

    async def _mean_difference(self, rival: PlannedCandidate, unit: Sequence[int]) -> float | None:
        found = await asyncio.gather(*(self._difference(rival, position) for position in unit))
        return _mean(found)

    async def _difference(self, rival: PlannedCandidate, position: int) -> float | None:
        if position not in self._baseline_scores:
            self._baseline_scores[position] = asyncio.create_task(
                self._score(self._baseline, position)
            )
        own, base = await asyncio.gather(
            self._score(rival, position), asyncio.shield(self._baseline_scores[position])
        )
        return None if own is None or base is None else own - base

    async def _score(self, planned: PlannedCandidate, position: int) -> float | None:
        """Run a case's repeats and return their mean score; None when all failed."""
        tasks = self._plan.repeats(planned, position)
        return _mean(await asyncio.gather(*(self._pool.run(task) for task in tasks)))


def _mean(values: Iterable[float | None]) -> float | None:
    """Average what is there; None where nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def _fed(comparison: Comparison, difference: float | None) -> Outcome | None:
    return None if difference is None else comparison.update(difference)
