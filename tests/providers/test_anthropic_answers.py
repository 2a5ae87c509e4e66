from __future__ import annotations

from typing import Any

import pytest
from tests.wire.asking import Api
from tests.wire.formats import message
from tests.wire.server import Reply

from llmopt.domain import FinishReason, Usage


async def test_an_answer_becomes_a_completion(anthropic: Api) -> None:
    completion = await anthropic.ask(Reply(body=message("négatif 👎")))
    assert completion.text == "négatif 👎"
    assert completion.finish_reason == "stop"
    assert completion.provider_id == "msg_1"


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            {
                "input_tokens": 50,
                "cache_read_input_tokens": 1000,
                "cache_creation_input_tokens": 200,
                "output_tokens": 90,
                "output_tokens_details": {"thinking_tokens": 64},
            },
            Usage(1250, 90, 1000, 200, 64),
            id="the whole input is what was fresh, read and written",
        ),
        pytest.param(
            {
                "input_tokens": 50,
                "cache_creation_input_tokens": 200,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 150,
                    "ephemeral_1h_input_tokens": 50,
                },
                "output_tokens": 9,
            },
            Usage(250, 9, None, 200, None, 50),
            id="what is kept for an hour is told apart",
        ),
        pytest.param(
            {"input_tokens": 50, "output_tokens": 9},
            Usage(50, 9),
            id="what a compatible server leaves out is unknown",
        ),
        pytest.param(
            {"cache_read_input_tokens": 1000, "output_tokens": 9},
            Usage(None, 9, 1000),
            id="a part of the input is not the input",
        ),
        pytest.param(None, Usage(), id="null usage"),
    ],
)
async def test_usage_is_normalised(anthropic: Api, usage: Any, expected: Usage) -> None:
    assert (await anthropic.ask(Reply(body=message(usage=usage)))).usage == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool"),
        ("pause_turn", "tool"),
        ("refusal", "filter"),
        ("something new", None),
        (None, None),
    ],
)
async def test_finish_reasons_are_normalised(
    anthropic: Api, told: str | None, expected: FinishReason | None
) -> None:
    assert (await anthropic.ask(Reply(body=message(stop_reason=told)))).finish_reason == expected


async def test_only_text_blocks_make_the_reply(anthropic: Api) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "posi"},
        {"type": "tool_use", "id": "t", "name": "look_up", "input": {}},
        {"type": "text", "text": "tive"},
    ]
    completion = await anthropic.ask(Reply(body={**message(), "content": blocks}))
    assert completion.text == "positive"


async def test_no_blocks_are_an_empty_reply(anthropic: Api) -> None:
    assert (await anthropic.ask(Reply(body={**message(), "content": []}))).text == ""


@pytest.mark.parametrize(
    "body",
    [{}, {"content": None}, {"content": "positive"}, [], None, b"", b"<html>", b'{"content": ['],
)
async def test_an_odd_success_is_an_invalid_response(anthropic: Api, body: Any) -> None:
    assert (await anthropic.fail(Reply(body=body))).kind == "invalid_response"
