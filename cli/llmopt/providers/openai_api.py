"""`openai/…`: chat completions of OpenAI and of every server that speaks its format.

Follows developers.openai.com/api/reference (chat completions), which compatible
servers have in common; `api: responses` is `openai_responses`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from llmopt.domain import Completion, FinishReason, Model, Request, ToolCall, Usage
from llmopt.providers._endpoint import Home
from llmopt.providers._stream import ChatAssembly
from llmopt.providers._wire import (
    HttpModel,
    UnreadableError,
    mappings,
    name_of,
    section,
    sendable,
    text_of,
    tokens,
)
from llmopt.providers.base import Provider

FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool",
    "function_call": "tool",
    "content_filter": "filter",
    "eos": "stop",  # Together
    "eos_token": "stop",  # Text Generation Inference
    "stop_sequence": "stop",
    "end_turn": "stop",  # gateways that hand on Anthropic's own words
    "max_tokens": "length",
    "tool_use": "tool",
    "refusal": "filter",
    "model_length": "length",  # Mistral, where the context is full
    "sensitive": "filter",  # Zhipu
    "network_error": "error",
    "insufficient_system_resource": "error",  # DeepSeek
    "abort": "error",  # vLLM, SGLang
    "error": "error",
}
"""What the reasons mean: OpenAI's own first, then those of compatible servers' references."""

CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),  # DeepSeek
    ("cached_tokens",),  # Moonshot
    ("cache_read_input_tokens",),  # gateways to Anthropic
)
WRITTEN = (
    ("prompt_tokens_details", "cache_write_tokens"),
    ("prompt_tokens_details", "cache_creation_tokens"),  # gateways to Anthropic
    ("cache_creation_input_tokens",),
)
REASONED = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("reasoning_tokens",),
)
"""Where the parts of a usage stand: at OpenAI, then elsewhere."""

BILLING_HOST = "openrouter.ai"
"""Its answers say what they cost, in dollars (openrouter.ai/docs, "Usage Accounting")."""


class OpenAIModel(HttpModel):
    """A model behind a chat completions API.

    Parameters go out under their own names, known to the SDK or not. One is
    translated: on OpenAI's own hosts `max_tokens` is sent as
    `max_completion_tokens`, which all its models take and the newer ones insist
    on; other servers get it as it is.
    """

    sdk = "openai"
    client = "AsyncOpenAI"
    path = "/chat/completions"
    reply_limits = ("max_tokens", "max_completion_tokens")
    home = Home("https://api.openai.com/v1", key_env="OPENAI_API_KEY", url_env="OPENAI_BASE_URL")
    assembly = ChatAssembly
    streamed: ClassVar[Mapping[str, Any]] = {
        "stream": True,
        "stream_options": {"include_usage": True},
    }

    def body(self, request: Request) -> dict[str, Any]:
        params = sendable(request.params)
        if self.endpoint.at_home and "max_tokens" in params:
            params.setdefault("max_completion_tokens", params.pop("max_tokens"))
        return {
            **params,
            "model": self.model.wire_name,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        }

    def completion(self, data: Mapping[str, Any], request: Request) -> Completion:
        choices = data.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict) or not isinstance(first.get("message"), dict):
            raise UnreadableError(
                "it has no choices" if first is None else "its choice has no message"
            )
        message = first["message"]
        usage = section(data, "usage")
        refusal = message.get("refusal")
        text = text_of(message.get("content"), "its content")
        return Completion(
            text=text or refusal if isinstance(refusal, str) else text,
            usage=_usage(usage),
            finish_reason="filter"
            if refusal
            else FINISH.get(str(first.get("finish_reason")).lower()),
            provider_id=data["id"] if isinstance(data.get("id"), str) else None,
            tool_calls=_tool_calls(message),
            service_tier=self.tier_of(data),
            cost=_bill(usage) if self._tells_its_bill else None,
        )

    @property
    def _tells_its_bill(self) -> bool:
        """Whether what an answer says of its cost holds: a price in llmopt.yaml goes first."""
        return self.model.price is None and urlsplit(self.endpoint.url).hostname == BILLING_HOST


def _bill(usage: Mapping[str, Any]) -> float | None:
    """Return the dollars that a gateway charges; with a key of one's own, its provider's on top."""
    upstream = _dollars(section(usage, "cost_details").get("upstream_inference_cost"))
    charged = _dollars(usage.get("cost"))
    if charged is None or not upstream or usage.get("is_byok") is False:
        return charged
    return charged + upstream if usage.get("is_byok") else None


def _dollars(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if 0 <= value < math.inf else None


def _tool_calls(message: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    kept = [_tool_call(call) for call in mappings(message.get("tool_calls"))]
    if isinstance(message.get("function_call"), dict):  # the older form, on some servers
        kept.append(_tool_call({"function": message["function_call"]}))
    return tuple(kept)


def _tool_call(call: Mapping[str, Any]) -> ToolCall:
    """Read a call of a function, or of a custom tool, which is given a text."""
    function, custom = section(call, "function"), section(call, "custom")
    given = function.get("arguments") or custom.get("input") or ""
    # Ollama's own form, on some servers, has the arguments as an object.
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
    return ToolCall(name_of(function or custom), text)


def _usage(usage: Mapping[str, Any]) -> Usage:
    return Usage(
        input_tokens=tokens(usage, "prompt_tokens"),
        output_tokens=_output(usage),
        cached_input_tokens=_first(usage, CACHED),
        cache_write_tokens=_first(usage, WRITTEN),
        reasoning_tokens=_first(usage, REASONED),
    )


def _first(usage: Mapping[str, Any], places: Sequence[tuple[str, ...]]) -> int | None:
    """Return the first count that stands at one of the places."""
    for *within, name in places:
        count = tokens(section(usage, within[0]) if within else usage, name)
        if count is not None:
            return count
    return None


def _output(usage: Mapping[str, Any]) -> int | None:
    """Return all output tokens: xAI and Gemini count reasoning in the total alone, and bill it."""
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    prompt, completion, total = (tokens(usage, name) for name in names)
    if prompt is None or completion is None or total is None:
        return completion
    return max(completion, total - prompt)


def provider(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Make the provider of one `openai/…` model; `clock` tells seconds.

    Raises:
        MissingError: its key is not in the environment.
        UsageError: its address is no http(s) URL.
    """
    if model.api == "responses":
        from llmopt.providers.openai_responses import OpenAIResponses

        return OpenAIResponses(model, environ=environ, clock=clock)
    return OpenAIModel(model, environ=environ, clock=clock)


def embedder(model: Model, *, environ: Mapping[str, str], clock: Callable[[], float]) -> Provider:
    """Make what turns texts into vectors by one `openai/…` model.

    Raises:
        MissingError: its key is not in the environment.
        UsageError: its address is no http(s) URL.
    """
    from llmopt.providers.embeddings import OpenAIEmbeddings

    return OpenAIEmbeddings(model, environ=environ, clock=clock)
