"""Answers as the two APIs publish them, each field open to change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

CHAT_USAGE = {
    "prompt_tokens": 31,
    "completion_tokens": 2,
    "total_tokens": 33,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
MESSAGE_USAGE = {
    "input_tokens": 31,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 2,
    "service_tier": "standard",
}


def chat_completion(
    text: Any = "positive",
    *,
    finish_reason: str | None = "stop",
    usage: Any = CHAT_USAGE,
    **message: Any,
) -> Mapping[str, Any]:
    """Make an answer of OpenAI's chat completions; keywords are more fields of its message."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "a-model",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": usage,
    }


def message(
    text: str = "positive",
    *,
    stop_reason: str | None = "end_turn",
    usage: Any = MESSAGE_USAGE,
    **fields: Any,
) -> Mapping[str, Any]:
    """Make an answer of Anthropic's Messages API; keywords are more of its fields."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "a-model",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": usage,
        **fields,
    }


def openai_error(
    text: str, *, code: Any = None, kind: str = "invalid_request_error", param: str | None = None
) -> Mapping[str, Any]:
    return {"error": {"message": text, "type": kind, "param": param, "code": code}}


def anthropic_error(text: str, *, kind: str, **more: Any) -> Mapping[str, Any]:
    error = {"type": kind, "message": text, **more}
    return {"type": "error", "error": error, "request_id": "req_1"}


RESPONSE_USAGE = {
    "input_tokens": 31,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 2,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 33,
}


def response(
    text: str = "positive", *, status: str = "completed", output: Any = None, **fields: Any
) -> Mapping[str, Any]:
    """Make an answer of OpenAI's Responses API; keywords are more of its fields."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "model": "a-model",
        "status": status,
        "output": [said(content)] if output is None else output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": RESPONSE_USAGE,
        **fields,
    }


def said(content: Sequence[Mapping[str, Any]], **fields: Any) -> Mapping[str, Any]:
    """Make a message in the output of the Responses API; keywords are more of its fields."""
    made = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
    return {**made, "content": content, **fields}


def stream(*events: Mapping[str, Any], named: bool = False, done: bool = True) -> bytes:
    """Write server-sent events as the APIs do; Anthropic and Responses name each one."""
    lines = []
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n")
    return "".join([*lines, "data: [DONE]\n\n" if done else ""]).encode()


CHUNK = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1_790_000_000,
    "model": "a-model",
}


def chunk(finish_reason: str | None = None, **delta: Any) -> Mapping[str, Any]:
    """Make one chunk of a streamed chat completion."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**CHUNK, "choices": [choice]}


def embeddings(texts: Sequence[str], *, tokens: int = 7) -> Mapping[str, Any]:
    """Make an answer of the embeddings API: how often each text has the letters a, e, o."""
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": [float(text.lower().count(letter)) for letter in "aeo"],
            }
            for index, text in enumerate(texts)
        ],
        "model": "a-model",
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
