"""Runs that end when they have decided: the cheapest candidate first, case by case.

A prompt's candidates and its baseline are measured on a few cases; then they meet the
baseline one after the other, the cheapest by what was measured first (see `standing`),
in one shared seeded order of cases. The trials that measured are the first ones of the
comparison. Trials run ahead of the evidence by at most the model's width, and are fed to
the stopping rule in the order of the cases, whichever finished first. Where the cases of
a cluster count once, a cluster's cases run together, in the place of its first: half a
cluster is no evidence yet, and all of it is one unit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from llmopt.domain import Measured
from llmopt.domain.ladders import families
from llmopt.errors import UsageError
from llmopt.evaluate.endpoint import Endpoint
from llmopt.evaluate.engine import Pool
from llmopt.evaluate.offline import cheapest_first, offline_prices
from llmopt.evaluate.plan import Plan, PlannedCandidate
from llmopt.evaluate.standing import START, Chain, Standing, cheaper
from llmopt.evaluate.units import units

Outcome = Literal["adopt", "reject", "give up"]
Pair = tuple[Measured, Measured]
"""The candidate's trials on one case and the baseline's, repeats averaged."""


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

    def compare(self, *, families: int, population: int, units: int | None = None) -> Comparison:
        """Begin a comparison in one of `families`, on `population` cases.

        With `units`, how many there are to come, it may give up what they cannot decide.
        """
        ...


@dataclass(frozen=True, slots=True)
class UntilDecided:
    """Asks for no more trials than the verdicts need; `every` decides all candidates."""

    every: bool = False

    def order(self, plan: Plan, endpoints: Mapping[str, Endpoint]) -> Race:
        """Say who meets the baseline: the cheapest first, by the price of the input.

        Raises:
            UsageError: a prompt of the run has no baseline in it to be compared with.
        """
        prices = offline_prices(plan, endpoints)
        chains: dict[str, Sequence[Chain]] = {}
        for prompt in plan.order:
            baseline = plan.baselines.get(prompt)
            if baseline is None:
                raise UsageError(
                    f"prompt '{prompt}' has no baseline in this run, so nothing can be decided",
                    hint="let --variant and --model include the baseline's",
                )
            others = [p for p in plan.candidates if p.candidate.prompt == prompt]
            others.remove(plan.planned(baseline))
            index = {p.candidate: p.index for p in cheapest_first(others, prices)}
            found = families(tuple(index), plan.ladders.get(prompt, ()))
            chains[prompt] = [tuple(index[one] for one in family) for family in found]
        return Race(chains, every=self.every)


@dataclass(frozen=True, slots=True)
class Race:
    """Each prompt's candidates, by index: ladders, and the others one by one.

    They stand in the order that holds where their trials do not tell what they cost.
    """

    chains: Mapping[str, Sequence[Chain]]
    every: bool


async def run_until_decided(plan: Plan, pool: Pool, rule: StoppingRule, race: Race) -> None:
    """Run only the trials that the decisions need.

    A candidate that is adopted, and cheaper, ends its prompt as soon as nobody left is
    cheaper still, unless the race asks for `every` one.

    Raises:
        StoreError: the store cannot be written.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for prompt, chains in race.chains.items():
                runner = _Prompt(plan, pool, rule, prompt)
                group.create_task(runner.run(chains, every=race.every))
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
        self._places = [position for unit in self._units for position in unit]
        self._shared: dict[tuple[int, int], asyncio.Task[Measured]] = {}
        self._probed: dict[int, list[Measured]] = {}

    async def run(self, chains: Sequence[Chain], *, every: bool) -> None:
        """Race the chains as `Standing` orders them."""
        left, adopted = list(chains), list[int]()
        families, cases = len(chains), len(self._places)
        await self._measure([who for chain in chains for who in chain], START)
        while step := self._standing().next_step(left, adopted, every=every, cases=cases):
            if step.action == "measure":
                await self._measure(step.who, step.cases)
                continue
            left.remove(step.who)
            for who in step.who if step.action == "race" else ():
                outcome, is_cheaper = await self._compare(
                    self._plan.candidates[who], families=families, every=every
                )
                if outcome != "adopt" and not every:
                    break  # the rest of a ladder counts only with it
                adopted += [who] if outcome == "adopt" and is_cheaper else []

    def _standing(self) -> Standing:
        own = self._baseline.index
        rivals = {who: found for who, found in self._probed.items() if who != own}
        return Standing(self._probed.get(own, ()), rivals)

    async def _measure(self, who: Sequence[int], cases: int) -> None:
        """Run candidates, and the baseline, on the first cases."""
        places = self._places[:cases]
        for index in (*who, self._baseline.index):
            for position in places:
                self._share(self._plan.candidates[index], position)
        for index in (*who, self._baseline.index):
            found = [await self._shared[index, position] for position in places]
            if len(found) >= len(self._probed.get(index, ())):
                self._probed[index] = found

    async def _compare(
        self, rival: PlannedCandidate, *, families: int, every: bool
    ) -> tuple[Outcome | None, bool]:
        """Run a candidate against the baseline until the rule has decided.

        Returns the decision, and whether the candidate was cheaper on the way to it.
        """
        comparison = self._rule.compare(
            families=families,
            population=self._plan.population[self._prompt],
            units=None if every else len(self._units),
        )
        ahead: deque[asyncio.Task[list[Pair]]] = deque()
        width = self._pool.width[rival.model.name]
        outcome: Outcome | None = None
        seen: list[Pair] = []
        for unit in self._units:
            ahead.append(asyncio.create_task(self._pairs(rival, unit)))
            if len(ahead) * len(unit) >= (1 if self._is_kept(rival, unit) else width):
                seen += await ahead[0]
                outcome = _fed(comparison, await ahead.popleft())
            if outcome:
                break
        for task in ahead:  # what was sent is paid for: keep it, and let it count
            pairs = await task
            if outcome is None:
                seen += pairs
                outcome = _fed(comparison, pairs)
        return outcome, cheaper(seen)

    def _is_kept(self, rival: PlannedCandidate, unit: Sequence[int]) -> bool:
        """Whether both sides are known from an earlier attempt: nothing to wait for."""
        return self._pool.resumes and all(
            self._pool.keeps(task)
            for position in unit
            for planned in (rival, self._baseline)
            for task in self._plan.repeats(planned, position)
        )

    async def _pairs(self, rival: PlannedCandidate, unit: Sequence[int]) -> list[Pair]:
        return list(await asyncio.gather(*(self._pair(rival, position) for position in unit)))

    async def _pair(self, rival: PlannedCandidate, position: int) -> Pair:
        base = self._share(self._baseline, position)
        probed = self._shared.get((rival.index, position))
        own = asyncio.shield(probed) if probed else self._mean(rival, position)
        return await asyncio.gather(own, asyncio.shield(base))

    def _share(self, planned: PlannedCandidate, position: int) -> asyncio.Task[Measured]:
        """Run a case whose result more than one comparison asks for, once."""
        key = planned.index, position
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self._mean(planned, position))
        return self._shared[key]

    async def _mean(self, planned: PlannedCandidate, position: int) -> Measured:
        """Run a case's repeats and average them, failed ones left out."""
        tasks = self._plan.repeats(planned, position)
        trials = await asyncio.gather(*(self._pool.run(task) for task in tasks))
        answered = [trial for trial in trials if trial.score is not None]
        return (
            Measured(*(_mean(column) for column in zip(*answered, strict=True)))
            if answered
            else Measured(None, None, None)
        )


def _mean(values: Iterable[float | None]) -> float | None:
    """Average what is there; None where nothing is."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def _fed(comparison: Comparison, pairs: Sequence[Pair]) -> Outcome | None:
    """Feed a unit's mean difference; nothing where no case of it was answered by both."""
    difference = _mean(
        own.score - base.score
        for own, base in pairs
        if own.score is not None and base.score is not None
    )
    return None if difference is None else comparison.update(difference)
