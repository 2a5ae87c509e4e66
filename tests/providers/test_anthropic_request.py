from __future__ import annotations

from dataclasses import replace

import pytest
from tests.wire.asking import KEY, Api, request
from tests.wire.formats import message
from tests.wire.server import Reply

from llmopt.domain import ToolCall


async def test_system_messages_are_joined_and_sent_apart(anthropic: Api) -> None:
    body = await anthropic.sent(
        request(("system", "Be brief."), ("user", "Hi"), ("system", "In French."), ("user", "?"))
    )
    assert body["system"] == "Be brief.\n\nIn French."
    assert body["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "user", "content": "?"},
    ]


async def test_without_parameters_only_the_required_fields_arrive(anthropic: Api) -> None:
    body = await anthropic.sent(request(("user", "Hi"), ("assistant", "posi")))
    assert body == {
        "model": "a-model",
        "max_tokens": 1024,
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "posi"},
        ],
    }


async def test_parameters_arrive_under_their_own_names(anthropic: Api) -> None:
    params = {
        "max_tokens": 4,
        "temperature": 0,
        "top_p": 0.9,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "look_up", "input_schema": {"type": "object"}}],
        "metadata": {"user_id": "u"},
    }
    body = await anthropic.sent(request(timeout=30, stream=True, top_k=None, **params))
    assert {name: body[name] for name in params} == params
    assert body.keys() == params.keys() | {"model", "messages"}


@pytest.mark.parametrize("stop", ["END", ["END"], ["END", "\n", " "]])
async def test_stop_arrives_as_stop_sequences_without_the_blank_ones(
    anthropic: Api, stop: str | list[str]
) -> None:
    body = await anthropic.sent(request(stop=stop))
    assert body["stop_sequences"] == ["END"]
    assert "stop" not in body


async def test_a_blank_stop_cuts_the_reply_here(anthropic: Api) -> None:
    reply = Reply(body=message("positive, since\nit works", stop_reason="max_tokens"))
    completion = await anthropic.ask(reply, asked=request(stop=["\n\n", "\n"]))
    assert "stop_sequences" not in anthropic.server.seen[0].body
    assert (completion.text, completion.finish_reason) == ("positive, since", "stop")
    assert completion.usage.output_tokens == 2


async def test_a_blank_stop_that_never_comes_changes_nothing(anthropic: Api) -> None:
    reply = Reply(body=message("positive", stop_reason="max_tokens"))
    completion = await anthropic.ask(reply, asked=request(stop="\n"))
    assert (completion.text, completion.finish_reason) == ("positive", "length")


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
async def test_sampling_parameters_ask_for_the_version_that_has_them(
    anthropic: Api, name: str
) -> None:
    await anthropic.ask()
    await anthropic.ask(asked=request(**{name: 0}))
    newest, older = (seen.headers["anthropic-version"] for seen in anthropic.server.seen)
    assert newest > older == "2023-06-01"


async def test_a_version_in_the_headers_wins(anthropic: Api) -> None:
    await anthropic.ask(asked=request(temperature=0), headers={"Anthropic-Version": "2027-01-01"})
    assert anthropic.server.seen[0].headers["anthropic-version"] == "2027-01-01"


async def test_the_key_arrives_under_both_names_at_a_compatible_server(anthropic: Api) -> None:
    await anthropic.ask(headers={"X-Team": "blue"})
    seen = anthropic.server.seen[0]
    assert seen.path == "/v1/messages"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-api-key"] == KEY
    assert seen.headers["x-team"] == "blue"


async def test_thinking_comes_on_top_of_the_reply_s_default(anthropic: Api) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    assert (await anthropic.sent(request(thinking=thinking)))["max_tokens"] == 3024
    assert (await anthropic.sent(request(thinking=thinking, max_tokens=9)))["max_tokens"] == 9


MARK = {"cache_control": {"type": "ephemeral"}}


async def test_a_static_message_ends_in_a_breakpoint(anthropic: Api) -> None:
    asked = request(("user", "Rules."), ("assistant", "Yes?"), ("user", "A review"))
    messages = (asked.messages[0]._replace(static=6), *asked.messages[1:])
    body = await anthropic.sent(replace(asked, messages=messages))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "Rules.", **MARK}]
    assert body["messages"][1:] == [
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "A review"},
    ]


async def test_the_static_beginning_of_a_message_is_a_block_of_its_own(anthropic: Api) -> None:
    asked = request(("system", "Be brief."), ("user", "Label it: works perfectly"))
    messages = (asked.messages[0]._replace(static=9), asked.messages[1]._replace(static=9))
    body = await anthropic.sent(replace(asked, messages=messages))
    assert body["system"] == "Be brief."
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "Label it:", **MARK},
        {"type": "text", "text": " works perfectly"},
    ]


async def test_a_static_system_prompt_ends_in_a_breakpoint(anthropic: Api) -> None:
    asked = request(("system", "Be brief."), ("system", "Be kind."), ("user", "Hi"))
    messages = (*(m._replace(static=len(m.content)) for m in asked.messages[:2]), asked.messages[2])
    body = await anthropic.sent(replace(asked, messages=messages))
    assert body["system"] == [{"type": "text", "text": "Be brief.\n\nBe kind.", **MARK}]


async def test_blank_blocks_are_not_sent(anthropic: Api) -> None:
    asked = request(("user", "Rules. \n"))
    body = await anthropic.sent(replace(asked, messages=(asked.messages[0]._replace(static=6),)))
    assert body["messages"][0]["content"] == [{"type": "text", "text": "Rules. \n", **MARK}]


async def test_tool_use_is_kept_as_tool_calls(anthropic: Api) -> None:
    content = [
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "id": "t", "name": "look_up", "input": {"order": 7}},
    ]
    completion = await anthropic.ask(Reply(body={**message(), "content": content}))
    assert completion.tool_calls == (ToolCall("look_up", '{"order": 7}'),)
    assert completion.answer == completion.text == "Let me look."


async def test_a_version_in_the_address_is_not_asked_for_twice(anthropic: Api) -> None:
    await anthropic.ask(base_url=f"{anthropic.server.url}/anthropic/v1/", reply=anthropic.well())
    assert anthropic.server.seen[0].path == "/anthropic/v1/messages"
