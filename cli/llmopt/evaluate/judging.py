"""Scorers that ask models: who is asked, and how a call to judge becomes part of its trial."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmopt.domain import Call, Message, Model, Request
from llmopt.errors import JudgeError, ProviderError
from llmopt.evaluate.endpoint import Endpoint, completed, priced
from llmopt.evaluate.plan import Task
from llmopt.evaluate.worst_case import REPLY_LIMITS
from llmopt.providers.embeddings import unpacked
from llmopt.providers.registry import steady_params
from llmopt.scorers.base import Need, Scorer, at_bench

Keep = Callable[[Call], Awaitable[None]]
"""Stores a call with its trial the moment it is answered."""


@dataclass(frozen=True, slots=True)
class Helper:
    """A model that scorers ask, ready to be asked.

    `refused` collects the parameters sent by default that the model turned out not to take.
    """

    model: Model
    endpoint: Endpoint
    refused: set[str] = field(default_factory=set)

    def params(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent to a judge: see `judge_params`."""
        return judge_params(self.model, own, self.refused)

    def gives_in(self, error: ProviderError, own: Mapping[str, Any]) -> bool:
        """Leave out the default parameters that a refusal names; say whether there were any."""
        if error.kind != "bad_request":
            return False
        chosen = {*self.refused, *self.model.params, *own}
        named = {
            name for name in steady_params(self.model) if name not in chosen and name in str(error)
        }
        self.refused.update(named)
        return bool(named)


def judge_params(
    model: Model, own: Mapping[str, Any], refused: Collection[str] = ()
) -> dict[str, Any]:
    """Return what a judge is sent: the scorer's own wishes win, then the model's, then steadiness.

    `refused` are parameters of the latter that it does not take.
    """
    chosen = {**model.params, **own}
    given = {*refused, *(REPLY_LIMITS if chosen.keys() & set(REPLY_LIMITS) else ())}
    steady = steady_params(model)
    return {**{name: steady[name] for name in steady if name not in given}, **chosen}


class Judging:
    """Gives scorers that ask models a bench for each trial."""

    def __init__(self, helpers: Mapping[Need, Helper]) -> None:
        self._helpers = helpers

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return tuple(helper.endpoint for helper in self._helpers.values())

    def at(self, scorer: Scorer, task: Task, keep: Keep, baseline: str | None) -> Scorer:
        """Return the scorer as it scores this trial."""
        return at_bench(scorer, _Bench(self._helpers, task, keep, baseline))


@dataclass(frozen=True, slots=True)
class _Bench:
    """One trial's bench."""

    helpers: Mapping[Need, Helper]
    task: Task
    keep: Keep
    baseline: str | None

    async def ask(self, need: Need, messages: Sequence[Message], params: Mapping[str, Any]) -> str:
        helper = self.helpers[need]
        call = await self._answered(helper, tuple(messages), params)
        await self.keep(call)
        text = call.completion.text
        if not text or not text.strip():
            raise JudgeError(f"judge {helper.model.name} said nothing")
        return text

    async def embed(self, need: Need, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        helper = self.helpers[need]
        # All to their ends, whatever becomes of one: what was sent is paid for, and kept.
        found = await asyncio.gather(
            *(self._vector(helper, text) for text in texts), return_exceptions=True
        )
        vectors = [one for one in found if not isinstance(one, BaseException)]
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return vectors

    async def _vector(self, helper: Helper, text: str) -> Sequence[float]:
        request = Request((Message("user", text),), helper.model.params, self.task.key)
        try:
            completion = await completed(helper.endpoint.provider, request)
        except ProviderError as error:
            raise _unanswered(helper, error) from error
        # The vector itself is of no use in a run's history.
        bare = replace(completion, text=None)
        await self.keep(priced(helper.endpoint, "judge", helper.model.name, request, bare))
        (vector,) = unpacked(completion.text or "")
        return vector

    async def _answered(
        self, helper: Helper, messages: tuple[Message, ...], params: Mapping[str, Any]
    ) -> Call:
        while True:
            request = Request(messages, helper.params(params), self.task.key)
            try:
                completion = await completed(helper.endpoint.provider, request)
            except ProviderError as error:
                if helper.gives_in(error, params):
                    continue
                raise _unanswered(helper, error) from error
            return priced(helper.endpoint, "judge", helper.model.name, request, completion)


def _unanswered(helper: Helper, error: ProviderError) -> JudgeError:
    return JudgeError(f"judge {helper.model.name}: {error.kind}: {error.message}", hint=error.hint)
