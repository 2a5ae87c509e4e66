from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec

import pytest
from tests.wire.asking import Api
from tests.wire.server import ModelServer

from llmopt.providers import _connection


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """A model API on loopback, reached directly whatever proxy this machine has."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    async with ModelServer() as running:
        yield running


@pytest.fixture
def openai(server: ModelServer) -> Api:
    return Api("openai", server)


@pytest.fixture
def anthropic(server: ModelServer) -> Api:
    return Api("anthropic", server)


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest, server: ModelServer) -> Api:
    """Each of the two, in turn."""
    return Api(request.param, server)


@pytest.fixture(params=["httpx2", "aiohttp"])
def transport(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the SDKs' two HTTP transports, in turn; aiohttp where it is installed."""
    name: str = request.param
    if name == "aiohttp" and find_spec("aiohttp") is None:
        pytest.skip("aiohttp is not installed")
    monkeypatch.setattr(_connection, "find_spec", lambda _: name == "aiohttp" or None)
    return name
