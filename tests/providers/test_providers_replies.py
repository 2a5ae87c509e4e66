"""What the loopback server answers is what the APIs publish, and streaming changes nothing of it.

The witnesses are the vendors' packages: their types, read strictly, and their own reading of
the same stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import anthropic as anthropic_sdk
import openai as openai_sdk
import pytest
from tests.wire.asking import KEY, Api, request
from tests.wire.formats import (
    CHAT_USAGE,
    MESSAGE_USAGE,
    RESPONSE_USAGE,
    chat_completion,
    embeddings,
    message,
    response,
    said,
    stream,
)
from tests.wire.server import Reply
from tests.wire.streams import Event, events_of
from tests.wire.witness import faults_of_answer, faults_of_event

from llmopt.domain import Completion, FinishReason, ToolCall

SSE = {"content-type": "text/event-stream"}

CALLS = [
    {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}},
    {"id": "2", "type": "function", "function": {"name": "thank", "arguments": "{}"}},
]
LOOK_UP = ToolCall("look_up", '{"order": 7}')
THOUGHT = {"type": "thinking", "thinking": "Hm, well.", "signature": "c2ln"}
TOOL_USE = {"type": "tool_use", "id": "t", "name": "look_up", "input": {"order": 7}}
TEXT = {"type": "text", "text": "positive"}
DECLINED = {"type": "refusal", "category": "bio", "explanation": "No."}
OUTPUT = {"type": "output_text", "text": "positive", "annotations": []}
REASONED = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Hm, well."}],
}
CALLED = {
    "type": "function_call",
    "id": "fc_1",
    "call_id": "call_1",
    "name": "look_up",
    "arguments": '{"order": 7}',
    "status": "completed",
}
CUSTOM = {"type": "custom_tool_call", "id": "ct", "call_id": "2", "name": "run", "input": "ls -l"}


class Expected(NamedTuple):
    """What an answer is in llmopt's words."""

    text: str
    reason: FinishReason | None = "stop"
    tool_calls: tuple[ToolCall, ...] = ()


CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"

ANSWERS: Mapping[str, tuple[str, Event, Expected]] = {
    "a chat's text": (CHAT, chat_completion("négatif 👎\u2028"), Expected("négatif 👎\u2028")),
    "a chat cut short": (
        CHAT,
        chat_completion("posi", finish_reason="length"),
        Expected("posi", "length"),
    ),
    "a chat's tool calls": (
        CHAT,
        chat_completion(None, finish_reason="tool_calls", tool_calls=CALLS),
        Expected("", "tool", (LOOK_UP, ToolCall("thank", "{}"))),
    ),
    "a chat's refusal": (
        CHAT,
        chat_completion(None, refusal="I cannot."),
        Expected("I cannot.", "filter"),
    ),
    "a filtered chat": (
        CHAT,
        chat_completion("", finish_reason="content_filter"),
        Expected("", "filter"),
    ),
    "a chat with a tier": (
        CHAT,
        {**chat_completion(), "service_tier": "flex"},
        Expected("positive"),
    ),
    "a message": (MESSAGES, message("négatif 👎\u2028"), Expected("négatif 👎\u2028")),
    "a message after thinking": (
        MESSAGES,
        message(content=[THOUGHT, {"type": "redacted_thinking", "data": "eA=="}, TEXT]),
        Expected("positive"),
    ),
    "a message with tools": (
        MESSAGES,
        message(stop_reason="tool_use", content=[TEXT, TOOL_USE, {**TOOL_USE, "input": {}}]),
        Expected("positive", "tool", (LOOK_UP, ToolCall("look_up", "{}"))),
    ),
    "a message cut short": (
        MESSAGES,
        message("posi", stop_reason="max_tokens"),
        Expected("posi", "length"),
    ),
    "a message that filled the context": (
        MESSAGES,
        message("posi", stop_reason="model_context_window_exceeded"),
        Expected("posi", "length"),
    ),
    "a message that pauses": (
        MESSAGES,
        message("posi", stop_reason="pause_turn"),
        Expected("posi", "tool"),
    ),
    "a message refused": (
        MESSAGES,
        message(stop_reason="refusal", stop_details=DECLINED, content=[]),
        Expected("", "filter"),
    ),
    "a message with everything in its usage": (
        MESSAGES,
        message(
            usage={
                **MESSAGE_USAGE,
                "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
                "output_tokens_details": {"thinking_tokens": 1},
                "server_tool_use": None,
                "inference_geo": "eu",
                "speed": "standard",
            }
        ),
        Expected("positive"),
    ),
    "a response": (RESPONSES, response("négatif 👎\u2028"), Expected("négatif 👎\u2028")),
    "a response after reasoning": (
        RESPONSES,
        response(output=[REASONED, said([OUTPUT])]),
        Expected("positive"),
    ),
    "a response with tools": (
        RESPONSES,
        response(output=[REASONED, CALLED, CUSTOM]),
        Expected("", "tool", (LOOK_UP, ToolCall("run", "ls -l"))),
    ),
    "a response that told of its work": (
        RESPONSES,
        response(
            output=[
                said([{**OUTPUT, "text": "I look it up."}], id="msg_0", phase="commentary"),
                said([OUTPUT], phase="final_answer"),
            ]
        ),
        Expected("positive"),
    ),
    "a response's refusal": (
        RESPONSES,
        response(output=[said([{"type": "refusal", "refusal": "I cannot."}])]),
        Expected("I cannot.", "filter"),
    ),
    "a response cut short": (
        RESPONSES,
        response("posi", status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        Expected("posi", "length"),
    ),
}


@pytest.fixture(params=ANSWERS)
def case(request: pytest.FixtureRequest) -> tuple[str, Event, Expected]:
    return ANSWERS[request.param]


def as_stream(path: str, answer: Event) -> Reply:
    body = stream(*events_of(path, answer), named=path != CHAT, done=path == CHAT)
    return Reply(body=body, headers=SSE)


def test_answers_are_of_the_published_type(case: tuple[str, Event, Expected]) -> None:
    path, answer, _ = case
    assert faults_of_answer(path, answer) == []


def test_events_are_of_the_published_types(case: tuple[str, Event, Expected]) -> None:
    path, answer, _ = case
    # The reference has pings, and the package leaves them out before it looks at types.
    events = [event for event in events_of(path, answer) if event.get("type") != "ping"]
    assert [fault for event in events for fault in faults_of_event(path, event)] == []


def test_vectors_are_of_the_published_type() -> None:
    assert faults_of_answer("/v1/embeddings", embeddings(["banana", "oboe"])) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (CHAT, chat_completion(7)),
        (CHAT, chat_completion(reasoning="Hm")),
        (CHAT, chat_completion(usage={**CHAT_USAGE, "total_tokens": None})),
        (MESSAGES, message(stop_reason="done")),
        (MESSAGES, message(usage={**MESSAGE_USAGE, "output_tokens": "2"})),
        (RESPONSES, response(usage={**RESPONSE_USAGE, "tokens": 1})),
    ],
)
def test_the_witness_sees_what_is_no_such_answer(path: str, wrong: Event) -> None:
    (fault,) = faults_of_answer(path, wrong)
    assert fault


