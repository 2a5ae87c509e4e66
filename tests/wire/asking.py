"""One of the two API providers, set on the loopback server."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from tests.wire.formats import chat_completion, message
from tests.wire.server import Gate, ModelServer, Reply

from llmopt.domain import Completion, Message, Model, Request, Role, TrialKey
from llmopt.errors import ProviderError
from llmopt.providers import anthropic_api, openai_api
from llmopt.providers._wire import HttpModel

KEY = "sk-very-secret-0123456789"


def request(*messages: tuple[Role, str], **params: Any) -> Request:
    """Make a request; of one user message unless told otherwise."""
    return Request(
        messages=tuple(Message(*each) for each in messages or (("user", "Works perfectly."),)),
        params=params,
        trial=TrialKey("sentiment", "concise", "a-model", "one", 0),
    )


class Api:
    """A provider's factory, the server it is sent to, and a clock that the test turns."""

    def __init__(self, name: str, server: ModelServer) -> None:
        self.name = name
        self.server = server
        self.now = 0.0
        self.base_url = f"{server.url}/v1" if name == "openai" else server.url

    def model(self, **fields: Any) -> Model:
        given = {"base_url": self.base_url, "api_key_env": "A_KEY"} | fields
        return Model(id=f"{self.name}/a-model", name="a-model", **given)

    def provider(self, **fields: Any) -> HttpModel:
        module = openai_api if self.name == "openai" else anthropic_api
        provider = module.provider(
            self.model(**fields), environ={"A_KEY": KEY}, clock=lambda: self.now
        )
        assert isinstance(provider, HttpModel)
        return provider

    def well(self, gate: Gate | None = None) -> Reply:
        """Make the answer of an API in good health, kept back by `gate`."""
        body = chat_completion() if self.name == "openai" else message()
        return Reply(body=body, gate=gate)

    async def ask(
        self, reply: Reply | None = None, *, asked: Request | None = None, **fields: Any
    ) -> Completion:
        """Ask once and close; `reply` is what the server answers, `fields` are the model's."""
        if reply is not None:
            self.server.script(reply)
        async with aclosing(self.provider(**fields)) as provider:
            return await provider.complete(asked or request())

    async def sent(self, asked: Request, **fields: Any) -> Any:
        """Ask once and return the body that arrived at the server."""
        await self.ask(asked=asked, **fields)
        return self.server.seen[-1].body

    async def fail(
        self, reply: Reply | None = None, *, asked: Request | None = None, **fields: Any
    ) -> ProviderError:
        """Ask once, in vain, and return the error; nothing of it may show the key."""
        with pytest.raises(ProviderError) as caught:
            await self.ask(reply, asked=asked, **fields)
        shown = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
        assert KEY not in shown
        return caught.value
