from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

from llmopt.domain.perturbations import Perturbation
from llmopt.domain.prompts import Message

FinishReason = Literal["stop", "length", "tool", "filter", "error"]
CallRole = Literal["generation", "judge", "retries"]


class TokenCount(NamedTuple):
    """Tokens counted offline; `exact` is False for an estimate (shown with "~")."""

    tokens: int
    exact: bool


class TrialKey(NamedTuple):
    """What a trial is a trial of; `repeat` counts from 0.

    `perturbation` is set where the case's variables were perturbed on purpose.
    """

    prompt: str
    variant: str
    model: str
    case: str
    repeat: int
    perturbation: Perturbation | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call as the provider reports them; None is unknown, never a guessed zero.

    `input_tokens` is the whole input, tokens read from and written to the
    provider's prompt cache included; `output_tokens` includes reasoning.
    Providers that report otherwise are normalised where they enter.
    `cache_write_1h_tokens` are those of `cache_write_tokens` that are kept for an hour.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_1h_tokens: int | None = None

    def __add__(self, other: Usage) -> Usage:
        """Sum field by field; a sum with an unknown part is unknown."""

        def total(name: str) -> int | None:
            mine, theirs = getattr(self, name), getattr(other, name)
            return None if mine is None or theirs is None else mine + theirs

        return Usage(**{f.name: total(f.name) for f in fields(Usage)})


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to a model: rendered messages and parameters.

    `trial` says what it is asked for. Only replays may look at it: a provider
    that answered by it instead of by the messages would measure nothing.
    """

    messages: tuple[Message, ...]
    params: Mapping[str, Any]
    trial: TrialKey


class ToolCall(NamedTuple):
    """A tool that the model wants called; `arguments` is JSON as the model wrote it."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's reply.

    `text` is None when only its score is known (a replayed table of outcomes),
    `latency_ms` when nobody measured it. `cost` (dollars) is set by replays, by the
    response cache and by a gateway that tells its bill, `score` (0..1) by replays alone;
    they hold as they stand. `cached` says that nobody was asked or paid for it in this
    run: the response cache gave it, or an identical request under way brought it. Its
    latency and cost are then those of the original.

    `tool_calls` are the tools that the model wants called. `first_token_ms` runs until
    the first piece of the reply and is known of streamed replies alone; `service_tier`
    is what the provider says it served the request as.
    """

    text: str | None
    usage: Usage = Usage()
    latency_ms: float | None = None
    finish_reason: FinishReason | None = None
    provider_id: str | None = None
    cost: float | None = None
    score: float | None = None
    cached: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    first_token_ms: float | None = None
    service_tier: str | None = None

    @property
    def answer(self) -> str | None:
        """What scorers judge: the text, or the tool calls as JSON where they are all there is.

        One call is an object of `name` and `arguments`, several are a list of such.
        """
        if self.text or not self.tool_calls:
            return self.text
        calls = [{"name": one.name, "arguments": _parsed(one.arguments)} for one in self.tool_calls]
        return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model with its completion, and what it costs (dollars, None unknown).

    `counted_input` and `counted_output` are offline counts, where the provider reports
    none: what it reports is what counts.
    """

    role: CallRole
    model: str
    completion: Completion
    cost: float | None
    counted_input: TokenCount | None = None
    counted_output: TokenCount | None = None

    @property
    def spent(self) -> float | None:
        """Dollars paid for it in this run: 0 for a cached call, whatever it cost at first."""
        return 0.0 if self.completion.cached else self.cost

    @property
    def input_tokens(self) -> TokenCount | None:
        return _reported_or_counted(self.completion.usage.input_tokens, self.counted_input)

    @property
    def output_tokens(self) -> TokenCount | None:
        return _reported_or_counted(self.completion.usage.output_tokens, self.counted_output)


def _parsed(arguments: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read a tool call's arguments; what is no JSON, from a weak model, stays text."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _reported_or_counted(reported: int | None, counted: TokenCount | None) -> TokenCount | None:
    return counted if reported is None else TokenCount(reported, exact=True)
