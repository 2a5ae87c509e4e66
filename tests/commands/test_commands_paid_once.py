"""What was paid for is kept and not paid for twice, as the server counts the calls."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion
from tests.wire.server import ModelServer, Reply
from tests.wire.threaded import serving

EVAL = [sys.executable, "-m", "llmopt", "eval", "--concurrency", "1", "--format", "json"]
WELL = Reply(body=chat_completion())


class Held:
    """Keeps an answer back until the test lets it go; says when it was asked for."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.free = threading.Event()

    async def wait(self) -> None:
        self.asked.set()
        await asyncio.get_running_loop().run_in_executor(None, self.free.wait)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


def configure(
    project: Project, server: ModelServer, *, model: str = "one", params: str = ""
) -> None:
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: openai/{model}
            name: mine
            base_url: {server.url}/v1
            price: {{input: 1, output: 1}}
            params: {{max_tokens: 5{params}}}
        """,
    )


def begun(project: Project) -> subprocess.Popen[str]:
    return subprocess.Popen(
        EVAL, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def kept(project: Project) -> int:
    """Count the trials on disk."""
    path = project.root / ".llmopt" / "runs.db"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as store:
        (count,) = store.execute("SELECT count(*) FROM trials").fetchone()
    return int(count)


def test_after_kill_9_only_the_call_under_way_is_asked_again(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    held = Held()
    server.script(WELL, WELL, WELL, Reply(body=chat_completion(), gate=held))
    with begun(project) as process:
        assert held.asked.wait(60)
        while kept(project) < 3:  # a trial is under way until it is on disk, some ms later
            assert process.poll() is None
        process.kill()
    held.free.set()
    said = project.llmopt("eval", "--resume", "--format", "json")
    assert said.code == 0, said.err
    assert [c["trials"] for c in json.loads(said.out)["candidates"]] == [4, 4]
    asked = Counter(json.dumps(seen.body["messages"]) for seen in server.seen)
    under_way = json.dumps(server.seen[3].body["messages"])
    assert len(asked) == 8
    assert {text for text, times in asked.items() if times > 1} == {under_way}


def test_two_evaluations_on_one_store_at_once_are_both_kept_whole(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    # No answer before both have asked: call by call, they are under way together.
    together = asyncio.Barrier(2)
    server.well = lambda _: Reply(body=chat_completion(), gate=together)
    with begun(project) as one, begun(project) as other:
        said = [process.communicate(timeout=60) for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0], said
    ids = {json.loads(out)["run"]["id"] for out, _ in said}
    assert len(ids) == 2
    kept = json.loads(project.llmopt("runs", "list", "--format", "json").out)["runs"]
    assert {run["id"] for run in kept} == ids
    assert [(run["status"], run["trials"]) for run in kept] == [("complete", 8)] * 2
    assert len(server.seen) == 16


@pytest.mark.parametrize(
    ("change", "calls"),
    [({}, 8), ({"model": "two"}, 16), ({"params": ", temperature: 1"}, 16)],
    ids=["nothing", "the model behind the name", "its parameters"],
)
def test_a_changed_model_is_asked_anew(
    project: Project, server: ModelServer, change: dict[str, str], calls: int
) -> None:
    configure(project, server)
    assert project.llmopt("eval").code == 0
    configure(project, server, **change)
    said = project.llmopt("eval", "--resume", "--format", "json")
    assert said.code == 0, said.err
    assert [c["trials"] for c in json.loads(said.out)["candidates"]] == [4, 4]
    assert len(server.seen) == calls


def test_a_run_whose_store_is_taken_away_is_said_not_to_be_kept(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    held = Held()
    server.script(*[WELL] * 3, Reply(body=chat_completion(), gate=held))
    process = begun(project)
    held.asked.wait()
    shutil.rmtree(project.root / ".llmopt")
    held.free.set()
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert json.loads(out)["run"]["status"] == "complete"
    assert "warning: this run is not kept" in err
