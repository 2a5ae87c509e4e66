"""What stands between a run and the wire: its brake, and its budget if it has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from llmopt.domain import Completion, Model, Request
from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.evaluate.brake import Brake
from llmopt.evaluate.budget import Budget
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.worst_case import WorstCase, check_bounds
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider, TellsQuotas
from llmopt.tokens.counting import Counter

REFUSED: tuple[ProviderErrorKind, ...] = (
    "authentication",
    "permission",
    "not_found",
    "bad_request",
    "context_length",
    "rate_limit",
    "overloaded",
)
"""Failures of calls that no model has worked on; any other, or a late one, may be charged."""


class Guard:
    """Guards every provider of one run; `limit` is what the run may spend, in dollars."""

    def __init__(self, limit: float | None = None) -> None:
        self.brake = Brake()
        self._budget = None if limit is None else Budget(limit, self.brake)
        self._worst: dict[str, WorstCase] = {}

    @property
    def limited(self) -> bool:
        """Whether there is a budget, so that it matters what a call may cost."""
        return self._budget is not None

    def around(
        self, provider: Provider, model: Model, *, counter: Counter, pricer: Pricer
    ) -> Provider:
        """Put the guard around the provider of a model that is paid for."""
        worst = self._worst[model.name] = WorstCase(provider, counter, pricer)
        return Guarded(provider, self.brake, self._budget, worst)

    def check(self, plan: Plan, judges: Sequence[Model] = ()) -> None:
        """Refuse a budget that could not be kept.

        Raises:
            UsageError: nobody can say what the plan's calls, or those to judge, may cost.
        """
        if self._budget is not None:
            check_bounds(plan, self._worst, judges)

    def record(self) -> Mapping[str, Any] | None:
        """Return what was spent of the budget as plain JSON values; None without one."""
        return None if self._budget is None else asdict(self._budget.spending)


class Followed:
    """A provider around all others of a model: its calls are followed from here on.

    So the brake knows of those that wait before they reach the guard: for their turn, or for
    an equal request of another trial.
    """

    def __init__(self, provider: Provider, brake: Brake) -> None:
        self._provider = provider
        self._brake = brake

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the provider has it
        return getattr(self._provider, name)

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises:
            ProviderError: the call failed.
        """
        with self._brake.asking(request.trial):
            return await self._provider.complete(request)


class Guarded:
    """A provider around another one, the last before the wire.

    It sends nothing once the brake is pulled, and nothing that the budget does not cover.
    Every attempt passes here, so retries are paid for like first calls.
    """

    def __init__(
        self, provider: Provider, brake: Brake, budget: Budget | None, worst: WorstCase
    ) -> None:
        self._provider = provider
        self._brake = brake
        self._budget = budget
        self._worst = worst

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the provider has it
        return getattr(self._provider, name)

    @property
    def on_quotas(self) -> Any:  # noqa: ANN401 - as TellsQuotas has it
        return getattr(self._provider, "on_quotas", None)

    @on_quotas.setter
    def on_quotas(self, told: Any) -> None:  # noqa: ANN401
        if isinstance(self._provider, TellsQuotas):
            self._provider.on_quotas = told

    async def complete(self, request: Request) -> Completion:
        """Answer one request, as soon as there is money for it.

        Raises:
            ProviderError: the call failed, or nobody can say what it may cost.
        """
        with self._brake.asking(request.trial) as call:
            worst, reserved = await self._reserve(request)
            if self._brake.pulled:
                self._settle(worst, reserved, 0.0)
                await self._brake.park()
            call.sent()
            cost, answered = None, False
            try:
                completion = await self._provider.complete(request)
                cost, answered = self._worst.charged(request, completion), True
            except ProviderError as error:
                cost = 0.0 if error.kind in REFUSED and not error.late else None
                raise
            else:
                return completion
            finally:
                call.back(answered=answered)
                self._settle(worst, reserved, cost)

    async def _reserve(self, request: Request) -> tuple[float, float]:
        """Return the most that a call should cost, and what is reserved for it."""
        if self._budget is None:
            return 0.0, 0.0
        worst = self._worst.of(request)
        if worst is None:
            raise ProviderError(
                "bad_request",
                "not sent: nobody can say what it may cost, and there is a budget",
                hint="set max_tokens in the model's params, and a price where none is known",
            )
        # Asked again while it waits: a call that came back may have cost more than could be.
        return worst, await self._budget.take(lambda: worst * self._worst.beyond)

    def _settle(self, worst: float, reserved: float, cost: float | None) -> None:
        if self._budget is not None:
            self._worst.learn(worst, cost)
            self._budget.settle(reserved, cost)
