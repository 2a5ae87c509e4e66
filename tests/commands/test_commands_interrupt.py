"""Ctrl-C on a real process: the first saves what is under way, the second leaves at once."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion
from tests.wire.server import ModelServer, Reply
from tests.wire.threaded import serving

BLOCKING = """
import time
def check(reply, case):
    print("scoring now", flush=True)
    while True:
        time.sleep(60)
"""


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


def configure(project: Project, server: ModelServer) -> None:
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: openai/a-model
            base_url: {server.url}/v1
            price: {{input: 0, output: 0}}
        """,
    )


@contextmanager
def running(project: Project, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "llmopt", "eval", "--concurrency", "1", *arguments]
    process = subprocess.Popen(
        command, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        with process:
            yield process
    finally:
        if process.poll() is None:
            process.kill()


def until(process: subprocess.Popen[str], text: str) -> None:
    """Read what the process says until it says this."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    pytest.fail(f"it never said: {text}")


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("asking", [signal.SIGINT, signal.SIGTERM])
def test_the_first_keeps_the_answer_under_way(
    project: Project, server: ModelServer, asking: signal.Signals
) -> None:
    configure(project, server)
    held = Held()
    server.script(Reply(body=chat_completion(), gate=held))
    with running(project) as process:
        assert held.asked.wait(60)
        process.send_signal(asking)
        until(process, "stopping: answers under way have 10 s")
        held.free.set()
        code, _, err = ended(process)
    assert code == 130
    assert "go on with: llmopt eval --resume" in err
    assert len(server.seen) == 1  # nothing more was sent
    (run,) = json.loads(project.llmopt("runs", "list", "--format", "json").out)["runs"]
    assert (run["status"], run["trials"]) == ("partial", 1)
    said = project.llmopt("eval", "--resume", "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["totals"]["calls"] == len(server.seen) == 8


def test_the_second_leaves_a_model_that_never_answers(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    held = Held()
    server.script(Reply(body=chat_completion()), Reply(body=chat_completion(), gate=held))
    with running(project, "--format", "json") as process:
        assert held.asked.wait(60)
        process.send_signal(signal.SIGINT)
        until(process, "stopping")
        process.send_signal(signal.SIGINT)
        code, out, err = ended(process)
    held.free.set()
    assert code == 130
    assert "go on with: llmopt eval --resume" in err
    assert "Traceback" not in err
    assert json.loads(out)["error"]["kind"] == "InterruptedRun"
    said = project.llmopt("eval", "--resume", "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["run"]["status"] == "complete"


def test_the_second_leaves_a_scorer_that_never_returns(project: Project) -> None:
    project.write("stuck.py", BLOCKING)
    cases = (project.root / "testcases/mood.yaml").read_text()
    project.write("testcases/mood.yaml", cases.replace("label", "{python: stuck:check}"))
    with running(project) as process:
        until(process, "scoring now")
        process.send_signal(signal.SIGINT)
        until(process, "stopping")
        process.send_signal(signal.SIGINT)
        code, _, err = ended(process)
    assert code == 130
    assert "go on with" in err
    assert project.llmopt("runs", "list").code == 0
