"""Replies that arrive piece by piece are those that would have come at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.asking import Api, request
from tests.wire.formats import (
    CHAT_USAGE,
    MESSAGE_USAGE,
    chat_completion,
    chunk,
    message,
    response,
    stream,
)
from tests.wire.server import Reply

from llmopt.domain import ToolCall, Usage
from llmopt.errors import ProviderError
from llmopt.providers._stream import events

SSE = {"content-type": "text/event-stream"}
CHAT = stream(
    chunk(role="assistant", content=""),
    chunk(content="posi"),
    chunk(content="tive\u2028"),
    chunk("stop"),
    {"id": "chatcmpl-1", "choices": [], "usage": CHAT_USAGE},
)
MESSAGE = stream(
    {"type": "message_start", "message": {**message(), "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "posi"},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "tive\u2028"},
    },
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 2},
    },
    {"type": "message_stop"},
    named=True,
    done=False,
)
RESPONSE = stream(
    {"type": "response.created", "response": response("", status="in_progress")},
    {"type": "response.output_text.delta", "delta": "posi"},
    {"type": "response.completed", "response": response("positive\u2028")},
    named=True,
    done=False,
)


@pytest.mark.parametrize(
    ("name", "api", "body"),
    [
        ("openai", "chat", CHAT),
        ("anthropic", "chat", MESSAGE),
        ("openai", "responses", RESPONSE),
    ],
)
@pytest.mark.usefixtures("transport")
async def test_a_streamed_reply_is_the_reply_and_says_when_it_began(
    openai: Api, anthropic: Api, name: str, api: Any, body: bytes
) -> None:
    asked = openai if name == "openai" else anthropic
    completion = await asked.ask(Reply(body=body, headers=SSE), stream=True, api=api)
    assert completion.text == "positive\u2028"
    assert completion.finish_reason == "stop"
    assert completion.usage.input_tokens == 31
    assert completion.usage.output_tokens == 2
    assert completion.first_token_ms is not None
    assert completion.latency_ms is not None
    assert completion.first_token_ms <= completion.latency_ms
    assert asked.server.seen[-1].body["stream"] is True


async def test_usage_is_asked_for_and_read(openai: Api) -> None:
    await openai.ask(Reply(body=CHAT, headers=SSE), stream=True)
    assert openai.server.seen[-1].body["stream_options"] == {"include_usage": True}


async def test_usage_in_the_choice_is_read(openai: Api) -> None:
    """Moonshot's place for it."""
    usage = {"prompt_tokens": 19, "completion_tokens": 2, "cached_tokens": 8}
    last = {"delta": {}, "finish_reason": "stop", "usage": usage}
    body = stream(chunk(content="positive"), {"choices": [last]})
    completion = await openai.ask(Reply(body=body, headers=SSE), stream=True)
    assert completion.usage == Usage(19, 2, 8)


async def test_a_reply_at_once_has_no_time_to_first_token(api: Api) -> None:
    assert (await api.ask()).first_token_ms is None


async def test_a_server_that_does_not_stream_is_understood(api: Api) -> None:
    completion = await api.ask(stream=True)
    assert (completion.text, completion.first_token_ms) == ("positive", None)


async def test_the_clock_is_read_when_the_first_piece_comes(openai: Api) -> None:
    """The role comes first and is no piece of the reply; nor are the pieces after the first."""
    times = iter([0.0, 0.25, 1.0])
    provider = openai.provider(stream=True)
    provider._clock = lambda: next(times)
    openai.server.script(Reply(body=CHAT, headers=SSE))
    completion = await provider.complete(request())
    await provider.aclose()
    assert (completion.first_token_ms, completion.latency_ms) == (250.0, 1000.0)


async def test_streamed_tool_calls_are_put_together(openai: Api) -> None:
    def part(index: int, **function: str) -> dict[str, Any]:
        return {"index": index, "function": function}

    body = stream(
        chunk(tool_calls=[part(0, name="look_up", arguments="")]),
        chunk(tool_calls=[part(0, arguments='{"order"')]),
        chunk(tool_calls=[part(0, arguments=": 7}")]),
        chunk(tool_calls=[part(1, name="thank", arguments="{}")]),
        chunk("tool_calls"),
    )
    completion = await openai.ask(Reply(body=body, headers=SSE), stream=True)
    assert completion.tool_calls == (ToolCall("look_up", '{"order": 7}'), ToolCall("thank", "{}"))
    assert completion.finish_reason == "tool"