ERRORS_THERE = {"a chat cut short", "a filtered chat", "a response cut short"}
"""Answers of which the packages make an error."""


@pytest.mark.parametrize("name", ANSWERS.keys() - ERRORS_THERE)
async def test_the_package_puts_the_events_together_to_the_answer(
    name: str, openai: Api, anthropic: Api
) -> None:
    path, answer, _ = ANSWERS[name]
    openai.server.script(as_stream(path, answer))
    read = await READERS[path](anthropic if path == MESSAGES else openai)
    assert without_nothing(read) == without_nothing(answer)


USER: Any = [{"role": "user", "content": "Hi"}]


async def read_chat(api: Api) -> Event:
    async with (
        openai_sdk.AsyncOpenAI(api_key=KEY, base_url=api.base_url) as client,
        client.chat.completions.stream(model="a-model", messages=USER) as events,
    ):
        return (await events.get_final_completion()).to_dict()


async def read_message(api: Api) -> Event:
    async with (
        anthropic_sdk.AsyncAnthropic(api_key=KEY, base_url=api.base_url) as client,
        client.messages.stream(model="a-model", max_tokens=9, messages=USER) as events,
    ):
        return (await events.get_final_message()).to_dict()


async def read_response(api: Api) -> Event:
    async with (
        openai_sdk.AsyncOpenAI(api_key=KEY, base_url=api.base_url) as client,
        client.responses.stream(model="a-model", input=USER) as events,
    ):
        return (await events.get_final_response()).to_dict()


READERS = {CHAT: read_chat, MESSAGES: read_message, RESPONSES: read_response}


def without_nothing(value: Any) -> Any:
    """Leave out what says nothing: nulls, and what the package adds for itself."""
    if isinstance(value, list):
        return [without_nothing(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    own = ("parsed", "parsed_output", "parsed_arguments", "index")
    return {
        name: without_nothing(part)
        for name, part in value.items()
        if part not in (None, "") and name not in own
    }


async def ask(api: Api, path: str, reply: Reply, *, streamed: bool) -> Completion:
    kind: Any = "responses" if path == RESPONSES else "chat"
    return await api.ask(reply, asked=request(("user", "Hi")), api=kind, stream=streamed)


async def test_streamed_or_not_an_answer_is_the_same_completion(
    case: tuple[str, Event, Expected], openai: Api, anthropic: Api
) -> None:
    path, answer, expected = case
    api = anthropic if path == MESSAGES else openai
    at_once = await ask(api, path, Reply(body=answer), streamed=False)
    streamed = await ask(api, path, as_stream(path, answer), streamed=True)
    assert replace(streamed, first_token_ms=None) == at_once
    assert (at_once.text, at_once.finish_reason, at_once.tool_calls) == expected
    assert (at_once.usage.input_tokens, at_once.usage.output_tokens) == (31, 2)
