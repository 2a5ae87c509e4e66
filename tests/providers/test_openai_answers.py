from __future__ import annotations

from typing import Any

import pytest
from tests.wire.asking import Api, request
from tests.wire.formats import chat_completion
from tests.wire.server import Reply

from llmopt.domain import FinishReason, Price, ToolCall, Usage


async def test_an_answer_becomes_a_completion(openai: Api) -> None:
    completion = await openai.ask(Reply(body=chat_completion("négatif 👎")))
    assert completion.text == "négatif 👎"
    assert completion.finish_reason == "stop"
    assert completion.provider_id == "chatcmpl-1"
    assert completion.cost is None
    assert completion.score is None


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            {
                "prompt_tokens": 1100,
                "completion_tokens": 90,
                "total_tokens": 1190,
                "prompt_tokens_details": {"cached_tokens": 1024, "cache_write_tokens": 76},
                "completion_tokens_details": {"reasoning_tokens": 64},
            },
            Usage(1100, 90, 1024, 76, 64),
            id="cached input and reasoning are parts, not additions",
        ),
        pytest.param(
            {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
            Usage(12, 3),
            id="what a compatible server leaves out is unknown",
        ),
        pytest.param(
            {
                "prompt_tokens": 32,
                "completion_tokens": 9,
                "total_tokens": 135,
                "completion_tokens_details": {"reasoning_tokens": 94},
            },
            Usage(32, 103, reasoning_tokens=94),
            id="reasoning that only the total counts is output",
        ),
        pytest.param(
            {
                "prompt_tokens": 90,
                "completion_tokens": 3,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 26,
            },
            Usage(90, 3, 64),
            id="DeepSeek's cache",
        ),
        pytest.param(
            {"prompt_tokens": 90, "completion_tokens": 3, "cached_tokens": 64},
            Usage(90, 3, 64),
            id="Moonshot's cache",
        ),
        pytest.param(
            {
                "prompt_tokens": 90,
                "completion_tokens": 3,
                "reasoning_tokens": 2,
                "prompt_tokens_details": {"cached_tokens": None, "cache_creation_tokens": 26},
                "cache_read_input_tokens": 64,
            },
            Usage(90, 3, 64, 26, 2),
            id="a gateway's names",
        ),
        pytest.param({"prompt_tokens": 5}, Usage(5), id="half a usage"),
        pytest.param(
            {"prompt_tokens": "5", "completion_tokens": -1, "prompt_tokens_details": []},
            Usage(),
            id="figures that make no sense",
        ),
        pytest.param(None, Usage(), id="null usage"),
    ],
)
async def test_usage_is_normalised(openai: Api, usage: Any, expected: Usage) -> None:
    completion = await openai.ask(Reply(body=chat_completion(usage=usage)))
    assert completion.usage == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool"),
        ("function_call", "tool"),
        ("content_filter", "filter"),
        ("error", "error"),
        ("eos", "stop"),
        ("eos_token", "stop"),
        ("STOP", "stop"),
        ("model_length", "length"),
        ("sensitive", "filter"),
        ("insufficient_system_resource", "error"),
        ("abort", "error"),
        ("load", None),
        ("something new", None),
        (None, None),
    ],
)
async def test_finish_reasons_are_normalised(
    openai: Api, told: str | None, expected: FinishReason | None
) -> None:
    completion = await openai.ask(Reply(body=chat_completion(finish_reason=told)))
    assert completion.finish_reason == expected


async def test_null_content_is_an_empty_reply(openai: Api) -> None:
    assert (await openai.ask(Reply(body=chat_completion(None)))).text == ""


async def test_a_refusal_is_the_reply_and_counts_as_filtered(openai: Api) -> None:
    completion = await openai.ask(Reply(body=chat_completion(None, refusal="I cannot help.")))
    assert (completion.text, completion.finish_reason) == ("I cannot help.", "filter")