async def test_streamed_tool_use_is_put_together(anthropic: Api) -> None:
    block = {"type": "tool_use", "id": "t", "name": "look_up", "input": {}}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": kind, "partial_json": piece}}
        for kind, piece in [("input_json_delta", '{"ord'), ("input_json_delta", 'er": 7}')]
    ]
    body = stream(
        {"type": "message_start", "message": {"id": "msg_1", "usage": MESSAGE_USAGE}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *deltas,
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {}},
        {"type": "message_stop"},
        named=True,
        done=False,
    )
    completion = await anthropic.ask(Reply(body=body, headers=SSE), stream=True)
    assert completion.tool_calls == (ToolCall("look_up", '{"order": 7}'),)
    assert completion.usage == Usage(31, 2, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(stream(chunk(content="posi"), done=False), id="ended too soon"),
        pytest.param(stream(), id="nothing"),
        pytest.param(b"data: {broken\n\n", id="no JSON"),
        pytest.param(stream(chunk(tool_calls=["?"])), id="an odd piece"),
    ],
)
async def test_half_a_stream_is_no_completion(openai: Api, body: bytes) -> None:
    openai.server.script(Reply(body=body, headers=SSE))
    with pytest.raises(Exception, match="the answer is no completion") as caught:
        await openai.ask(stream=True)
    assert getattr(caught.value, "kind", None) == "invalid_response"


@pytest.mark.parametrize("fault", ["reset mid-body", "truncate"])
@pytest.mark.usefixtures("transport")
async def test_a_stream_that_breaks_is_a_connection_error(api: Api, fault: Any) -> None:
    body = CHAT if api.name == "openai" else MESSAGE
    api.server.script(Reply(body=body, headers=SSE, fault=fault))
    with pytest.raises(Exception, match="no answer from") as caught:
        await api.ask(stream=True)
    assert getattr(caught.value, "kind", None) == "connection"


async def test_an_error_in_the_stream_is_that_error(anthropic: Api) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    body = stream({"type": "message_start", "message": {}}, error, named=True, done=False)
    anthropic.server.script(Reply(body=body, headers=SSE))
    with pytest.raises(Exception, match="Overloaded") as caught:
        await anthropic.ask(stream=True)
    assert getattr(caught.value, "kind", None) == "overloaded"


RATE_LIMITED = {"code": "rate_limit_exceeded", "message": "Slow down."}


@pytest.mark.parametrize(
    ("name", "api", "event", "kind"),
    [
        ("anthropic", "chat", {"error": {"type": "rate_limit_error"}}, "rate_limit"),
        ("anthropic", "chat", {"error": {"type": "invalid_request_error"}}, "bad_request"),
        ("anthropic", "chat", {"error": {"type": "api_error"}}, "server"),
        ("openai", "chat", {"error": {"code": 429}}, "rate_limit"),
        ("openai", "chat", {"error": {"code": "503", "type": "None"}}, "overloaded"),
        ("openai", "chat", {"choices": [{"error": {"code": 429}}]}, "rate_limit"),
        ("openai", "responses", {"type": "error", **RATE_LIMITED}, "rate_limit"),
        ("openai", "responses", {"type": "error", "error": RATE_LIMITED}, "rate_limit"),
        ("openai", "responses", {"type": "error", "code": "server_error"}, "server"),
        (
            "openai",
            "responses",
            {"type": "response.failed", "response": {"status": "failed", "error": RATE_LIMITED}},
            "rate_limit",
        ),
    ],
)
async def test_an_error_in_the_stream_is_of_the_kind_that_it_says(
    openai: Api, anthropic: Api, name: str, api: Any, event: dict[str, Any], kind: str
) -> None:
    asked = openai if name == "openai" else anthropic
    asked.server.script(Reply(body=stream(event), headers=SSE))
    with pytest.raises(ProviderError) as caught:
        await asked.ask(stream=True, api=api)
    assert caught.value.kind == kind
    assert not caught.value.message.startswith("HTTP 500")


