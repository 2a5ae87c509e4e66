"""A company's proxy: requests go through it, and what fails there is said to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.wire.asking import Api
from tests.wire.server import ModelServer

FAR = "http://models.example/v1"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """A server on loopback that the environment names as the proxy of everything."""
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with ModelServer() as running:
        monkeypatch.setenv("HTTP_PROXY", running.url)
        yield running


@pytest.mark.usefixtures("transport")
async def test_requests_go_through_the_proxy_that_the_environment_names(api: Api) -> None:
    assert (await api.ask(api.well(), base_url=FAR)).text == "positive"
    assert api.server.seen[0].path.startswith(FAR)


@pytest.mark.usefixtures("transport")
async def test_hosts_that_the_environment_excepts_are_asked_directly(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert (await api.ask(api.well())).text == "positive"
    assert api.server.seen[0].path.startswith("/v1")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://me:password@127.0.0.1:1", "check the proxy that HTTP_PROXY names"),
        ("socks5://127.0.0.1:1", "only HTTP proxies can be used"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    address: str, said: str, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    error = await api.fail(base_url=FAR)
    assert error.kind == "connection"
    assert said in str(error.hint)
    assert "NO_PROXY=models.example" in str(error.hint)
    assert "password" not in f"{error.message} {error.hint}"
