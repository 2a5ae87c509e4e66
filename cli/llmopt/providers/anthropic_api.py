"""`anthropic/…`: the Messages API. Follows platform.claude.com/docs/en/api/messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llmopt.domain import Completion, FinishReason, Message, Model, Request, ToolCall, Usage
from llmopt.providers._endpoint import Home
from llmopt.providers._stream import MessageAssembly
from llmopt.providers._wire import (
    HttpModel,
    UnreadableError,
    cut_at,
    mappings,
    name_of,
    section,
    sendable,
    stops_of,
    text_of,
    tokens,
)
from llmopt.providers.base import Provider

MAX_TOKENS = 1024
"""Tokens of the reply where the parameters set no `max_tokens`: the API requires one.

Thinking counts as reply there, so its budget comes on top."""

BREAKPOINT = {"cache_control": {"type": "ephemeral"}}

SAMPLING = frozenset({"temperature", "top_p", "top_k"})
SAMPLING_VERSION = {"anthropic-version": "2023-06-01"}
"""The last API version that takes sampling parameters; from 2026-10-21 on, which the
SDK asks for, they are an error on every model and at every value."""

FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool",
    "pause_turn": "tool",
    "refusal": "filter",
}


class AnthropicModel(HttpModel):
    """A model behind the Messages API.

    System messages are joined and sent as the system prompt, wherever they
    stand. `stop` is sent as `stop_sequences`. The API refuses blank ones such
    as a line break, so the reply is cut there on arrival; it has then cost the
    tokens after the cut, which `usage` says. Where the static beginning of the
    messages ends, it is marked for the API to cache. Requests with `temperature`,
    `top_p` or `top_k` ask for the API version that has them, unless `headers`
    name one.
    """

    sdk = "anthropic"
    client = "AsyncAnthropic"
    path = "/v1/messages"
    reply_limits = ("max_tokens",)
    home = Home(
        "https://api.anthropic.com", key_env="ANTHROPIC_API_KEY", url_env="ANTHROPIC_BASE_URL"
    )

    assembly = MessageAssembly

    def headers(self) -> Mapping[str, str]:
        # The SDK sends a bearer token; compatible servers may know the older header alone.
        older = {} if self.endpoint.at_home else {"x-api-key": self.endpoint.key}
        return {**older, **self.endpoint.headers}

    def extra_headers(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        chosen = any(name.lower() in SAMPLING_VERSION for name in self.model.headers)
        return SAMPLING_VERSION if not chosen and SAMPLING & body.keys() else {}

    def most_reply_tokens(self, params: Mapping[str, Any]) -> int:
        """Return what `max_tokens` is set to where the parameters leave it out."""
        budget = section(params, "thinking").get("budget_tokens")
        return MAX_TOKENS + (budget if isinstance(budget, int) else 0)

    def body(self, request: Request) -> dict[str, Any]:
        params = sendable(request.params)
        for name in ("stop", "stop_sequences"):
            params.pop(name, None)
        system = [m for m in request.messages if m.role == "system" and m.content.strip()]
        marked = _last_static(request.messages)
        body = {
            "max_tokens": self.most_reply_tokens(params),
            **params,
            "model": self.model.wire_name,
            "messages": [
                {"role": m.role, "content": _blocks(m) if m is marked else m.content}
                for m in request.messages
                if m.role != "system"
            ],
        }
        if system:
            body["system"] = _system(system, marked)
        stops = [stop for stop in stops_of(request.params) if stop.strip()]
        if stops:
            body["stop_sequences"] = stops
        return body

    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        if not isinstance(data.get("content"), list):
            raise UnreadableError("it has no content")
        blank = [stop for stop in stops_of(request.params) if stop.isspace()]
        text, was_cut = cut_at(text_of(data["content"], "its content"), blank)
        reason = FINISH.get(str(data.get("stop_reason")))
        return Completion(
            text=text,
            usage=_usage(section(data, "usage")),
            finish_reason="stop" if was_cut else reason,
            provider_id=data["id"] if isinstance(data.get("id"), str) else None,
            tool_calls=_tool_calls(data["content"]),
            service_tier=self.tier_of(section(data, "usage")),
        )


def _last_static(messages: Sequence[Message]) -> Message | None:
    """Return the message in which the static beginning ends: it alone needs the mark."""
    return next((message for message in reversed(messages) if message.static), None)


def _blocks(message: Message) -> list[dict[str, Any]]:
    """Split a message where its static beginning ends; the API refuses blank blocks."""
    head, tail = message.content[: message.static], message.content[message.static :]
    if not head.strip():
        return [{"type": "text", "text": message.content}]
    if not tail.strip():
        return [{"type": "text", "text": message.content, **BREAKPOINT}]
    return [{"type": "text", "text": head, **BREAKPOINT}, {"type": "text", "text": tail}]


def _system(messages: Sequence[Message], marked: Message | None) -> str | list[dict[str, Any]]:
    """Join system messages; one that is marked ends a block."""
    if marked is None or marked not in messages:
        return "\n\n".join(message.content for message in messages)
    before = "".join(f"{m.content}\n\n" for m in messages[: messages.index(marked)])
    after = [{"type": "text", "text": m.content} for m in messages[messages.index(marked) + 1 :]]
    first, *rest = _blocks(marked)
    return [{**first, "text": before + first["text"]}, *rest, *after]


def _tool_calls(content: list[Any]) -> tuple[ToolCall, ...]:
    used = [part for part in mappings(content) if part.get("type") == "tool_use"]
    return tuple(
        ToolCall(name_of(part), json.dumps(part.get("input"), ensure_ascii=False)) for part in used
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Count the whole input: `input_tokens` leaves out what the prompt cache read and wrote."""
    fresh = tokens(usage, "input_tokens")
    read = tokens(usage, "cache_read_input_tokens")
    written = tokens(usage, "cache_creation_input_tokens")
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (written or 0),
        output_tokens=tokens(usage, "output_tokens"),
        cached_input_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=tokens(section(usage, "output_tokens_details"), "thinking_tokens"),
        cache_write_1h_tokens=tokens(section(usage, "cache_creation"), "ephemeral_1h_input_tokens"),
    )


def provider(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Make the provider of one `anthropic/…` model; `clock` tells seconds.

    Raises:
        MissingError: its key is not in the environment.
        UsageError: its address is no http(s) URL.
    """
    return AnthropicModel(model, environ=environ, clock=clock)
