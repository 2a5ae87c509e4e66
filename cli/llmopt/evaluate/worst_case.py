"""The most that a call can cost, before it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from llmopt.domain import Completion, Message, Model, Request, Usage
from llmopt.errors import UsageError
from llmopt.evaluate.plan import Plan
from llmopt.prices.table import Pricer, asked_tier
from llmopt.providers.base import BoundsReplies, Provider
from llmopt.providers.registry import is_local, steady_params
from llmopt.tokens.counting import Counter

REPLY_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""Parameters that say how many tokens a reply may have, reasoning included.

A provider that does not know them all names its own as `reply_limits`: another's may be
ignored where it arrives, and bounds nothing."""

ADD_INPUT = ("tools", "functions", "response_format", "text", "output_format", "output_config")
"""Parameters that providers write into the input, each in a way of its own that none publishes."""

FRAME_BYTES = 32
"""More than any known chat format adds to a message, in tokens."""

TOOLS_TOKENS = 1000
"""More than the instructions that a provider adds to a request with tools are known to take."""


def most_reply_tokens(provider: Provider | None, params: Mapping[str, Any]) -> int | None:
    """Return the most tokens that a request's replies can have; None where nothing bounds them."""
    names = getattr(provider, "reply_limits", REPLY_LIMITS)
    limits = [params[name] for name in names if isinstance(params.get(name), int)]
    known: object = provider
    if not limits and isinstance(known, BoundsReplies):
        limits = [known.most_reply_tokens(params)]
    replies = params.get("n")
    return max(limits) * (replies if isinstance(replies, int) else 1) if limits else None


class WorstCase:
    """The most that a call to one model can cost.

    Its input: the exact count, or, where the tokenizer is not published, one token for
    each byte, which no tokenizer in use exceeds; with it whatever parameters carry text
    (tools, schemas). Its output: all that the parameters allow. All of it at the dearest
    rate that the model has for it: written to the provider's cache, or reasoning.
    """

    def __init__(self, provider: Provider, counter: Counter, pricer: Pricer) -> None:
        self._provider = provider
        self._counter = counter
        self._pricer = pricer
        self._dollars = lru_cache(4096)(self._dearest)
        self._beyond = 1.0

    @property
    def beyond(self) -> float:
        """How many times the worst case a call was seen to cost, 1 or more."""
        return self._beyond

    def of(self, request: Request) -> float | None:
        """Return the dollars; None where price or reply have no known bound."""
        output = self.reply(request.params)
        if output is None:
            return None
        tokens = self._input(request.messages) + _tokens_in(request.params)
        long = _kept_long(request.params, tokens)
        return self._dollars(tokens, output, asked_tier(request), long)

    def reply(self, params: Mapping[str, Any]) -> int | None:
        """Return the most tokens that a request's replies can have; 0 where they cost nothing."""
        price = self._pricer.price
        if price is not None and not price.output and self._pricer.flat:
            return 0
        return most_reply_tokens(self._provider, params)

    @property
    def priced(self) -> bool:
        """Whether the model's price is known."""
        return self._pricer.price is not None

    def charged(self, request: Request, completion: Completion) -> float | None:
        """Return what a call has cost; None where nobody reported enough to know."""
        return self._pricer.charge(request, completion)

    def learn(self, worst: float, cost: float | None) -> None:
        """Believe a provider that charges more than could be: the next calls may cost it, too.

        `worst` is what `of` returned. Of many surprises at once the largest counts.
        """
        if cost is not None and cost > worst > 0:
            self._beyond = max(self._beyond, cost / worst)

    def _input(self, messages: tuple[Message, ...]) -> int:
        if self._counter.exact:
            counted = self._counter.messages(messages)
            if counted.exact:
                return counted.tokens
        return FRAME_BYTES + sum(FRAME_BYTES + len(m.content.encode()) for m in messages)

    def _dearest(self, tokens: int, output: int, tier: str | None, kept_long: int) -> float | None:
        usages = (
            Usage(tokens, output),
            Usage(tokens, output, cache_write_tokens=tokens, cache_write_1h_tokens=kept_long),
            Usage(tokens, output, reasoning_tokens=output),
        )
        costs = (self._pricer.cost(usage, tier=tier) for usage in usages)
        return max((cost for cost in costs if cost is not None), default=None)


def check_bounds(plan: Plan, worst: Mapping[str, WorstCase], judges: Sequence[Model] = ()) -> None:
    """Refuse a budget for calls of which nobody can say what they may cost.

    `worst` holds what is known of the models, by name; `judges` answer scorers alone.

    Raises:
        UsageError: models without a price, or replies without a limit.
    """
    paid = [model for model in (*plan.models, *judges) if not is_local(model)]
    if unpriced := [model for model in paid if not worst[model.name].priced]:
        raise UsageError(
            f"--max-cost needs the price of every model; unknown: {_names(unpriced)}",
            hint="write `price: {input: ..., output: ...}` (dollars per million tokens) under the "
            "model in llmopt.yaml",
        )
    if endless := [*_endless(plan, worst), *_endless_judges(judges, worst)]:
        raise UsageError(
            "--max-cost needs a limit of every reply; none for "
            + ", ".join(endless[:3])
            + (f" and {len(endless) - 3} more" if len(endless) > 3 else ""),
            hint="set max_tokens in the params of the model or the variant",
        )


def _endless(plan: Plan, worst: Mapping[str, WorstCase]) -> Iterator[str]:
    for planned in plan.candidates:
        if not is_local(planned.model) and worst[planned.model.name].reply(planned.params) is None:
            yield str(planned.candidate)


def _endless_judges(judges: Sequence[Model], worst: Mapping[str, WorstCase]) -> Iterator[str]:
    for judge in judges:
        params = {**steady_params(judge), **judge.params}
        if not is_local(judge) and worst[judge.name].reply(params) is None:
            yield f"the judge {judge.name}"


def _names(models: list[Model]) -> str:
    return ", ".join(model.name for model in models)


def adds_input(params: Mapping[str, Any]) -> bool:
    """Whether parameters put more before the model than the messages: tools, a schema."""
    return any(
        (isinstance(value, list | tuple) and value)
        or (isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()))
        for value in (params.get(name) for name in ADD_INPUT)
    )


def _kept_long(params: Mapping[str, Any], tokens: int) -> int:
    """Return how many tokens of input a request asks to cache for an hour, which costs more."""
    asked = params.get("cache_control")
    return tokens if isinstance(asked, Mapping) and asked.get("ttl") == "1h" else 0


def _tokens_in(params: Mapping[str, Any]) -> int:
    """Bound the tokens of what parameters put before the model: tools, schemas, instructions."""
    texts = {
        name: value
        for name, value in params.items()
        if isinstance(value, Mapping | list | tuple) or (isinstance(value, str) and " " in value)
    }
    if not texts:
        return 0
    written = len(json.dumps(texts, ensure_ascii=False, default=str).encode())
    return written + (TOOLS_TOKENS if "tools" in params or "functions" in params else 0)
