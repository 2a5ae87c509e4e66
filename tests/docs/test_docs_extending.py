"""The package of the extending guide, installed as its pyproject.toml says, on a real server."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.conftest import Project
from tests.docs import pages
from tests.docs.installing import install
from tests.wire.server import ModelServer, Reply, Seen
from tests.wire.threaded import serving

from llmopt.files.scoring import added_scorers

EXTENDING = "guides/extending.md"
PACKAGE = "llmopt_gateway"


def well(seen: Seen) -> Reply:
    """The gateway: it cites every source that the question is shown."""
    asked = seen.body["turns"][-1]["text"]
    text = " ".join(f"[{name}]" for name in ("terms", "faq") if f"{name}:" in asked)
    return Reply(body={"text": text, "read": 40, "written": 10, "cut": False})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        server.well = well
        yield server


@pytest.fixture
def extended(
    empty_project: Project, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Project]:
    """The guide's project, with the guide's package installed in a folder of its own."""
    site = empty_project.root / "site-packages"
    (files,) = pages.stages(EXTENDING)
    install({name: text for name, text in files.items() if name.endswith((".py", ".toml"))}, site)
    for name, text in files.items():
        if name.endswith(".yaml"):
            empty_project.write(name, text.replace("http://gateway.example:8080", server.url))
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("GATEWAY_KEY", "a-key")
    added_scorers.cache_clear()
    yield empty_project
    added_scorers.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_its_models_and_scorers_work_like_built_in_ones(
    extended: Project, server: ModelServer
) -> None:
    said = extended.llmopt("eval", "--max-cost", "0.50", "--format", "json")
    assert said.code == 0, said.err
    document = json.loads(said.out)
    assert {one["avg_accuracy"] for one in document["candidates"]} == {1.0}
    assert {one["avg_total_tokens"] for one in document["candidates"]} == {50.0}
    assert document["totals"]["cost"] == pytest.approx(4 * (40 * 0.10 + 10 * 0.40) / 1e6)
    assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer a-key"}
    assert {seen.body["limit"] for seen in server.seen} == {60}


def test_its_answers_are_cached(extended: Project, server: ModelServer) -> None:
    assert extended.llmopt("eval").code == 0
    said = extended.llmopt("eval", "--format", "json")
    assert json.loads(said.out)["totals"]["cached_calls"] == 4
    assert len(server.seen) == 4


def test_what_its_server_refuses_fails_the_trial_with_its_kind(
    extended: Project, server: ModelServer
) -> None:
    server.script(Reply(status=400, body="no such turn"))
    said = extended.llmopt("eval", "--format", "json")
    assert said.code == 3
    (error,) = json.loads(said.out)["errors"]
    assert (error["kind"], error["message"]) == ("bad_request", '400: "no such turn"')


def test_a_missing_key_is_told_before_anything_is_sent(
    extended: Project, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_KEY")
    said = extended.llmopt("eval")
    assert said.code == 2
    assert "GATEWAY_KEY is not set" in said.err
    assert server.seen == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{citations: {patern: x}}", "has no option 'patern'"),
        ('{citations: {pattern: "("}}', "has a pattern that cannot be read"),
    ],
)
def test_options_that_its_scorer_refuses_are_told_with_their_place(
    extended: Project, options: str, said: str
) -> None:
    cases = (extended.root / "testcases/answers.yaml").read_text()
    extended.write("testcases/answers.yaml", cases.replace("citations", options, 1))
    refused = extended.llmopt("eval")
    assert refused.code == 2
    assert said in refused.err
    assert "testcases/answers.yaml:3:" in refused.err


def test_its_models_are_listed_with_their_price(extended: Project) -> None:
    said = extended.llmopt("models", "--format", "json")
    assert said.code == 0, said.err
    (model,) = json.loads(said.out)["models"]
    assert (model["name"], model["price"]["input"]) == ("gateway/small", 0.10)


def test_the_guides_call_of_its_scorer_runs(extended: Project) -> None:
    (text,) = [one.text for one in pages.blocks(EXTENDING) if "print(" in one.text]
    code = f"import sys; sys.path.insert(0, 'site-packages')\nimport llmopt\n{text}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=extended.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cites 1 of 2 sources" in done.stdout


def test_the_plug_points_are_one_method_each() -> None:
    from llmopt.providers.base import Provider
    from llmopt.scorers.base import Scorer

    for plug, method in ((Provider, "complete"), (Scorer, "score")):
        own = [name for name, _ in inspect.getmembers(plug, inspect.isfunction) if name[0] != "_"]
        assert own == [method]