async def test_content_in_parts_is_joined_without_the_thinking(openai: Api) -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "posi"},
        {"type": "text", "text": "tive"},
    ]
    assert (await openai.ask(Reply(body=chat_completion(parts)))).text == "positive"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": ["positive"]},
        {"choices": [{"text": "positive", "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": 7}}]},
        ["positive"],
        "positive",
        None,
        b"",
        b"<html>a login page</html>",
        b'{"choices": [',
        b"\xff\xfe",
    ],
)
async def test_an_odd_success_is_an_invalid_response(openai: Api, body: Any) -> None:
    error = await openai.fail(Reply(body=body))
    assert error.kind == "invalid_response"
    assert error.retryable


async def test_tool_calls_are_kept(openai: Api) -> None:
    calls = [
        {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"n": 1}'}},
        {"id": "2", "type": "function", "function": {"name": "thank", "arguments": ""}},
    ]
    body = chat_completion(None, finish_reason="tool_calls", tool_calls=calls)
    completion = await openai.ask(Reply(body=body))
    assert completion.tool_calls == (ToolCall("look_up", '{"n": 1}'), ToolCall("thank", ""))
    assert completion.text == ""
    assert completion.answer == (
        '[{"name": "look_up", "arguments": {"n": 1}}, {"name": "thank", "arguments": ""}]'
    )


async def test_the_service_tier_is_kept(openai: Api) -> None:
    completion = await openai.ask(Reply(body={**chat_completion(), "service_tier": "flex"}))
    assert completion.service_tier == "flex"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"type": "custom", "custom": {"name": "run", "input": "ls"}}, ToolCall("run", "ls")),
        ({"function": {"name": "look_up", "arguments": {"n": 1}}}, ToolCall("look_up", '{"n": 1}')),
        ({"function": {"name": "look_up", "arguments": None}}, ToolCall("look_up", "")),
        ({}, ToolCall("", "")),
    ],
)
async def test_tool_calls_of_other_forms_are_kept(
    openai: Api, call: dict[str, Any], expected: ToolCall
) -> None:
    completion = await openai.ask(Reply(body=chat_completion(None, tool_calls=[call])))
    assert completion.tool_calls == (expected,)


async def test_the_older_function_call_is_kept(openai: Api) -> None:
    called = {"name": "look_up", "arguments": "{}"}
    completion = await openai.ask(Reply(body=chat_completion(None, function_call=called)))
    assert completion.tool_calls == (ToolCall("look_up", "{}"),)


ROUTER = "https://openrouter.ai/api/v1"


@pytest.mark.parametrize(
    ("told", "dollars"),
    [
        ({"cost": 0.00014}, 0.00014),
        ({"cost": 0}, 0.0),
        ({"cost": 0.95, "cost_details": {"upstream_inference_cost": 19}, "is_byok": True}, 19.95),
        ({"cost": 0.95, "cost_details": {"upstream_inference_cost": 0.9}, "is_byok": False}, 0.95),
        ({"cost": 0.95, "cost_details": {"upstream_inference_cost": None}}, 0.95),
        pytest.param(
            {"cost": 0.95, "cost_details": {"upstream_inference_cost": 19}}, None, id="who pays?"
        ),
        ({"cost": "0.95"}, None),
        ({"cost": -1}, None),
        ({"cost": True}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_bill_that_openrouter_tells_is_the_cost(
    openai: Api, told: dict[str, Any], dollars: float | None
) -> None:
    answer = chat_completion(usage={"prompt_tokens": 12, "completion_tokens": 3, **told})
    cost = openai.provider(base_url=ROUTER).completion(answer, request()).cost
    assert cost == (None if dollars is None else pytest.approx(dollars))


def test_a_bill_counts_nowhere_else_and_not_against_a_price_of_the_users_own(openai: Api) -> None:
    answer = chat_completion(usage={"prompt_tokens": 12, "completion_tokens": 3, "cost": 0.95})
    assert openai.provider().completion(answer, request()).cost is None
    own = openai.provider(base_url=ROUTER, price=Price(1, 2))
    assert own.completion(answer, request()).cost is None
