"""`anthropic/…`: the Messages API. Follows platform.claude.com/docs/en/api/messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from llmopt.domain import Completion, FinishReason, Model, Request, Usage
from llmopt.providers._endpoint import Home
from llmopt.providers._wire import HttpModel, UnreadableError, section, sendable, text_of, tokens
from llmopt.providers.base import Provider

MAX_TOKENS = 1024
"""Sent where the parameters set no `max_tokens`: the API requires one."""

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
    tokens after the cut, which `usage` says. Requests with `temperature`,
    `top_p` or `top_k` ask for the API version that has them, unless `headers`
    name one.
    """

    sdk = "anthropic"
    client = "AsyncAnthropic"
    path = "/v1/messages"
    home = Home(
        "https://api.anthropic.com", key_env="ANTHROPIC_API_KEY", url_env="ANTHROPIC_BASE_URL"
    )

    def headers(self) -> Mapping[str, str]:
        # The SDK sends a bearer token; compatible servers may know the older header alone.
        older = {} if self.endpoint.at_home else {"x-api-key": self.endpoint.key}
        return {**older, **self.model.headers}

    def extra_headers(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        chosen = any(name.lower() in SAMPLING_VERSION for name in self.model.headers)
        return SAMPLING_VERSION if not chosen and SAMPLING & body.keys() else {}

    def body(self, request: Request) -> dict[str, Any]:
        params = sendable(request.params)
        for name in ("stop", "stop_sequences"):
            params.pop(name, None)
        body = {
            "max_tokens": MAX_TOKENS,
            **params,
            "model": self.model.wire_name,
            "messages": [m._asdict() for m in request.messages if m.role != "system"],
        }
        system = [m.content for m in request.messages if m.role == "system"]
        if system:
            body["system"] = "\n\n".join(system)
        stops = [stop for stop in _stops(request.params) if stop.strip()]
        if stops:
            body["stop_sequences"] = stops
        return body

    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        if not isinstance(data.get("content"), list):
            raise UnreadableError("it has no content")
        text = text_of(data["content"], "its content")
        cuts = [text.find(stop) for stop in _stops(request.params) if stop.isspace()]
        end = min((cut for cut in cuts if cut >= 0), default=None)
        reason = FINISH.get(str(data.get("stop_reason")))
        return Completion(
            text=text[:end],
            usage=_usage(section(data, "usage")),
            finish_reason=reason if end is None else "stop",
            provider_id=data["id"] if isinstance(data.get("id"), str) else None,
        )


def _stops(params: Mapping[str, Any]) -> list[str]:
    """Collect the stop sequences, under either API's name for them."""
    stops: list[str] = []
    for name in ("stop", "stop_sequences"):
        value = params.get(name)
        several = value if isinstance(value, list | tuple) else [value]
        stops += [str(stop) for stop in several if stop is not None]
    return stops


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
    )


def provider(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Make the provider of one `anthropic/…` model; `clock` tells seconds.

    Raises:
        MissingError: its key is not in the environment.
        UsageError: its address is no http(s) URL.
    """
    return AnthropicModel(model, environ=environ, clock=clock)
