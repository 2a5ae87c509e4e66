from __future__ import annotations

from typing import Any

import pytest
from tests.wire.asking import Api, request
from tests.wire.formats import RESPONSE_USAGE, response
from tests.wire.server import Reply

from llmopt.domain import Completion, ToolCall, Usage


async def ask(api: Api, body: Any = None, **params: Any) -> Completion:
    reply = None if body is None else Reply(body=body)
    return await api.ask(reply, asked=request(("user", "Hi"), **params), api="responses")


async def sent(api: Api, **params: Any) -> Any:
    await ask(api, **params)
    assert api.server.seen[-1].path == "/v1/responses"
    return api.server.seen[-1].body


async def test_an_answer_becomes_a_completion(openai: Api) -> None:
    completion = await ask(openai, response("négatif", service_tier="default"))
    assert (completion.text, completion.finish_reason) == ("négatif", "stop")
    assert completion.usage == Usage(31, 2, 0, 0, 0)
    assert completion.provider_id == "resp_1"
    assert completion.service_tier == "default"


async def test_nothing_is_stored_there_unless_asked_for(openai: Api) -> None:
    assert await sent(openai) == {
        "model": "a-model",
        "store": False,
        "input": [{"type": "message", "role": "user", "content": "Hi"}],
    }
    assert (await sent(openai, store=True))["store"] is True


async def test_parameters_of_chat_completions_take_this_api_s_form(openai: Api) -> None:
    schema = {"name": "label", "schema": {"type": "object"}, "strict": True}
    function = {"name": "look_up", "parameters": {"type": "object"}}
    body = await sent(
        openai,
        max_tokens=40,
        temperature=0,
        reasoning_effort="low",
        response_format={"type": "json_schema", "json_schema": schema},
        tools=[{"type": "function", "function": function}, {"type": "web_search"}],
        tool_choice={"type": "function", "function": {"name": "look_up"}},
    )
    assert body["max_output_tokens"] == 40
    assert body["temperature"] == 0
    assert body["reasoning"] == {"effort": "low"}
    assert body["text"] == {"format": {"type": "json_schema", **schema}}
    assert body["tools"] == [
        {"type": "function", "strict": False, **function},
        {"type": "web_search"},
    ]
    assert body["tool_choice"] == {"type": "function", "name": "look_up"}
    assert not body.keys() & {"max_tokens", "reasoning_effort", "response_format"}


async def test_parameters_in_its_own_form_win(openai: Api) -> None:
    body = await sent(openai, reasoning={"effort": "high"}, reasoning_effort="low")
    assert body["reasoning"] == {"effort": "high"}


async def test_a_stop_cuts_the_reply_here(openai: Api) -> None:
    completion = await ask(openai, response("positive\nbecause"), stop=["\n"])
    assert (completion.text, completion.finish_reason) == ("positive", "stop")
    assert "stop" not in openai.server.seen[-1].body


async def test_tool_calls_are_kept(openai: Api) -> None:
    output = [
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "name": "look_up", "arguments": '{"order": 7}'},
    ]
    completion = await ask(openai, response(output=output))
    assert completion.tool_calls == (ToolCall("look_up", '{"order": 7}'),)
    assert completion.finish_reason == "tool"
    assert completion.answer == '{"name": "look_up", "arguments": {"order": 7}}'


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "completed"}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "filter"),
        ({"status": "incomplete", "incomplete_details": None}, None),
        ({"status": "something new"}, None),
    ],
)
async def test_statuses_become_finish_reasons(
    openai: Api, fields: dict[str, Any], expected: str | None
) -> None:
    assert (await ask(openai, response(**fields))).finish_reason == expected


async def test_a_refusal_is_a_reply_that_was_filtered(openai: Api) -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}
    completion = await ask(openai, response(output=[refusal]))
    assert (completion.text, completion.finish_reason) == ("I cannot.", "filter")


async def test_a_failed_response_is_an_error(openai: Api) -> None:
    failed = response(status="failed", error={"code": "server_error", "message": "broke"})
    openai.server.script(Reply(body=failed))
    with pytest.raises(Exception, match="broke") as caught:
        await openai.ask(api="responses")
    assert getattr(caught.value, "kind", None) == "server"


async def test_usage_is_normalised(openai: Api) -> None:
    usage = {
        **RESPONSE_USAGE,
        "input_tokens": 1100,
        "input_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 76},
        "output_tokens_details": {"reasoning_tokens": 64},
    }
    assert (await ask(openai, response(usage=usage))).usage == Usage(1100, 2, 1024, 76, 64)


@pytest.mark.parametrize("body", [{}, {"output": None}, {"output": "text"}])
async def test_what_has_no_output_is_no_completion(openai: Api, body: Any) -> None:
    openai.server.script(Reply(body=body))
    with pytest.raises(Exception, match="it has no output"):
        await openai.ask(api="responses")
