"""What is sent is what the vendors' packages say may be sent, and what they send themselves.

Requests are put together and posted without the packages' methods, so their published types
(strictly read) and their own calls are the witnesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anthropic as anthropic_sdk
import openai as openai_sdk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.asking import KEY, Api, request
from tests.wire.formats import stream
from tests.wire.server import Reply, Seen
from tests.wire.witness import faults_of_request

from llmopt.domain import Message, Model, Request, TrialKey
from llmopt.providers import registry
from llmopt.providers._wire import HttpModel
from llmopt.providers.anthropic_api import SAMPLING
from llmopt.providers.embeddings import OpenAIEmbeddings

WORDS = st.text(st.characters(codec="utf-8"), max_size=9)
NAMES = st.from_regex(r"[a-z_]{1,9}", fullmatch=True)
SCHEMA = st.just({"type": "object", "properties": {"order": {"type": "integer"}}})
STOPS = st.one_of(WORDS, st.lists(WORDS, max_size=4))
WHOLE = st.integers(1, 4096)
CHANCE = st.floats(0, 1) | st.sampled_from([0, 1])


def record(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


def wrapped(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Make what chat completions wrap: `{type: kind, kind: {...}}`."""
    return st.fixed_dictionaries({"type": st.just(kind), kind: st.fixed_dictionaries(fields)})


FUNCTION = wrapped("function", name=NAMES, description=WORDS, parameters=SCHEMA)
GRAMMAR = wrapped("grammar", definition=WORDS, syntax=st.sampled_from(["lark", "regex"]))
TOOL = FUNCTION | wrapped("custom", name=NAMES, format=GRAMMAR)
NAMED = wrapped("function", name=NAMES) | wrapped("custom", name=NAMES)
MODES = st.sampled_from(["auto", "required"])
TOOL_CHOICE = (
    st.sampled_from(["none", "auto", "required"])
    | NAMED
    | wrapped("allowed_tools", mode=MODES, tools=st.lists(NAMED))
)
FORMAT = st.sampled_from([{"type": "text"}, {"type": "json_object"}]) | wrapped(
    "json_schema", name=NAMES, schema=SCHEMA, strict=st.booleans()
)

BOTH = {
    "max_tokens": WHOLE,
    "temperature": st.floats(0, 2) | st.just(0),
    "top_p": CHANCE,
    "stop": STOPS,
    "timeout": WHOLE,
    "stream": st.booleans(),
}
OPENAI = {
    **BOTH,
    "response_format": FORMAT,
    "tools": st.lists(TOOL, min_size=1),
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": st.booleans(),
    "reasoning_effort": st.sampled_from([None, "minimal", "low", "medium", "high"]),
    "verbosity": st.sampled_from(["low", "medium", "high"]),
    "service_tier": st.sampled_from(["auto", "default", "flex", "priority"]),
    "metadata": st.dictionaries(NAMES, WORDS),
    "prompt_cache_key": WORDS,
    "safety_identifier": WORDS,
    "store": st.booleans(),
    "top_logprobs": st.integers(0, 20),
}
CHAT = {
    **OPENAI,
    "max_completion_tokens": WHOLE,
    "seed": st.integers(),
    "n": st.just(1),
    "logprobs": st.booleans(),
    "logit_bias": st.dictionaries(st.from_regex("[0-9]{1,5}", fullmatch=True), st.integers()),
    "frequency_penalty": st.floats(-2, 2),
    "presence_penalty": st.floats(-2, 2),
}
THINKING = st.sampled_from(
    [
        {"type": "enabled", "budget_tokens": 1024},
        {"type": "adaptive", "display": "omitted"},
        {"type": "disabled"},
    ]
)
ANTHROPIC = {
    **BOTH,
    "top_k": WHOLE,
    "stop_sequences": STOPS.filter(lambda stops: isinstance(stops, list)),
    "thinking": THINKING,
    "output_config": record(
        effort=st.sampled_from(["low", "high"]),
        format=st.fixed_dictionaries({"type": st.just("json_schema"), "schema": SCHEMA}),
    ),
    "tools": st.lists(st.fixed_dictionaries({"name": NAMES, "input_schema": SCHEMA})),
    "tool_choice": st.sampled_from([{"type": "auto"}, {"type": "any"}, {"type": "none"}]),
    "metadata": record(user_id=WORDS),
    "service_tier": st.sampled_from(["auto", "standard_only"]),
}
PARAMS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": OPENAI,
    "/v1/messages": ANTHROPIC,
}


@st.composite
def messages(draw: st.DrawFn) -> tuple[Message, ...]:
    """Make a chat in any order of roles, some of it static."""
    made = []
    for role, text in draw(
        st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), WORDS), min_size=1)
    ):
        made.append(Message(role, text, draw(st.integers(0, len(text)))))  # type: ignore[arg-type]
    return tuple(made)


def provider(path: str) -> HttpModel:
    kind = "anthropic" if path == "/v1/messages" else "openai"
    api: Any = "responses" if path == "/v1/responses" else "chat"
    keys = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY}
    made = registry.build(Model(f"{kind}/m", "m", api=api), environ=keys, clock=float)
    assert isinstance(made, HttpModel)
    return made


