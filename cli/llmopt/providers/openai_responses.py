"""`openai/…` with `api: responses`: OpenAI's Responses API.

Follows developers.openai.com/api/reference (responses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llmopt.domain import Completion, FinishReason, Request, ToolCall, Usage
from llmopt.providers._endpoint import Home
from llmopt.providers._stream import ResponseAssembly
from llmopt.providers._wire import (
    HttpModel,
    UnreadableError,
    cut_at,
    mappings,
    name_of,
    section,
    sendable,
    stops_of,
    tokens,
)

REPLY_LIMITS = ("max_completion_tokens", "max_tokens")

INCOMPLETE: Mapping[str, FinishReason] = {
    "max_output_tokens": "length",
    "content_filter": "filter",
}

CALLS: Mapping[str, str] = {"function_call": "arguments", "custom_tool_call": "input"}
"""The items that are calls of tools, and the field that holds what the tool is given."""


class OpenAIResponses(HttpModel):
    """A model behind the Responses API.

    Parameters may be written as for chat completions: reply limits, reasoning effort,
    response format, tools and tool choice are sent in the form that this API has for
    them. It has no stop sequences: the reply is cut at `stop` on arrival, and has then
    cost the tokens after the cut. Nothing is stored at OpenAI unless `store` says so.
    """

    sdk = "openai"
    client = "AsyncOpenAI"
    path = "/responses"
    home = Home("https://api.openai.com/v1", key_env="OPENAI_API_KEY", url_env="OPENAI_BASE_URL")
    assembly = ResponseAssembly

    def body(self, request: Request) -> dict[str, Any]:
        params = {"store": False, **sendable(request.params)}
        params.pop("stop", None)
        for name in REPLY_LIMITS:
            if name in params:
                params.setdefault("max_output_tokens", params.pop(name))
        _put(params, "reasoning", "effort", params.pop("reasoning_effort", None))
        _put(params, "text", "verbosity", params.pop("verbosity", None))
        _put(params, "text", "format", _flat(params.pop("response_format", None)))
        if isinstance(params.get("tools"), list):
            params["tools"] = [_tool(tool) for tool in params["tools"]]
        if "tool_choice" in params:
            params["tool_choice"] = _flat(params["tool_choice"])
        # The type may be left out at OpenAI; llama.cpp's server knows no reply without it.
        messages = [
            {"type": "message", "role": m.role, "content": m.content} for m in request.messages
        ]
        return {**params, "model": self.model.wire_name, "input": messages}

    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        output = data.get("output")
        if not isinstance(output, list):
            raise UnreadableError("it has no output")
        items = mappings(output)
        parts = [part for item in _spoken(items) for part in _parts(item)]
        calls = tuple(
            ToolCall(name_of(item), str(item.get(given) or ""))
            for item in items
            if (given := CALLS.get(str(item.get("type"))))
        )
        refused = any(part.get("type") == "refusal" for part in parts)
        whole = "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)
        text, was_cut = cut_at(whole, stops_of(request.params))
        reason = "filter" if refused else _finish(data, calls=bool(calls))
        return Completion(
            text=text,
            usage=_usage(section(data, "usage")),
            finish_reason="stop" if was_cut else reason,
            provider_id=data["id"] if isinstance(data.get("id"), str) else None,
            tool_calls=calls,
            service_tier=self.tier_of(data),
        )


def _spoken(items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the items that are the reply: not what the model says of its work meanwhile."""
    final = [item for item in items if item.get("phase") == "final_answer"]
    return final or items


def _parts(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return mappings(item.get("content")) if item.get("type") == "message" else []


def _finish(data: Mapping[str, Any], *, calls: bool) -> FinishReason | None:
    if data.get("status") == "incomplete":
        return INCOMPLETE.get(str(section(data, "incomplete_details").get("reason")))
    if data.get("status") == "completed":
        return "tool" if calls else "stop"
    return "error" if data.get("status") in ("failed", "cancelled") else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    details = section(usage, "input_tokens_details")
    return Usage(
        input_tokens=tokens(usage, "input_tokens"),
        output_tokens=tokens(usage, "output_tokens"),
        cached_input_tokens=tokens(details, "cached_tokens"),
        cache_write_tokens=tokens(details, "cache_write_tokens"),
        reasoning_tokens=tokens(section(usage, "output_tokens_details"), "reasoning_tokens"),
    )


def _put(params: dict[str, Any], group: str, name: str, value: object) -> None:
    """Put a value into a group of parameters; what the group says already wins."""
    if value is not None:
        params[group] = {name: value, **(params.get(group) or {})}


NESTED = ("format", "tools")
"""Fields of what chat completions wrap that hold what it wraps in turn."""


def _flat(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Lift what chat completions wrap under its own type: `{type: custom, custom: {...}}`."""
    if isinstance(value, list):
        return [_flat(one) for one in value]
    inner = value.get(str(value.get("type"))) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(inner, Mapping):
        return value
    lifted = {name: _flat(part) if name in NESTED else part for name, part in inner.items()}
    return {"type": value["type"], **lifted}


def _tool(tool: object) -> object:
    """Flatten a tool; here functions are strict unless told otherwise, there they are not."""
    flat = _flat(tool)
    wrapped = flat is not tool and flat["type"] == "function"
    return {"strict": False, **flat} if wrapped else flat
