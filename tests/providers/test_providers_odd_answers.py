"""Whatever stands in an answer or a stream, it becomes a completion or an error that says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.providers.test_providers_replies import ANSWERS
from tests.providers.test_providers_requests import provider
from tests.wire.asking import request
from tests.wire.streams import events_of

from llmopt.domain import Completion
from llmopt.errors import ProviderError

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "error", "code", "loc"]), inner, max_size=2
        )
    ),
    max_leaves=3,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the ways to everything inside a JSON value."""
    inner: Any = {}
    if isinstance(value, dict | list):
        inner = value if isinstance(value, dict) else dict(enumerate(value))
    return [at, *(place for key, part in inner.items() for place in places(part, (*at, key)))]


def replaced(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    if not place:
        return odd
    value[place[0]] = replaced(value[place[0]], place[1:], odd)
    return value


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(ANSWERS)), data=st.data())
def test_an_odd_answer_is_read_or_refused(name: str, data: st.DataObject) -> None:
    path, answer, _ = ANSWERS[name]
    body = json.loads(json.dumps(answer))
    place = data.draw(st.sampled_from(places(body)[1:]))
    body = replaced(body, place, data.draw(ODD))
    with suppress(ProviderError):
        assert isinstance(provider(path)._read(body, request()), Completion)


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(ANSWERS)), data=st.data())
def test_an_odd_event_is_read_or_refused(name: str, data: st.DataObject) -> None:
    path, answer, _ = ANSWERS[name]
    events = json.loads(json.dumps(list(events_of(path, answer))))
    place = data.draw(st.sampled_from(places(events)[1:]))
    events = replaced(events, place, data.draw(ODD))
    model = provider(path)
    kinds = "connection", "timeout"
    try:
        collected = asyncio.run(model._collected(Streamed(events)))  # type: ignore[arg-type]
        assert isinstance(model._read(collected[0], request()), Completion)
    except ProviderError as error:
        assert error.kind not in kinds, "the wire is not to blame"  # noqa: PT017 - or a reply


class Streamed:
    """A response that streams events."""

    def __init__(self, events: list[Any]) -> None:
        self.headers = {"content-type": "text/event-stream"}
        self._lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]

    async def aiter_bytes(self) -> AsyncIterator[bytes]:
        for line in self._lines:
            yield line

    async def aclose(self) -> None:
        """Nothing is open."""
