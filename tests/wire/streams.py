"""An answer as each of the APIs would have streamed it: the events that its reference lists.

Follows developers.openai.com/api/reference (chat completions and responses, streaming
events) and platform.claude.com/docs/en/build-with-claude/streaming.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.wire.formats import CHUNK, chunk

Event = Mapping[str, Any]
Fields = dict[str, Any]


def chat_events(answer: Event) -> Iterator[Event]:
    """Stream an answer of chat completions, with the usage that `stream_options` asks for."""
    (choice,) = answer["choices"]
    said = choice["message"]
    silent: Fields = {"usage": None, "service_tier": answer.get("service_tier")}
    yield {**chunk(role="assistant", content="", refusal=None), **silent}
    for name in ("content", "refusal"):
        for piece in halves(said.get(name) or ""):
            yield {**chunk(**{name: piece}), **silent}
    for index, call in enumerate(said.get("tool_calls") or ()):
        function = call["function"]
        begun = {**call, "index": index, "function": {**function, "arguments": ""}}
        yield {**chunk(tool_calls=[begun]), **silent}
        for piece in halves(function["arguments"]):
            more = {"index": index, "function": {"arguments": piece}}
            yield {**chunk(tool_calls=[more]), **silent}
    yield {**chunk(choice["finish_reason"]), **silent}
    yield {**CHUNK, "choices": [], "usage": answer["usage"]}


def message_events(answer: Event) -> Iterator[Event]:
    """Stream an answer of the Messages API."""
    usage = answer["usage"]
    begun: Fields = {"content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": {**answer, **begun}}
    for index, block in enumerate(answer["content"]):
        empty, deltas = _block(block)
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield {"type": "ping"}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    names = ("stop_reason", "stop_sequence", "stop_details")
    told = {name: answer[name] for name in names if name in answer}
    summed = {"output_tokens": usage["output_tokens"]}
    yield {"type": "message_delta", "delta": told, "usage": summed}
    yield {"type": "message_stop"}


def _block(block: Event) -> tuple[Fields, list[Fields]]:
    """Return what a block is when it starts, and what it gets bit by bit."""
    kind = block["type"]
    if kind == "text":
        pieces = halves(block["text"])
        return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
    if kind == "thinking":
        pieces = halves(block["thinking"])
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*deltas, signed]
    if kind == "tool_use":
        pieces = ["", *halves(json.dumps(block["input"]))]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return {**block, "input": {}}, deltas
    return {**block}, []


def response_events(answer: Event) -> list[Event]:
    """Stream an answer of the Responses API; its events are numbered."""
    begun = {**answer, "status": "in_progress", "output": [], "usage": None}
    events: list[Event] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    for index, item in enumerate(answer["output"]):
        at = {"output_index": index, "item_id": item["id"]}
        empty = {name: "" if name in WRITTEN else part for name, part in item.items()}
        empty |= {name: [] for name in ("content", "summary") if name in item}
        events.append({"type": "response.output_item.added", "output_index": index, "item": empty})
        events += [{**at, **event} for event in _item(item)]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": f"response.{answer['status']}", "response": answer})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


WRITTEN = {"arguments": "function_call_arguments", "input": "custom_tool_call_input"}
"""Fields of an item that are streamed, and what their events are called."""

PARTS = {
    ("content", "output_text"): ("response.content_part", "response.output_text"),
    ("content", "refusal"): ("response.content_part", "response.refusal"),
    ("summary", "summary_text"): (
        "response.reasoning_summary_part",
        "response.reasoning_summary_text",
    ),
}
"""The kinds of parts that an item can have, and what the events about them are called."""


def _item(item: Event) -> Iterator[Event]:
    for field, name in WRITTEN.items():
        if field in item:
            done = {field: item[field]}
            yield from _pieces(f"response.{name}", item[field], {}, done)
    for (field, kind), (framed, written) in PARTS.items():
        for index, part in enumerate(item.get(field) or ()):
            if part["type"] != kind:
                continue
            text = "refusal" if kind == "refusal" else "text"
            at = {f"{field}_index": index}
            yield {"type": f"{framed}.added", **at, "part": {**part, text: ""}}
            logprobs: Event = {"logprobs": []} if kind == "output_text" else {}
            yield from _pieces(written, part[text], {**at, **logprobs}, {text: part[text]})
            yield {"type": f"{framed}.done", **at, "part": part}


def _pieces(name: str, text: str, at: Event, done: Event) -> Iterator[Event]:
    for piece in halves(text):
        yield {"type": f"{name}.delta", **at, "delta": piece}
    yield {"type": f"{name}.done", **at, **done}


def halves(text: str) -> Sequence[str]:
    """Cut a text in two where it has two characters."""
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


EVENTS_OF: Mapping[str, Any] = {
    "/v1/chat/completions": chat_events,
    "/v1/messages": message_events,
    "/v1/responses": response_events,
}


def events_of(path: str, answer: Event) -> Iterable[Event]:
    """Stream an answer as the API at this path does."""
    events: Iterable[Event] = EVENTS_OF[path](answer)
    return events
