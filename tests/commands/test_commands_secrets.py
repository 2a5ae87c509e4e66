"""A key stands in no file, log, recording, report or traceback, whatever goes wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from tests.conftest import Project, Said
from tests.wire.formats import openai_error
from tests.wire.server import ModelServer, Reply
from tests.wire.threaded import serving

from llmopt.domain import FromEnvironment, Model
from llmopt.evaluate import pacing
from llmopt.providers._endpoint import resolve
from llmopt.providers.openai_api import OpenAIModel

KEY = "sk-proj-Distinctive0123456789abcdefTellTale"
GATEWAY = 'plain "words"/of-a+Gateway?TellTale2'
HIDDEN = [
    KEY.encode(),
    base64.b64encode(KEY.encode()),
    base64.b64encode(f":{KEY}".encode()),
    b"TellTale2",
]
SPELLINGS = (
    KEY,
    GATEWAY,
    GATEWAY[6:],
    quote(GATEWAY),
    quote(GATEWAY, safe=""),
    quote_plus(GATEWAY),
    json.dumps(GATEWAY),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f":{KEY}".encode()).decode(),
)
ECHO = openai_error(f"Incorrect key. Headers: Bearer {', '.join(SPELLINGS)}")
SOON = {"retry-after-ms": "1"}
TRIES = 11

FAULTS = {
    "401": Reply(401, ECHO),
    "400": Reply(400, ECHO),
    "403": Reply(403, ECHO),
    "404": Reply(404, ECHO),
    "429": Reply(429, ECHO, SOON),
    "500": Reply(500, ECHO, SOON),
    "503 as a page": Reply(503, f"<html>{KEY} {GATEWAY}</html>".encode(), SOON),
    "a redirect": Reply(
        302, b"", {"location": f"http://elsewhere.example/?key={KEY}&gate={GATEWAY}"}
    ),
    "an error in a success": Reply(200, ECHO),
    "no JSON": Reply(200, f"not JSON: {KEY} {GATEWAY}".encode()),
    "no completion": Reply(200, {"echo": KEY, "gate": GATEWAY}),
    "reset": Reply(200, ECHO, fault="reset"),
    "reset mid-body": Reply(200, ECHO, fault="reset mid-body"),
    "truncated": Reply(200, ECHO, fault="truncate"),
    "garbage": Reply(200, ECHO, fault="garbage"),
    "hanging": Reply(200, ECHO, fault="hang"),
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF", 0.001)
    monkeypatch.setattr(pacing, "LONGEST_BACKOFF", 0.002)
    monkeypatch.setenv("A_KEY", KEY)
    monkeypatch.setenv("GATEWAY_KEY", GATEWAY)
    monkeypatch.setenv("LLMOPT_DEBUG", "1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with serving() as server:
        yield server


def configure(project: Project, server: ModelServer, provider: str, *, stream: bool) -> None:
    suffix = "/v1" if provider == "openai" else ""
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: {provider}/a-model
            base_url: {server.url}{suffix}
            api_key_env: A_KEY
            headers: {{Authorization-Extra: {{env: GATEWAY_KEY}}}}
            stream: {str(stream).lower()}
            params: {{temperature: 0, timeout: 0.2}}
            price: {{input: 1, output: 1}}
        """,
    )


def leaks(project: Project, *said: Said) -> list[str]:
    """Name everything in which the key is found."""
    texts = {f"{name} {i}": text.encode() for i, one in enumerate(said)
             for name, text in (("stdout", one.out), ("stderr", one.err))}  # fmt: skip
    files = {
        str(path.relative_to(project.root)): path.read_bytes()
        for path in project.root.rglob("*")
        if path.is_file()
    }
    return [
        name
        for name, content in (texts | files).items()
        if any(secret in content for secret in HIDDEN)
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_key_is_found_nowhere_after(
    project: Project, server: ModelServer, fault: str, provider: str, *, stream: bool
) -> None:
    configure(project, server, provider, stream=stream)
    server.script(*[FAULTS[fault]] * (3 * TRIES))
    outputs = [arg for name in ("a.json", "a.csv", "a.md", "a.html", "a.xml", "a.sarif")
               for arg in ("-o", name)]  # fmt: skip
    ran = project.llmopt("eval", "--limit", "1", "--record", "replies.jsonl", *outputs)
    assert ran.code == 3, ran.err
    shown = project.llmopt("runs", "show", "latest", "--format", "json", "--explain")
    checked = project.llmopt("models", "--check")
    assert server.seen, "nothing was asked, so nothing was tested"
    assert any(KEY in str(seen.headers) for seen in server.seen)
    assert {seen.headers["authorization-extra"] for seen in server.seen} == {GATEWAY}
    assert leaks(project, ran, shown, checked) == []


def test_a_key_is_found_nowhere_after_a_crash_of_ours(
    project: Project, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(project, server, "openai", stream=False)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of llmopt")

    monkeypatch.setattr("llmopt.api.evaluation.judge", crash)
    ran = project.llmopt("eval", "--limit", "1")
    assert ran.code == 70
    assert "Traceback" in ran.err
    assert leaks(project, ran) == []


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_key_is_found_nowhere_after_all_went_well(
    project: Project, server: ModelServer, provider: str
) -> None:
    configure(project, server, provider, stream=False)
    said = [
        project.llmopt("eval", "--dry-run", "--format", "json"),
        project.llmopt("eval", "--verbose", "--record", "replies.jsonl", "-o", "a.html"),
        project.llmopt("eval", "--explain", "--format", "json"),
        project.llmopt("runs", "export", "latest"),
        project.llmopt("cache", "stats", "--format", "json"),
        *(project.llmopt("models", "--format", name) for name in ("table", "json", "csv")),
        project.llmopt("doctor"),
    ]
    assert server.seen[0].headers["authorization-extra"] == GATEWAY
    assert (project.root / ".llmopt" / "cache.db").exists()
    assert leaks(project, *said) == []


def test_no_object_that_holds_a_key_shows_it() -> None:
    endpoint = resolve(
        Model("openai/a", "a", headers={"X-Gate": FromEnvironment("GATEWAY_KEY")}),
        {"OPENAI_API_KEY": KEY, "GATEWAY_KEY": GATEWAY},
        OpenAIModel.home,
    )
    assert (endpoint.key, endpoint.headers) == (KEY, {"X-Gate": GATEWAY})
    assert KEY not in repr(endpoint)
    assert GATEWAY not in repr(endpoint)
