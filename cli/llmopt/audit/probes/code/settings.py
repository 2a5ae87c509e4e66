"""The settings of calls to models, by the names that libraries give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from llmopt.audit.probes.code.module import UNKNOWN, Invocation

MODEL_KEYS = (
    "model",
    "model_name",
    "modelName",
    "modelId",
    "model_id",
    "engine",
    "deployment_name",
    "llm",
)
LIMIT_KEYS = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "max_new_tokens",
    "num_predict",
    "maxTokens",
    "maxOutputTokens",
    "maxCompletionTokens",
    "max_tokens_to_sample",
    "max_gen_len",
)
STOP_KEYS = ("stop", "stop_sequences", "stopSequences", "stopping_criteria", "stop_sequence")
STRUCTURED_KEYS = (
    "response_format",
    "text_format",
    "response_model",
    "guided_json",
    "guided_choice",
    "guided_regex",
    "guided_grammar",
    "structured_outputs",
    "grammar",
    "regex",
    "output_config",
    "response_schema",
    "responseSchema",
    "schema",
    "responseFormat",
    "response_json_schema",
    "json_schema",
    "output_format",
)
TOOL_KEYS = ("tools", "functions", "toolConfig", "tool_config", "handoffs")
"""Agents that one may hand over to are offered to the model as tools."""
TENANT_KEYS = ("user", "metadata", "extra_headers", "tags", "safety_identifier", "headers")
_STREAMS = re.compile(r"(?:\.|^)a?stream\w*$|_stream(?:_async)?$|Stream$")


def given(settings: Mapping[str, Any], keys: tuple[str, ...]) -> Any:  # noqa: ANN401
    """Return the first of the settings that is there; one that is None is not."""
    return next((settings[key] for key in keys if settings.get(key) is not None), None)


def streams(call: Invocation) -> bool:
    """Tell whether a call asks for its reply piece by piece."""
    return (
        call.keywords.get("stream") is True
        or call.keywords.get("streaming") is True
        or bool(_STREAMS.search(call.name))
    )


def structured(call: Invocation, settings: Mapping[str, Any]) -> bool:
    """Tell whether the form of the reply is enforced, by a schema, a grammar or a forced tool."""
    forced = settings.get("tool_choice", settings.get("toolChoice"))
    return (
        given(settings, STRUCTURED_KEYS) is not None
        or settings.get("format") not in (None, "text")
        or (forced is not None and forced not in ("auto", "none", UNKNOWN))
        or call.name.endswith((".parse", "Object"))
    )
