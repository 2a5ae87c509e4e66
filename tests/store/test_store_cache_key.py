from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llmopt.domain import Message, Model, Request, TrialKey
from llmopt.store.cache_key import cache_key

MODEL = Model("openai/small", "small")
URL = "https://api.example.com/v1"
TRIAL = TrialKey("mood", "short", "small", "sunny", 0)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
params = st.dictionaries(st.text(), values, max_size=5)
messages = st.lists(
    st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text()), max_size=4
).map(tuple)


def a_request(
    content: str = "Is it sunny?", *, params: Mapping[str, Any] | None = None, **trial: Any
) -> Request:
    return Request((Message("user", content),), params or {}, TRIAL._replace(**trial))


def key(request: Request, *, model: Model = MODEL, url: str | None = URL) -> bytes | None:
    return cache_key(model, url, request)


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(part) for part in value] if isinstance(value, list) else value


@given(params, messages)
def test_the_order_in_which_parameters_are_written_changes_nothing(
    params: dict[str, Any], messages: tuple[Message, ...]
) -> None:
    one = key(Request(messages, params, TRIAL))
    assert one is not None
    assert len(one) == 32
    assert key(Request(messages, MappingProxyType(reordered(params)), TRIAL)) == one


@given(params, st.data())
def test_any_other_value_of_any_parameter_is_another_key(
    params: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.text() | st.sampled_from([*params, "temperature"]))
    changed = {**params, name: data.draw(values)}
    assume(repr(reordered(changed)) != repr(reordered(params)) and changed != params)
    assert key(a_request(params=changed)) != key(a_request(params=params))


@given(messages, messages)
def test_other_messages_are_another_key(
    some: tuple[Message, ...], others: tuple[Message, ...]
) -> None:
    assume(some != others)
    assert key(Request(some, {}, TRIAL)) != key(Request(others, {}, TRIAL))


@pytest.mark.parametrize(
    "other",
    [
        key(a_request(repeat=1)),
        key(a_request(), url="https://proxy.example.com/v1"),
        key(a_request(), url=None),
        key(a_request(), model=Model("anthropic/small", "small")),
        key(a_request(), model=Model("openai/small-2", "small")),
        key(a_request(params={"temperature": 0})),
        key(a_request(params={"temperature": False})),
        key(a_request(params={"temperature": 0.0})),
    ],
)
def test_repeat_address_provider_model_and_types_of_values_count(other: bytes | None) -> None:
    assert other is not None
    assert other != key(a_request())
    assert key(a_request(params={"temperature": 0})) != key(a_request(params={"temperature": "0"}))


def test_names_do_not_count() -> None:
    """Two variants or cases that ask the same share the answer, on a renamed model as well."""
    same = key(a_request(prompt="p", variant="v", model="m", case="c"))
    assert same == key(a_request())
    renamed = replace(MODEL, name="other", headers={"x-team": "a"}, api_key_env="OTHER_KEY")
    assert key(a_request(), model=renamed) == key(a_request())


@pytest.mark.parametrize("value", [date(2026, 1, 1), {1: "a", "b": "c"}, {"x"}, object()])
def test_what_json_cannot_hold_has_no_key(value: object) -> None:
    assert key(a_request(params={"until": value})) is None
