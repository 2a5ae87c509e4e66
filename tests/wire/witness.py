"""What the vendors' own packages say of a body: their published types, read strictly.

The packages themselves are lenient: requests are not looked at, answers are taken as they
come. Here a field that they do not know, and a value of another type, is a fault.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import openai.types as openai
from anthropic import types as anthropic
from anthropic.types import message_create_params as messages
from openai.types import chat, responses
from openai.types.chat import completion_create_params as completions
from openai.types.responses import response_create_params as creation
from pydantic import TypeAdapter
from pydantic_core import SchemaValidator, ValidationError

REQUESTS: dict[str, tuple[Any, Any]] = {
    "/v1/chat/completions": (
        completions.CompletionCreateParamsNonStreaming,
        completions.CompletionCreateParamsStreaming,
    ),
    "/v1/responses": (
        creation.ResponseCreateParamsNonStreaming,
        creation.ResponseCreateParamsStreaming,
    ),
    "/v1/messages": (
        messages.MessageCreateParamsNonStreaming,
        messages.MessageCreateParamsStreaming,
    ),
    "/v1/embeddings": (openai.EmbeddingCreateParams,) * 2,
}
"""What a request to a path is by its type, at once and streamed."""

ANSWERS: dict[str, Any] = {
    "/v1/chat/completions": chat.ChatCompletion,
    "/v1/responses": responses.Response,
    "/v1/messages": anthropic.Message,
    "/v1/embeddings": openai.CreateEmbeddingResponse,
}
EVENTS: dict[str, Any] = {
    "/v1/chat/completions": chat.ChatCompletionChunk,
    "/v1/responses": responses.ResponseStreamEvent,
    "/v1/messages": anthropic.RawMessageStreamEvent,
}


def faults_of_request(path: str, body: Any) -> list[str]:
    """Say what a request's body has that the type for its path does not."""
    return _faults(REQUESTS[path][bool(body.get("stream"))], body)


def faults_of_answer(path: str, body: Any) -> list[str]:
    """Say what an answer has that the type of a path's answers does not, or lacks."""
    return _faults(ANSWERS[path], body)


def faults_of_event(path: str, event: Any) -> list[str]:
    """Say what a stream's event has that the type of a path's events does not, or lacks."""
    return _faults(EVENTS[path], event)


def _faults(kind: Any, body: Any) -> list[str]:
    try:
        _validator(kind).validate_json(json.dumps(body), strict=True)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']} ({one['input']!r:.60})"
            for one in _telling(error)
        ]
    return []


def _telling(error: ValidationError) -> list[Any]:
    """Return what is wrong, without the complaints of types that the body says it is not."""
    found = error.errors(include_url=False)
    others = [
        one["loc"][:-1]
        for one in found
        if one["type"] == "literal_error" and one["loc"][-1] == "type"
    ]
    rest = [one for one in found if not any(one["loc"][: len(at)] == at for at in others)]
    return rest or found


@lru_cache
def _validator(kind: Any) -> SchemaValidator:
    # A list of them: a model's own schema may be put off until it is used.
    schema = _strict(TypeAdapter(list[kind]).core_schema)
    return SchemaValidator(_one(schema))


def _one(schema: Any) -> Any:
    """Return the schema of an item from that of a list of items."""
    if schema["type"] == "definitions":
        return {**schema, "schema": _one(schema["schema"])}
    return schema["items_schema"]


def _strict(schema: Any) -> Any:
    """Copy a core schema so that it lets no unknown field pass and looks into every list."""
    if isinstance(schema, list | tuple):
        return type(schema)(map(_strict, schema))
    if not isinstance(schema, dict):
        return schema
    copy = {name: _strict(part) for name, part in schema.items() if name != "serialization"}
    if copy.get("type") in ("typed-dict", "model-fields") and isinstance(copy.get("fields"), dict):
        copy["extra_behavior"] = "forbid"
    if copy.get("type") == "generator":  # looked into by nobody who does not iterate
        copy["type"] = "list"
    return copy
