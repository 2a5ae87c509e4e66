"""How close `llmopt eval` comes to the time that the models alone take.

    python benchmarks/endpoint.py [openai] [anthropic]

A server on 127.0.0.1, in a process of its own, answers after 50 ms; 2,000 calls at
concurrency 50 then take 2.0 s at best. The whole process of `llmopt eval` is timed,
imports and reports included, and printed as a ratio to that ideal; then once more with
one request in five answered 429 and `retry-after-ms: 50`. One run before the timed ones
lets Python keep the modules compiled, as an installation has them. Machines are noisy:
read the ratios, and the best of several runs.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

CALLS, LATENCY, CONCURRENCY = 2000, 0.05, 50
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


class Endpoint(asyncio.Protocol):
    """Answers every request after the latency; every `refuse_every`-th one at once, with 429."""

    seen = 0

    def __init__(self, refuse_every: int) -> None:
        self.refuse_every = refuse_every
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP transports are
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        Endpoint.seen += 1
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        if self.refuse_every and Endpoint.seen % self.refuse_every == 0:
            self._write(429, {"error": {"message": "slow down"}}, "retry-after-ms: 50\r\n")
        else:
            asyncio.get_running_loop().call_later(LATENCY, self._write, 200, REPLIES[path])

    def _write(self, status: int, body: object, header: str = "") -> None:
        text = json.dumps(body)
        self.transport.write(
            f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{header}"
            f"content-length: {len(text)}\r\n\r\n{text}".encode()
        )


def serve(refuse_every: int, port: Connection) -> None:
    """Run the server until killed; say its port."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: Endpoint(refuse_every), "127.0.0.1", 0, backlog=512
        )
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def write_project(folder: Path, provider: str, port: int) -> None:
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
    rows = "".join(f"c{n},I like day {n} of the trip,positive\n" for n in range(CALLS // 2))
    (folder / "testcases" / "rows.csv").write_text("id,text,label\n" + rows)
    (folder / "testcases" / "mood.yaml").write_text(
        "prompt: mood\nscore: label\n"
        "data: [{file: rows.csv, id: id, vars: {text: text}, expect: label}]\n"
    )


def measure(provider: str, refuse_every: int) -> float:
    """Return the seconds that the whole process took."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(refuse_every, theirs), daemon=True)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_project(folder, provider, ours.recv())
            command = [sys.executable, "-m", "llmopt", "eval", "-q", "--no-cache", "--format"]
            command += ["json", "--concurrency", str(CONCURRENCY)]
            environ = {**os.environ, "ANTHROPIC_API_KEY": "none", "OPENAI_API_KEY": "none"}
            environ.pop("PYTHONDONTWRITEBYTECODE", None)
            started = time.perf_counter()
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, check=False, env=environ
            )
            seconds = time.perf_counter() - started
    finally:
        server.kill()
        server.join()
    if done.returncode != 0:
        sys.exit(f"ended with {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
    answered = sum(c["trials"] - c["errors"] for c in json.loads(done.stdout)["candidates"])
    if answered != CALLS:
        sys.exit(f"{answered} of {CALLS} calls were answered")
    return seconds


def main() -> None:
    """Measure the providers asked for, in turn, and print the ratios."""
    print(
        f"{CALLS:,} calls, {LATENCY * 1000:.0f} ms, concurrency {CONCURRENCY}: ideal {IDEAL:.1f} s"
    )
    for provider in sys.argv[1:] or ["openai", "anthropic"]:
        measure(provider, refuse_every=0)
        for refuse_every, label in ((0, "all answered"), (5, "one in five refused first")):
            seconds = sorted(measure(provider, refuse_every) for _ in range(REPEATS))
            ratios = ", ".join(f"{second / IDEAL:.2f}" for second in seconds)
            print(f"{provider:>10}, {label}: {ratios} times the ideal")


if __name__ == "__main__":
    main()
