"""What one model is asked about one candidate's replies, added up question by question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from llmopt.domain import Candidate, Message, Model, Request, TrialKey, Usage
from llmopt.evaluate.judging import judge_params
from llmopt.evaluate.worst_case import most_reply_tokens
from llmopt.measure.history import Judgements
from llmopt.measure.peeked import Peeked
from llmopt.measure.span import NOTHING, Span
from llmopt.prices.table import Pricer
from llmopt.providers.base import Provider
from llmopt.scorers.base import Need, Question
from llmopt.tokens.counting import counter_for


@dataclass(frozen=True, slots=True)
class JudgeOutlay:
    """What one model is asked about one candidate's replies.

    `cached_calls` are those of `calls` that the response cache is known to answer; every
    other figure is of the calls that are `sent`. `seconds` is None where no earlier run
    tells how long an answer takes.
    """

    candidate: Candidate
    model: Model
    calls: Span
    cached_calls: int
    sent: Span
    input_tokens: Span
    input_exact: bool
    output_tokens: Span
    dollars: Span
    seconds: float | None


class JudgeTally:
    """Adds up one model's questions about one candidate.

    `seen` are its judgements in an earlier run, `provider` what tells its address and the
    limit of its replies.
    """

    def __init__(
        self,
        candidate: Candidate,
        need: Need,
        model: Model,
        provider: Provider | None,
        seen: Judgements | None,
    ) -> None:
        self._candidate, self._need, self._model = candidate, need, model
        self._provider, self._seen = provider, seen
        self._counter = counter_for(model.identity)
        pricer = Pricer(model)
        self._low, self._expected, self._high = _End(pricer), _End(pricer), _End(pricer)
        self._calls = NOTHING
        self._cached = 0
        self._exact = True
        self._unknown = False
        self._tokens = lru_cache(256)(self._counted)

    def known(self, question: Question, trial: TrialKey, peeked: Peeked) -> None:
        """Count a question whose every word is known."""
        self._calls += Span.of(1)
        params = self._params(question.params)
        request = Request(question.messages, params, trial)
        address = getattr(self._provider, "base_url", self._model.base_url)
        if peeked.answers(peeked.key(self._model, address, request)):
            self._cached += 1
            return
        tokens, replies = self._tokens(question.messages), self._replies(params)
        self._low.add(tokens, replies.low or 0.0)
        self._expected.add(tokens, replies.expected)
        self._high.add(tokens, replies.high)

    def possible(self, question: Question, replies: Sequence[Span], share: float | None) -> None:
        """Count a question that shows `replies` of unknown length: the expected and the most.

        `share` is how often it is expected to be asked at all, None where nobody can say.
        """
        tokens, own = self._tokens(question.messages), self._replies(self._params(question.params))
        most = [one.high for one in replies]
        self._high.add(_sum(tokens, most), own.high)
        stood_in = len(replies)  # each stands for one token
        mean = [one.expected for one in replies]
        self._expected.add(_sum(tokens - stood_in, mean), own.expected, share)
        self._calls += Span(0.0, share, 1.0)

    def least(self, question: Question) -> Callable[[], None]:
        """Count a question that is asked whatever the replies, from the cache at least.

        Return what counts it as sent.
        """
        self._calls += Span(1.0, 0.0, 0.0)
        own = self._replies(self._params(question.params))
        return partial(self._low.add, self._tokens(question.messages), own.low or 0.0)

    def give_up(self) -> None:
        """Take everything for unknown: a scorer cannot say what it will ask."""
        self._unknown = True

    def outlay(self) -> JudgeOutlay:
        """Return what it comes to."""
        low, expected, high = self._low, self._expected, self._high
        unknown = Span(None, None, None)
        sent = unknown if self._unknown else Span(low.calls, expected.calls, high.calls)
        latency = self._seen.replies.latency_ms if self._seen else None
        seconds = None
        if sent.expected is not None and (latency is not None or not sent.expected):
            seconds = sent.expected * (latency or 0.0) / 1000
        output = Span(
            low.output if self._seen or not sent.low else None, expected.output, high.output
        )
        dollars = Span(low.dollars, expected.dollars, high.dollars)
        return JudgeOutlay(
            candidate=self._candidate,
            model=self._model,
            calls=unknown if self._unknown else self._calls,
            cached_calls=self._cached,
            sent=sent,
            input_tokens=unknown
            if self._unknown
            else Span(low.tokens, expected.tokens, high.tokens),
            input_exact=self._exact,
            output_tokens=unknown if self._unknown else output,
            dollars=unknown if self._unknown else dollars,
            seconds=seconds,
        )

    def _params(self, own: Mapping[str, Any]) -> Mapping[str, Any]:
        return judge_params(self._model, own) if self._need.kind == "judge" else self._model.params

    def _replies(self, params: Mapping[str, Any]) -> Span:
        seen = self._seen.replies if self._seen else None
        return Span.of_replies(seen, most_reply_tokens(self._provider, params))

    def _counted(self, messages: tuple[Message, ...]) -> int:
        if self._need.kind == "judge":
            counted = self._counter.messages(messages)
        else:
            counted = self._counter.text(messages[0].content)
        self._exact = self._exact and counted.exact
        return counted.tokens


class _End:
    """One end of the spans: calls, input and output tokens, dollars; None where unknown."""

    def __init__(self, pricer: Pricer) -> None:
        self._pricer = pricer
        self._summed: float | None = 0.0
        self._one = lru_cache(1024)(self._priced)
        self.calls: float | None = 0.0
        self.tokens: float | None = 0.0
        self.output: float | None = 0.0

    def add(self, tokens: float | None, output: float | None, share: float | None = 1.0) -> None:
        """Add a call of so many tokens, or the share of it that is expected."""
        if share == 0:
            return
        self.calls = _plus(self.calls, 1.0, share)
        self.tokens = _plus(self.tokens, tokens, share)
        self.output = _plus(self.output, output, share)
        if not self._pricer.flat:
            self._summed = _plus(self._summed, self._one(tokens, output), share)

    @property
    def dollars(self) -> float | None:
        return self._priced(self.tokens, self.output) if self._pricer.flat else self._summed

    def _priced(self, tokens: float | None, output: float | None) -> float | None:
        price = self._pricer.price
        if output is None and price is not None and not price.output and self._pricer.flat:
            output = 0.0
        if tokens is None or output is None:
            return None
        return self._pricer.cost(Usage(round(tokens), round(output)))


def _plus(total: float | None, one: float | None, share: float | None) -> float | None:
    return None if total is None or one is None or share is None else total + one * share


def _sum(tokens: float, more: Sequence[float | None]) -> float | None:
    known = [one for one in more if one is not None]
    return tokens + sum(known) if len(known) == len(more) else None
