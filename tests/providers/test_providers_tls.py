"""HTTPS: whom a provider trusts, and what it says of the others."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from tests.wire.asking import Api
from tests.wire.server import ModelServer

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
