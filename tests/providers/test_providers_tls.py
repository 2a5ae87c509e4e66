"""HTTPS: whom a provider trusts, and what it says of the others."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import trustme
from tests.wire.asking import Api, request
from tests.wire.formats import chunk, stream
from tests.wire.server import ModelServer, Reply

from llmopt.providers import _wire

AUTHORITY = trustme.CA()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """A model API on loopback whose certificate comes from an authority of its own."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(tls)
    async with ModelServer(tls) as running:
        yield running


@pytest.mark.usefixtures("transport")
async def test_a_certificate_that_nobody_vouches_for_is_told_at_once(api: Api) -> None:
    error = await api.fail(api.well())
    assert (error.kind, error.retryable) == ("certificate", False)
    assert "127.0.0.1" in error.message
    assert "unable to get local issuer certificate" in error.message
    assert "SSL_CERT_FILE" in str(error.hint)
    assert not api.server.seen, "neither prompt nor key went out"


@pytest.mark.usefixtures("transport")
async def test_a_company_s_own_authority_is_trusted_by_its_file(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    AUTHORITY.cert_pem.write_to_path(tmp_path / "company.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))
    assert (await api.ask(api.well())).text == "positive"


@pytest.mark.usefixtures("transport")
async def test_a_stream_leaves_its_connection_to_the_next_one(
    openai: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a body comes behind the end mark, and often later."""
    AUTHORITY.cert_pem.write_to_path(tmp_path / "company.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))
    monkeypatch.setattr(_wire, "DRAIN_SECONDS", 60)
    sse = {"content-type": "text/event-stream"}
    body = stream(chunk(content="positive"), chunk("stop"))
    openai.server.script(*[Reply(body=body, headers=sse, fault="late end")] * 3)
    async with aclosing(openai.provider(stream=True)) as provider:
        for _ in range(3):
            assert (await provider.complete(request())).text == "positive"
    assert openai.server.connections == 1
