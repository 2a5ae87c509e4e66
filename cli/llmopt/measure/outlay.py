"""What the calls of a run would come to, candidate by candidate, without a call."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache

from llmopt.domain import Candidate, Case, Model, Request, Usage
from llmopt.errors import TemplateError
from llmopt.evaluate.caching import CacheUse
from llmopt.evaluate.plan import Plan, PlannedCandidate, Task
from llmopt.evaluate.worst_case import most_reply_tokens
from llmopt.measure.span import NOTHING, Span
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.providers.registry import is_local
from llmopt.store.cache_key import cache_key
from llmopt.store.cache_peek import Holds
from llmopt.store.kept_run import RepliesSeen
from llmopt.tokens.counting import counter_for


@dataclass(frozen=True, slots=True)
class Outlay:
    """What the calls of one candidate come to.

    `calls` counts all of them, `cached_calls` those that the response cache answers;
    every other figure is of the calls that are sent. `input_tokens` are counted offline
    over all of them, exactly unless `input_exact` is False. Output and dollars (see
    `Span`) follow from the replies seen before and from the limit of a reply. `seconds`
    is None where no earlier run tells how long an answer takes.
    """

    candidate: Candidate
    model: Model
    calls: int
    cached_calls: int
    unrendered: int
    input_tokens: int
    input_exact: bool
    output_tokens: Span
    dollars: Span
    seconds: float | None

    @property
    def sent(self) -> int:
        """Calls that are sent."""
        return self.calls - self.cached_calls


@dataclass(slots=True)
class Looking:
    """Where a forecast looks: the response cache, earlier replies, the models' providers.

    `kept` holds the numbers of trials that need no run.
    """

    cache: CacheUse
    holds: Holds
    seen: Mapping[Candidate, RepliesSeen]
    providers: Mapping[str, Provider]
    kept: Container[int]


def outlays(plan: Plan, looking: Looking) -> list[Outlay]:
    """Work out what the calls of every candidate of a plan come to.

    Cases are read and rendered one by one, and none is kept.
    """
    tallies = {one.candidate: _Tally(one, looking) for one in plan.candidates}
    sent_before: set[bytes] = set()
    for model in plan.models:
        for tasks in (plan.tasks(model.name), plan.perturbed(model.name)):
            for task in tasks:
                if task.number not in looking.kept:
                    tallies[task.planned.candidate].add(task, sent_before)
    return [tally.outlay() for tally in tallies.values()]


class _Tally:
    """Adds up one candidate's calls."""

    def __init__(self, planned: PlannedCandidate, looking: Looking) -> None:
        self._planned = planned
        self._looking = looking
        self._counter = counter_for(planned.model.identity)
        self._pricer = Pricer(planned.model)
        provider = looking.providers.get(planned.model.name)
        self._seen = looking.seen.get(planned.candidate)
        self._limit = most_reply_tokens(provider, planned.params)
        self._replies = Span.of_replies(self._seen, self._limit)
        self._address = getattr(provider, "base_url", planned.model.base_url)
        self._cacheable = not is_local(planned.model)
        self._calls = self._cached = self._unrendered = self._input = 0
        self._exact = True
        self._dollars = NOTHING
        self._rendered: tuple[Case, tuple[Request, int] | None] | None = None
        self._price = lru_cache(1024)(self._priced)

    def add(self, task: Task, sent_before: set[bytes]) -> None:
        """Count one trial's call."""
        if self._rendered is None or self._rendered[0] is not task.case:
            self._rendered = task.case, self._render(task)
        if self._rendered[1] is None:
            self._unrendered += 1
            return
        request, tokens = self._rendered[1]
        self._calls += 1
        if self._is_cached(request, task.repeat, sent_before):
            self._cached += 1
            return
        self._input += tokens
        if not self._pricer.flat:
            self._dollars += self._price(tokens, 1)

    def outlay(self) -> Outlay:
        sent = self._calls - self._cached
        dollars = self._price(self._input, sent) if self._pricer.flat else self._dollars
        latency = self._seen.latency_ms if self._seen else None
        return Outlay(
            candidate=self._planned.candidate,
            model=self._planned.model,
            calls=self._calls,
            cached_calls=self._cached,
            unrendered=self._unrendered,
            input_tokens=self._input,
            input_exact=self._exact,
            output_tokens=self._replies.times(sent) if sent else NOTHING,
            dollars=dollars,
            seconds=0.0 if not sent else None if latency is None else sent * latency / 1000,
        )

    def _render(self, task: Task) -> tuple[Request, int] | None:
        try:
            messages = self._planned.renderer.render(task.case.vars)
        except TemplateError:
            return None  # its trial will fail and say so
        counted = self._counter.messages(messages)
        self._exact = self._exact and counted.exact
        return Request(messages, self._planned.params, task.key), counted.tokens

    def _is_cached(self, request: Request, repeat: int, sent_before: set[bytes]) -> bool:
        """Whether the cache has the answer, or will have it once an equal request was sent."""
        use = self._looking.cache
        if not (self._cacheable and use.covers(request)):
            return False
        if request.trial.repeat != repeat:
            request = Request(
                request.messages, request.params, request.trial._replace(repeat=repeat)
            )
        key = cache_key(self._planned.model, self._address, request)
        if key is None:
            return False
        if use.reads and self._looking.holds(key):
            return True
        if not (use.reads and use.writes):
            return False
        again = key[:8] in sent_before
        sent_before.add(key[:8])
        return again

    def _priced(self, tokens: int, calls: int) -> Span:
        """Price so many calls: with the shortest replies seen, the usual, the longest possible."""
        price = self._pricer.price
        free_replies = calls == 0 or (price is not None and not price.output and self._pricer.flat)

        def dollars(reply: float | None) -> float | None:
            if reply is None and not free_replies:
                return None
            return self._pricer.cost(Usage(tokens, round((reply or 0.0) * calls)))

        replies = self._replies
        return Span(dollars(replies.low or 0.0), dollars(replies.expected), dollars(replies.high))