REFUSED = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}


async def test_a_server_that_refuses_to_be_asked_for_usage_is_asked_without(openai: Api) -> None:
    """So does Mistral's, which tells it unasked."""
    well = Reply(body=CHAT, headers=SSE)
    openai.server.script(Reply(422, REFUSED), well, well)
    async with aclosing(openai.provider(stream=True)) as provider:
        for _ in range(2):
            assert (await provider.complete(request())).usage.input_tokens == 31
    options = [seen.body.get("stream_options") for seen in openai.server.seen]
    assert options == [{"include_usage": True}, None, None]


async def test_other_refusals_of_a_streamed_request_are_not_argued_with(api: Api) -> None:
    api.server.script(Reply(400, {"error": {"message": "Unknown parameter: 'tempo'."}}))
    with pytest.raises(ProviderError, match="tempo"):
        await api.ask(stream=True)
    assert len(api.server.seen) == 1


@pytest.mark.usefixtures("transport")
async def test_a_stream_over_plain_http_has_a_connection_of_its_own(api: Api) -> None:
    """Some servers close it behind the stream without a word of it."""
    body = CHAT if api.name == "openai" else MESSAGE
    api.server.script(*[Reply(body=body, headers=SSE)] * 3)
    async with aclosing(api.provider(stream=True)) as provider:
        for _ in range(3):
            await provider.complete(request())
    assert api.server.connections == 3
    assert {seen.headers["connection"] for seen in api.server.seen} == {"close"}


async def test_calls_that_share_a_number_are_told_apart(openai: Api) -> None:
    """Gemini numbers all calls of a reply 0."""

    def part(called: str, **function: str) -> dict[str, Any]:
        return {"index": 0, "id": called, "function": function}

    body = stream(
        chunk(tool_calls=[part("a", name="look_up", arguments="{")]),
        chunk(tool_calls=[part("a", arguments="}")]),
        chunk(tool_calls=[{"index": None, "function": {"arguments": " "}}]),
        chunk(tool_calls=[part("b", name="look_up", arguments='{"n": 2}')]),
        chunk("tool_calls"),
    )
    completion = await openai.ask(Reply(body=body, headers=SSE), stream=True)
    assert completion.tool_calls == (ToolCall("look_up", "{} "), ToolCall("look_up", '{"n": 2}'))


async def test_a_count_that_is_not_told_again_stays_known(anthropic: Api) -> None:
    body = stream(
        {"type": "message_start", "message": message(usage={"input_tokens": 31})},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"input_tokens": None, "output_tokens": 2},
        },
        {"type": "message_stop"},
    )
    completion = await anthropic.ask(Reply(body=body, headers=SSE), stream=True)
    assert completion.usage == Usage(31, 2)


async def test_a_last_line_without_an_end_is_read(openai: Api) -> None:
    body = stream(chunk(content="positive"), chunk("stop"), done=False).rstrip()
    assert (await openai.ask(Reply(body=body, headers=SSE), stream=True)).text == "positive"


async def test_a_refusal_of_a_streamed_request_is_read(api: Api) -> None:
    api.server.script(Reply(429, {"error": {"message": "slow down"}}, {"retry-after": "2"}))
    with pytest.raises(Exception, match="slow down") as caught:
        await api.ask(stream=True)
    assert getattr(caught.value, "retry_after_ms", None) == 2000


async def test_the_full_reply_is_that_of_one_piece(openai: Api) -> None:
    at_once = await openai.ask(Reply(body=chat_completion("positive\u2028")))
    streamed = await openai.ask(Reply(body=CHAT, headers=SSE), stream=True)
    assert (at_once.text, at_once.usage, at_once.finish_reason, at_once.provider_id) == (
        streamed.text,
        streamed.usage,
        streamed.finish_reason,
        streamed.provider_id,
    )


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), max_size=6),
    st.data(),
)
def test_events_do_not_depend_on_how_the_bytes_were_cut(
    sent: list[dict[str, str]], data: st.DataObject
) -> None:
    body = stream(*sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    async def chunks() -> Any:
        for piece in pieces:
            yield piece

    async def read() -> list[Any]:
        return [event async for event in events(chunks())]

    assert asyncio.run(read()) == sent
