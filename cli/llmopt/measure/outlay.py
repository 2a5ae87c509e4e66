"""What the calls of a run would come to, candidate by candidate, without a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from llmopt.domain import Candidate, Case, Model, Request, Usage
from llmopt.errors import TemplateError
from llmopt.evaluate.plan import Plan, PlannedCandidate, Task
from llmopt.evaluate.resuming import Kept
from llmopt.evaluate.worst_case import adds_input, most_reply_tokens
from llmopt.measure.judged import Judged
from llmopt.measure.peeked import Peeked
from llmopt.measure.span import NOTHING, Span
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.store.tallies import RepliesSeen
from llmopt.tokens.counting import counter_for


@dataclass(frozen=True, slots=True)
class Outlay:
    """What the calls of one candidate come to.

    `calls` counts all of them, `cached_calls` those that the response cache answers;
    every other figure is of the calls that are sent. `input_tokens` are counted offline
    over all of them, exactly unless `input_exact` is False; `more_input`: tools or schemas
    among the parameters add to it what nobody can count. Output and dollars (see
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
    more_input: bool = False

    @property
    def sent(self) -> int:
        """Calls that are sent."""
        return self.calls - self.cached_calls


@dataclass(frozen=True, slots=True)
class Looking:
    """Where a forecast looks: the response cache, earlier replies, the models' providers."""

    peeked: Peeked
    seen: Mapping[Candidate, RepliesSeen]
    providers: Mapping[str, Provider]
    kept: Kept


class Outlays:
    """What the calls of every candidate of a plan come to, and those of its judges.

    Cases are read and rendered one by one, and none is kept.
    """

    def __init__(self, plan: Plan, looking: Looking) -> None:
        self._plan = plan
        self._kept = looking.kept
        self._tallies = {one.candidate: _Tally(one, looking) for one in plan.candidates}

    def add_up(self, judged: Judged | None = None) -> list[Outlay]:
        """Go through all trials; `judged` is told of each that is answered."""
        asked = self._kept.asked
        for model in self._plan.models:
            for tasks in (self._plan.tasks(model.name), self._plan.perturbed(model.name)):
                for task in tasks:
                    new = task.number not in asked
                    answered = self._tallies[task.planned.candidate].add(task) if new else True
                    if judged and answered:
                        judged.add(task)
        return [tally.outlay() for tally in self._tallies.values()]

    def size(self, candidate: Candidate) -> Span:
        """Return the tokens that a candidate's replies may have."""
        return self._tallies[candidate].replies

    def known(self, task: Task) -> str | None:
        """Return a trial's reply where an earlier attempt or the response cache holds it."""
        if said := self._kept.said.get(task.number):
            return said.reply
        calls = self._kept.replies.get(task.number)
        if calls:
            return calls[-1].completion.answer
        return self._tallies[task.planned.candidate].known(task)


class _Tally:
    """Adds up one candidate's calls."""

    def __init__(self, planned: PlannedCandidate, looking: Looking) -> None:
        self._planned = planned
        self._peeked = looking.peeked
        self._counter = counter_for(planned.model.identity)
        # A variant may ask for a tier of its own.
        self._pricer = Pricer(replace(planned.model, params=planned.params))
        provider = looking.providers.get(planned.model.name)
        self._seen = looking.seen.get(planned.candidate)
        self._limit = most_reply_tokens(provider, planned.params)
        self.replies = Span.of_replies(self._seen, self._limit)
        self._address = getattr(provider, "base_url", planned.model.base_url)
        self._calls = self._cached = self._unrendered = self._input = 0
        self._exact = True
        self._more_input = adds_input(planned.params)
        self._dollars = NOTHING
        self._rendered: tuple[Case, tuple[Request, int] | None] | None = None
        self._price = lru_cache(1024)(self._priced)

    def add(self, task: Task) -> bool:
        """Count one trial's call; say whether there will be one."""
        asked = self._asked(task)
        if asked is None:
            self._unrendered += 1
            return False
        request, tokens = asked
        self._calls += 1
        if self._peeked.answers(self._key(request)):
            self._cached += 1
            return True
        self._input += tokens
        if not self._pricer.flat:
            self._dollars += self._price(tokens, 1)
        return True

    def known(self, task: Task) -> str | None:
        """Return the reply that the response cache holds."""
        asked = self._asked(task)
        found = self._peeked.reply(self._key(asked[0])) if asked else None
        return found.answer if found else None

    def outlay(self) -> Outlay:
        sent = self._calls - self._cached
        dollars = self._dollars
        if sent and self._pricer.flat:
            dollars = self._price(self._input, sent)
        latency = self._seen.latency_ms if self._seen else None
        return Outlay(
            candidate=self._planned.candidate,
            model=self._planned.model,
            calls=self._calls,
            cached_calls=self._cached,
            unrendered=self._unrendered,
            input_tokens=self._input,
            input_exact=self._exact and not self._more_input,
            output_tokens=self.replies.times(sent) if sent else NOTHING,
            dollars=dollars,
            more_input=self._more_input,
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

    def _asked(self, task: Task) -> tuple[Request, int] | None:
        """Return the request with its tokens; None where the template fails."""
        if self._rendered is None or self._rendered[0] is not task.case:
            self._rendered = task.case, self._render(task)
        if self._rendered[1] is None:
            return None
        request, tokens = self._rendered[1]
        if request.trial.repeat != task.repeat:
            request = replace(request, trial=task.key)
        return request, tokens

    def _key(self, request: Request) -> bytes | None:
        return self._peeked.key(self._planned.model, self._address, request)

    def _priced(self, tokens: int, calls: int) -> Span:
        """Price so many calls: with the shortest replies seen, the usual, the longest possible."""
        price = self._pricer.price
        free_replies = calls == 0 or (price is not None and not price.output and self._pricer.flat)

        def dollars(reply: float | None) -> float | None:
            if reply is None and not free_replies:
                return None
            return self._pricer.cost(Usage(tokens, round((reply or 0.0) * calls)))

        replies = self.replies
        return Span(dollars(replies.low or 0.0), dollars(replies.expected), dollars(replies.high))
