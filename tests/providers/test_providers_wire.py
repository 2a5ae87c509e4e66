"""What both API providers owe their callers, whatever happens on the wire."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import aclosing, nullcontext
from dataclasses import replace

import pytest
from tests.wire.asking import KEY, Api, request
from tests.wire.server import Fault, Reply

from llmopt.errors import ProviderError, ProviderErrorKind
from llmopt.providers import _connection
from llmopt.providers.base import TellsQuotas
from llmopt.providers.quota import Quota, Quotas


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset", "connection"),
        ("reset mid-body", "connection"),
        ("truncate", "connection"),
        ("garbage", "connection"),
        ("hang", "timeout"),
    ],
)
async def test_each_fault_of_the_wire_has_its_kind(
    api: Api, fault: Fault, kind: ProviderErrorKind
) -> None:
    asked = request(timeout=0.3 if fault == "hang" else None)
    error = await api.fail(Reply(body={"a": "body"}, fault=fault), asked=asked)
    assert (error.kind, error.retryable) == (kind, True)
    assert api.server.url.removeprefix("http://") in error.message
    assert len(api.server.seen) == 1, "the SDK's own retries are off"


@pytest.mark.usefixtures("transport")
async def test_an_answer_that_drips_in_is_waited_for_no_longer_than_asked(api: Api) -> None:
    """Every byte comes in time; the answer as a whole does not."""
    body = {"padding": "x" * 20_000}
    error = await api.fail(Reply(body=body, fault="drip"), asked=request(timeout=0.1))
    assert error.kind == "timeout"


@pytest.mark.usefixtures("transport")
async def test_an_answer_that_drips_in_quickly_enough_is_read(api: Api) -> None:
    reply = replace(api.well(), fault="drip")
    assert (await api.ask(reply)).text == "positive"


@pytest.mark.usefixtures("transport")
async def test_a_closed_port_is_a_connection_error(api: Api) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        with pytest.raises(ProviderError) as caught:
            await api.ask(base_url=url)
    assert caught.value.kind == "connection"
    address = url.removeprefix("http://").removesuffix("/v1")
    assert caught.value.message.startswith(f"no answer from {address}: ")
    assert caught.value.message.count(address) == 1, "the address is told once"


@pytest.mark.usefixtures("transport")
async def test_https_to_a_server_that_speaks_http_says_so(api: Api) -> None:
    async def complain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(complain, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        with pytest.raises(ProviderError, match="it speaks http, not https") as caught:
            await api.ask(base_url=f"https://127.0.0.1:{port}/v1")
    assert caught.value.kind == "connection"


@pytest.mark.usefixtures("transport")
async def test_a_connection_that_never_comes_about_is_a_connection_error(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server waits for the end of a request in HTTP, the client for TLS."""
    monkeypatch.setattr(_connection, "CONNECT_SECONDS", 0.05)
    with pytest.raises(ProviderError) as caught:
        await api.ask(base_url=api.base_url.replace("http:", "https:"))
    host = api.server.url.removeprefix("http://")
    assert caught.value.kind == "connection"
    assert caught.value.message == f"no answer from {host}: no connection came about in time"


@pytest.mark.usefixtures("transport")
async def test_fifty_calls_are_under_way_at_once_and_leave_nothing_open(api: Api) -> None:
    everyone = asyncio.Barrier(50)
    api.server.script(*[api.well(everyone) for _ in range(50)])
    async with asyncio.timeout(60), aclosing(api.provider()) as provider:
        completions = await asyncio.gather(*[provider.complete(request()) for _ in range(50)])
    assert [completion.text for completion in completions] == ["positive"] * 50
    del provider, completions
    gc.collect()  # an unclosed socket would warn here, and warnings are errors


@pytest.mark.usefixtures("transport")
async def test_latency_runs_from_sending_to_the_last_byte(api: Api) -> None:
    arrived, go = asyncio.Event(), asyncio.Event()

    class Turning:
        async def wait(self) -> None:
            arrived.set()
            await go.wait()

    reply = api.well(Turning())
    api.now = 100.0
    asking = asyncio.create_task(api.ask(reply))
    await arrived.wait()
    api.now = 100.25
    go.set()
    assert (await asking).latency_ms == 250.0


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after-ms": "1500"}, 1500),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1500),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9000),
        ({"retry-after": "0.5"}, 500),
        (
            {
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
            },
            30_000,
        ),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00"}, 0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": f"Wed, 21 Oct 2026 07:28:00 +{'9' * 20}"}, None),
        ({}, None),
    ],
)
async def test_the_pause_that_was_asked_for_is_passed_on(
    api: Api, headers: dict[str, str], pause: float | None
) -> None:
    error = await api.fail(Reply(429, {"error": {"message": "Slow down."}}, headers))
    assert error.retry_after_ms == pause


@pytest.mark.usefixtures("transport")
@pytest.mark.parametrize("status", [200, 429])
async def test_what_an_answer_tells_of_the_limits_is_passed_on_before_it(
    api: Api, status: int
) -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "15",
        "x-ratelimit-reset-requests": "45s",
    }
    api.server.script(Reply(status, api.well().body, headers))
    heard: list[Quotas] = []
    async with aclosing(api.provider()) as provider:
        assert isinstance(provider, TellsQuotas)
        provider.on_quotas = heard.append
        with nullcontext() if status == 200 else pytest.raises(ProviderError):
            await provider.complete(request())
    assert heard == [Quotas(requests=Quota(limit=60, remaining=15, rate=1), tokens=None)]


async def test_a_message_shows_neither_the_key_nor_more_than_a_line(api: Api) -> None:
    said = f"Incorrect key {KEY}\n" + "provided " * 100
    error = await api.fail(Reply(401, {"error": {"message": said}}))
    assert error.message.startswith("HTTP 401: Incorrect key *** provided")
    assert len(error.message) == 300
    assert error.message.endswith("…")
    assert error.hint == "check the key in A_KEY"


async def test_an_echoed_header_is_not_shown_either(api: Api) -> None:
    api.server.script(Reply(400, {"error": {"message": "bad X-Secret: hush-hush-hush"}}))
    with pytest.raises(ProviderError) as caught:
        await api.ask(headers={"X-Secret": "hush-hush-hush"})
    assert caught.value.message == "HTTP 400: bad X-Secret: ***"


async def test_a_key_in_an_unreadable_answer_is_not_shown(api: Api) -> None:
    error = await api.fail(Reply(200, f"your key is {KEY}".encode()))
    assert error.kind == "invalid_response"
    assert "***" in error.message


async def test_a_redirect_is_not_followed(api: Api) -> None:
    error = await api.fail(Reply(307, {}, {"location": f"{api.server.url}/elsewhere"}))
    assert error.kind == "bad_request"
    assert "redirects to" in error.message
    assert len(api.server.seen) == 1


@pytest.mark.parametrize(
    "params", [{"top_p": float("nan")}, {"logit_bias": object()}, {"timeout": "soon"}]
)
async def test_what_json_cannot_hold_is_a_bad_request(api: Api, params: dict[str, object]) -> None:
    with pytest.raises(ProviderError) as caught:
        await api.ask(asked=request(**params))
    assert caught.value.kind == "bad_request"
    assert api.server.seen == []


async def test_half_a_character_is_a_bad_request(api: Api) -> None:
    with pytest.raises(ProviderError) as caught:
        await api.ask(asked=request(("user", "\ud83d")))
    assert caught.value.kind == "bad_request"


async def test_a_provider_that_was_never_asked_closes_too(api: Api) -> None:
    await api.provider().aclose()
