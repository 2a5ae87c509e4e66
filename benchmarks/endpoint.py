"""How close `llmopt eval` comes to the time that the models alone take.

    python benchmarks/endpoint.py [openai] [anthropic]

A server on 127.0.0.1, in a process of its own, answers after 50 ms; 2,000 calls at
concurrency 50 then take 2.0 s at best. The whole process of `llmopt eval` is timed,
imports and reports included, and printed as a ratio to that ideal; then once more with
one request in five answered 429 and `retry-after-ms: 50`. One run before the timed ones
lets Python keep the modules compiled, as an installation has them.

Machines differ and are noisy: read the best of several runs, and beside it the floor, which
is measured in the same run: a process that imports the SDK and sends the same requests
through a bare aiohttp session, and does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from _process import Measured, measured

CALLS, LATENCY, CONCURRENCY = 2000, 0.05, 50
KEYS = {"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none"}
IDEAL = CALLS * LATENCY / CONCURRENCY
REPEATS = 3

REPLIES = {
    "/v1/chat/completions": {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "positive"},
            }
        ],
        "usage": {"prompt_tokens": 30, "completion_tokens": 1, "total_tokens": 31},
    },
    "/v1/messages": {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "positive"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 30, "output_tokens": 1},
    },
}


BARE = """
import asyncio, sys
import aiohttp, {sdk}

async def main(url, calls, width):
    left = iter(range(calls))
    async def worker(session):
        for n in left:
            async with session.post(url, json={{"n": n}}) as answer:
                await answer.json()
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(worker(session) for _ in range(width)))

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


def written(status: int, body: object, header: str = "") -> bytes:
    """Write an answer down once: what the server does then is next to nothing."""
    text = json.dumps(body)
    return (
        f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{header}"
        f"content-length: {len(text)}\r\n\r\n{text}"
    ).encode()


ANSWERS = {path.encode(): written(200, reply) for path, reply in REPLIES.items()}
REFUSAL = written(429, {"error": {"message": "slow down"}}, "retry-after-ms: 50\r\n")
LENGTH = re.compile(rb"(?i)\ncontent-length: *(\d+)")


class Endpoint(asyncio.Protocol):
    """Answers every request after the latency; every `refuse_every`-th one at once, with 429."""

    seen = 0

    def __init__(self, refuse_every: int, latency: float) -> None:
        self.refuse_every = refuse_every
        self.latency = latency
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP transports are
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n") + 4
        length = LENGTH.search(self.buffer)
        if end < 4 or length is None or len(self.buffer) < end + int(length[1]):
            return
        path = self.buffer.split(b" ", 2)[1].partition(b"?")[0]
        self.buffer = self.buffer[end + int(length[1]) :]
        Endpoint.seen += 1
        if self.refuse_every and Endpoint.seen % self.refuse_every == 0:
            self.transport.write(REFUSAL)
        else:
            asyncio.get_running_loop().call_later(self.latency, self.transport.write, ANSWERS[path])


def serve(refuse_every: int, latency: float, port: Connection) -> None:
    """Run the server until killed; say its port."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: Endpoint(refuse_every, latency), "127.0.0.1", 0, backlog=512
        )
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def write_project(folder: Path, provider: str, port: int, calls: int = CALLS) -> None:
    """Write a project of two variants and as many cases as make the calls."""
    suffix = "/v1" if provider == "openai" else ""
    (folder / "llmopt.yaml").write_text(
        f"models:\n  - id: {provider}/m\n    base_url: http://127.0.0.1:{port}{suffix}\n"
        "    price: {input: 1, output: 2}\n"
    )
    for name in ("prompts", "testcases"):
        (folder / name).mkdir()
    (folder / "prompts" / "mood.yaml").write_text(
        "prompt: mood\nvariants:\n"
        "  long: {user: 'Say whether this is positive, negative or neutral: {{ text }}'}\n"
        "  short: {user: 'Mood: {{ text }}'}\n"
    )
    rows = "".join(f"c{n},I like day {n} of the trip,positive\n" for n in range(calls // 2))
    (folder / "testcases" / "rows.csv").write_text("id,text,label\n" + rows)
    (folder / "testcases" / "mood.yaml").write_text(
        "prompt: mood\nscore: label\n"
        "data: [{file: rows.csv, id: id, vars: {text: text}, expect: label}]\n"
    )


@contextmanager
def serving(refuse_every: int = 0, latency: float = LATENCY) -> Iterator[int]:
    """Run a server in a process of its own; yield its port."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(
        target=serve, args=(refuse_every, latency, theirs), daemon=True
    )
    server.start()
    try:
        yield ours.recv()
    finally:
        server.kill()
        server.join()


def measure(provider: str, refuse_every: int) -> float:
    """Return the seconds that `llmopt eval` took."""
    with serving(refuse_every) as port, tempfile.TemporaryDirectory() as name:
        write_project(Path(name), provider, port)
        command = ["-m", "llmopt", "eval", "-q", "--no-cache", "--format", "json"]
        run = measured([*command, "--concurrency", str(CONCURRENCY)], Path(name), KEYS)
    check_answered(run, CALLS)
    return run.seconds


def check_answered(run: Measured, calls: int) -> None:
    """End the benchmark unless so many calls were answered."""
    answered = sum(c["trials"] - c["errors"] for c in json.loads(run.said)["candidates"])
    if answered != calls:
        sys.exit(f"{answered} of {calls} calls were answered")


def floor(provider: str) -> float:
    """Return the seconds of a process that imports the SDK and sends as many bare requests."""
    path = "/v1/chat/completions" if provider == "openai" else "/v1/messages"
    with serving() as port, tempfile.TemporaryDirectory() as name:
        url = f"http://127.0.0.1:{port}{path}"
        code = BARE.format(sdk=provider)
        return measured(["-c", code, url, str(CALLS), str(CONCURRENCY)], Path(name)).seconds


def ratios(measured: Callable[[], float]) -> str:
    """Measure several times; return the ratios to the ideal, best first."""
    seconds = sorted(measured() for _ in range(REPEATS))
    return ", ".join(f"{second / IDEAL:.2f}" for second in seconds)


def main() -> None:
    """Measure the providers asked for, in turn, and print the ratios."""
    print(
        f"{CALLS:,} calls, {LATENCY * 1000:.0f} ms, concurrency {CONCURRENCY}: ideal {IDEAL:.1f} s"
    )
    for provider in sys.argv[1:] or ["openai", "anthropic"]:
        measure(provider, refuse_every=0)
        print(f"{provider:>10}, floor: {ratios(partial(floor, provider))} times the ideal")
        for refuse_every, label in ((0, "all answered"), (5, "one in five refused first")):
            found = ratios(partial(measure, provider, refuse_every))
            print(f"{provider:>10}, {label}: {found} times the ideal")


if __name__ == "__main__":
    main()
