from __future__ import annotations

import pytest
from tests.wire.asking import KEY, Api, request
from tests.wire.formats import chat_completion
from tests.wire.server import Reply

from llmopt.domain import Model
from llmopt.providers import openai_api


async def test_messages_arrive_in_order_with_their_roles(openai: Api) -> None:
    body = await openai.sent(
        request(("system", "Be brief."), ("user", "Hi {{ x }}"), ("assistant", "é"), ("user", ""))
    )
    assert body["model"] == "a-model"
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi {{ x }}"},
        {"role": "assistant", "content": "é"},
        {"role": "user", "content": ""},
    ]


async def test_parameters_arrive_under_their_own_names(openai: Api) -> None:
    params = {
        "max_tokens": 4,
        "temperature": 0,
        "top_p": 0.9,
        "stop": ["\n"],
        "seed": 7,
        "response_format": {"type": "json_object"},
        "tools": [{"type": "function", "function": {"name": "look_up", "parameters": {}}}],
        "reasoning_effort": "low",
        "chat_template_kwargs": {"enable_thinking": False},
    }
    body = await openai.sent(request(**params))
    assert {name: body[name] for name in params} == params
    assert body.keys() == params.keys() | {"model", "messages"}


async def test_null_parameters_and_those_of_the_transport_stay_here(openai: Api) -> None:
    body = await openai.sent(
        request(temperature=None, timeout=30, stream=True, stream_options={"include_usage": True})
    )
    assert body.keys() == {"model", "messages"}


async def test_parameters_cannot_replace_the_messages_or_the_model(openai: Api) -> None:
    body = await openai.sent(request(("user", "mine"), messages=[], model="another"))
    assert body["model"] == "a-model"
    assert body["messages"] == [{"role": "user", "content": "mine"}]


@pytest.mark.parametrize(
    "base_url", [None, "https://api.openai.com/v1", "https://eu.api.openai.com/v1"]
)
def test_openai_itself_gets_max_completion_tokens(base_url: str | None) -> None:
    model = Model(id="openai/gpt-5-mini", name="m", base_url=base_url)
    provider = openai_api.OpenAIModel(model, environ={"OPENAI_API_KEY": KEY}, clock=float)
    assert provider.body(request(max_tokens=4))["max_completion_tokens"] == 4
    assert "max_tokens" not in provider.body(request(max_tokens=4))
    assert (
        provider.body(request(max_tokens=4, max_completion_tokens=9))["max_completion_tokens"] == 9
    )


async def test_the_key_and_extra_headers_arrive(openai: Api) -> None:
    await openai.ask(headers={"X-Team": "blue"})
    seen = openai.server.seen[0]
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-team"] == "blue"


@pytest.mark.parametrize(
    ("behind", "path"),
    [
        ("/v1/", "/v1/chat/completions"),
        (
            "/openai/deployments/mini?api-version=2024-10-21",
            "/openai/deployments/mini/chat/completions?api-version=2024-10-21",
        ),
        ("", "/chat/completions"),
    ],
)
async def test_the_path_goes_behind_the_address_and_before_its_query(
    openai: Api, behind: str, path: str
) -> None:
    await openai.ask(Reply(body=chat_completion()), base_url=f"{openai.server.url}{behind}")
    assert openai.server.seen[0].path == path
