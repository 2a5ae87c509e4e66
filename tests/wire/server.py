"""A model API on 127.0.0.1: real sockets, answers scripted by the test.

Left alone it answers every request well, in the format that its path asks for.
`script` queues what the next requests get instead, faults of the wire included.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self

from tests.wire.formats import chat_completion, embeddings, message, openai_error, response

Fault = Literal["hang", "reset", "reset mid-body", "truncate", "garbage", "drip", "late end"]


DRIP = 8
"""Bytes that a dripping answer sends at a time."""


class Gate(Protocol):
    """What an answer may wait for: an `asyncio.Event`, an `asyncio.Barrier`."""

    async def wait(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that arrived; header names in lower case, the body read as JSON."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request gets: `body` as JSON, bytes as they are; first `gate`, then `fault`."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    gate: Gate | None = None
    fault: Fault | None = None

    def head_and_body(self, *, last: bool) -> tuple[bytes, bytes]:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"content-type": "application/json", **self.headers}
        chunked = self.fault == "late end"
        length = "transfer-encoding: chunked" if chunked else f"content-length: {len(body)}"
        lines = [f"HTTP/1.1 {self.status} Scripted", length]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += ["connection: close"] if last else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode(), body


class ModelServer:
    """The server; an asynchronous context manager. `seen` holds what arrived, in order.

    `well` answers what is not scripted, `connections` counts those opened.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.seen: list[Seen] = []
        self.connections = 0
        self.well: Callable[[Seen], Reply] = lambda seen: in_health(seen.path, seen.body)
        self._script: deque[Reply] = deque()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"{'https' if self._tls else 'http'}://{host}:{port}"

    def script(self, *replies: Reply) -> None:
        self._script.extend(replies)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                seen = await _read(reader)
                self.seen.append(seen)
                reply = self._script.popleft() if self._script else self.well(seen)
                if reply.gate is not None:
                    await reply.gate.wait()
                last = seen.headers.get("connection") == "close"
                if not await _answer(reply, writer, last=last) or last:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client has gone
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Seen(first.split(" ")[1], headers, json.loads(body) if body else None)


async def _answer(reply: Reply, writer: asyncio.StreamWriter, *, last: bool) -> bool:
    """Send a reply; False where the connection ends with it."""
    head, body = reply.head_and_body(last=last)
    if reply.fault is None:
        writer.write(head + body)
        await writer.drain()
        return True
    if reply.fault == "drip":
        for at in range(0, len(head + body), DRIP):
            writer.write((head + body)[at : at + DRIP])
            await writer.drain()
            await asyncio.sleep(0.002)
        return True
    if reply.fault == "late end":
        writer.write(head + f"{len(body):x}\r\n".encode() + body + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"0\r\n\r\n")
        return True
    if reply.fault == "hang":
        await asyncio.Event().wait()
    if reply.fault in ("reset mid-body", "truncate"):
        writer.write(head + body[: len(body) // 2])
    if reply.fault == "garbage":
        writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    await writer.drain()
    if reply.fault.startswith("reset"):
        _close_by_reset(writer)
    return False


def _close_by_reset(writer: asyncio.StreamWriter) -> None:
    """Make the coming close an RST, as a crashed server or a firewall sends."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def in_health(path: str, body: Any) -> Reply:
    """Return the answer of an API in good health."""
    if path.endswith("/chat/completions"):
        return Reply(body=chat_completion())
    if path.endswith("/responses"):
        return Reply(body=response())
    if path.endswith("/v1/messages"):
        return Reply(body=message())
    if path.endswith("/embeddings"):
        return Reply(body=embeddings(body["input"]))
    return Reply(404, openai_error(f"no such path: {path}"))