@pytest.mark.parametrize("path", PARAMS)
@given(data=st.data())
def test_every_body_is_one_that_the_vendor_s_package_describes(
    path: str, data: st.DataObject
) -> None:
    params = data.draw(record(**PARAMS[path]))
    asked = Request(data.draw(messages()), params, TrialKey("p", "v", "m", "c", 0))
    model = provider(path)
    body = model.body(asked)
    if model.extra_headers(body):  # the types are those of the newest version
        body = {name: value for name, value in body.items() if name not in SAMPLING}
    assert faults_of_request(path, body) == []
    assert faults_of_request(path, {**body, **model.streamed}) == []


@given(texts=st.lists(WORDS, min_size=1), dimensions=st.none() | WHOLE)
def test_texts_to_embed_are_sent_as_the_package_describes(
    texts: list[str], dimensions: int | None
) -> None:
    model = OpenAIEmbeddings(Model("openai/m", "m"), environ={"OPENAI_API_KEY": KEY}, clock=float)
    asked = request(*(("user", text) for text in texts), dimensions=dimensions)
    assert faults_of_request("/v1/embeddings", model.body(asked)) == []


@given(chat=messages())
def test_anthropic_is_sent_no_blank_block(chat: tuple[Message, ...]) -> None:
    """Of the blocks that llmopt makes; the API refuses blank ones."""
    body = provider("/v1/messages").body(Request(chat, {}, TrialKey("p", "v", "m", "c", 0)))
    said = [(one["role"], one["content"]) for one in body["messages"]]
    for role, content in [*said, ("system", body.get("system"))]:
        theirs = "".join(one.content for one in chat if one.role == role)
        for block in content if isinstance(content, list) else []:
            assert block["text"].strip() or not theirs.strip()
    assert body.get("system") != ""


def test_the_witness_sees_what_is_wrong() -> None:
    said = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    path = "/v1/chat/completions"
    assert faults_of_request(path, said) == []
    for wrong in ({"tempo": 1}, {"top_p": "1"}, {"tools": [{"type": "function"}]}):
        (fault,) = faults_of_request(path, {**said, **wrong})
        assert next(iter(wrong)) in fault


COUNTED = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
OF_THE_TRANSPORT = {"host", "content-length", "accept-encoding", "connection"}
OF_ITS_ATTEMPTS = {"x-stainless-retry-count", "x-stainless-timeout", "x-stainless-read-timeout"}
"""What the packages say about how long and how often they try, which is not left to them."""


def told(seen: Seen) -> tuple[str, Any, dict[str, str]]:
    left_out = OF_THE_TRANSPORT | OF_ITS_ATTEMPTS
    kept = {name: value for name, value in seen.headers.items() if name not in left_out}
    return seen.path, seen.body, kept


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_chat_goes_out_as_openai_s_package_sends_it(openai: Api, streamed: bool) -> None:  # noqa: FBT001
    params: Any = {"max_tokens": 4, "temperature": 0, "seed": 1, "stop": ["\n"], "tools": [COUNTED]}
    body = stream()
    async with openai_sdk.AsyncOpenAI(api_key=KEY, base_url=openai.base_url) as client:
        if streamed:
            openai.server.script(Reply(body=body, headers={"content-type": "text/event-stream"}))
            params["stream_options"] = {"include_usage": True}
        await client.chat.completions.create(
            model="a-model", messages=[{"role": "user", "content": "Hi"}], stream=streamed, **params
        )
    await openai.ask(asked=request(("user", "Hi"), **params), stream=streamed)
    theirs, ours = map(told, openai.server.seen)
    theirs[1].pop("stream") if not streamed else None
    assert ours == theirs


async def test_a_response_is_asked_for_as_openai_s_package_does(openai: Api) -> None:
    async with openai_sdk.AsyncOpenAI(api_key=KEY, base_url=openai.base_url) as client:
        await client.responses.create(
            model="a-model",
            input=[{"type": "message", "role": "user", "content": "Hi"}],
            max_output_tokens=40,
            store=False,
            reasoning={"effort": "low"},
        )
    asked = request(("user", "Hi"), max_tokens=40, reasoning_effort="low")
    await openai.ask(asked=asked, api="responses")
    theirs, ours = map(told, openai.server.seen)
    assert ours == theirs


async def test_texts_are_embedded_as_openai_s_package_does_it(openai: Api) -> None:
    async with openai_sdk.AsyncOpenAI(api_key=KEY, base_url=openai.base_url) as client:
        await client.embeddings.create(model="a-model", input=["Hi"], encoding_format="float")
    made = registry.build_embedder(openai.model(), environ={"A_KEY": KEY}, clock=float)
    await made.complete(request(("user", "Hi"), encoding_format="float"))
    assert isinstance(made, HttpModel)
    await made.aclose()
    theirs, ours = map(told, openai.server.seen)
    assert ours == theirs


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_message_goes_out_as_anthropic_s_package_sends_it(
    anthropic: Api,
    streamed: bool,  # noqa: FBT001
) -> None:
    params: Any = {"max_tokens": 4, "stop_sequences": ["END"], "tool_choice": {"type": "none"}}
    async with anthropic_sdk.AsyncAnthropic(api_key=KEY, base_url=anthropic.base_url) as client:
        await client.messages.create(
            model="a-model",
            system="Be brief.",
            messages=[{"role": "user", "content": "Hi"}],
            stream=streamed,
            **params,
        )
    asked = request(("system", "Be brief."), ("user", "Hi"), **params)
    await anthropic.ask(asked=asked, stream=streamed)
    theirs, ours = map(told, anthropic.server.seen)
    if not streamed:
        theirs[1].pop("stream")
    assert ours[2].pop("x-api-key") == KEY, "compatible servers may know this header alone"
    assert ours == theirs
