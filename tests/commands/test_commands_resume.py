"""Interrupted runs go on without repeating a trial that still holds."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from tests.conftest import Project
from tests.wire.formats import openai_error
from tests.wire.server import Reply
from tests.wire.threaded import serving

SCORER = """
import os, pathlib, signal

log = pathlib.Path("log.txt")

def check(reply, case):
    if case.id == "twist" and not pathlib.Path("go-on").exists():
        os.kill(os.getpid(), signal.{signal})
        pathlib.Path("go-on").touch()
    with log.open("a") as file:
        file.write(case.id + "\\n")
    return True
"""


def run_until_stopped(project: Project, how: str) -> int:
    project.write("halt.py", SCORER.replace("{signal}", how))
    cases = (project.root / "testcases/mood.yaml").read_text()
    project.write("testcases/mood.yaml", cases.replace("label", "{python: halt:check}"))
    done = subprocess.run(
        [sys.executable, "-m", "llmopt", "eval", "--concurrency", "1", "--record", "a.jsonl"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    (project.root / "go-on").touch()
    return done.returncode


def shown(project: Project) -> dict[str, object]:
    found: dict[str, object] = json.loads(project.llmopt("runs", "show", "--format", "json").out)
    return found


def test_after_an_interrupt_the_printed_command_finishes_the_run(project: Project) -> None:
    assert run_until_stopped(project, "SIGINT") == 130
    before = Counter((project.root / "log.txt").read_text().split())
    said = project.llmopt("eval", "--resume", "latest", "--format", "json")
    assert said.code == 0, said.err
    document = json.loads(said.out)
    assert document["run"]["status"] == "complete"
    assert [c["trials"] for c in document["candidates"]] == [4, 4]
    assert document["totals"]["calls"] == 8
    after = Counter((project.root / "log.txt").read_text().split())
    finished = {case for case, times in before.items() if times == 2}
    assert all(after[case] == 2 for case in finished)


def test_after_kill_9_the_store_opens_and_the_run_goes_on(project: Project) -> None:
    assert run_until_stopped(project, "SIGKILL") == -9
    assert shown(project)["run"]["status"] == "partial"  # type: ignore[index]
    said = project.llmopt("eval", "--resume", "latest", "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["totals"]["calls"] == 8


def test_a_finished_run_resumes_to_itself_without_a_call(project: Project) -> None:
    project.llmopt("eval", "--record", "first.jsonl")
    first = shown(project)
    said = project.llmopt(
        "eval", "--resume", "latest", "--format", "json", "--record", "more.jsonl"
    )
    assert said.code == 0
    assert json.loads(said.out)["candidates"] == first["candidates"]
    assert (project.root / "more.jsonl").read_text() == ""


def test_a_changed_template_is_asked_anew_and_the_others_are_not(project: Project) -> None:
    project.llmopt("eval")
    prompt = project.root / "prompts/mood.yaml"
    prompt.write_text(prompt.read_text().replace("Mood (", "What mood ("))
    project.llmopt("eval", "--resume", "latest", "--record", "more.jsonl")
    lines = (project.root / "more.jsonl").read_text().splitlines()
    assert [json.loads(line)["variant"] for line in lines] == ["short"] * 4


def test_a_changed_expectation_is_judged_anew(project: Project) -> None:
    project.llmopt("eval")
    cases = project.root / "testcases/mood.yaml"
    cases.write_text(
        cases.read_text().replace('rain."}, expect: negative', 'rain."}, expect: neutral')
    )
    project.llmopt("eval", "--resume", "latest", "--record", "more.jsonl")
    lines = (project.root / "more.jsonl").read_text().splitlines()
    assert {json.loads(line)["case"] for line in lines} == {"rainy"}


NEW_CASE = '  - {id: fresh, vars: {text: "What a fresh start."}, expect: positive}\n'


def edited(project: Project, old: str, new: str) -> None:
    cases = project.root / "testcases/mood.yaml"
    text = cases.read_text()
    assert old in text
    cases.write_text(text.replace(old, new, 1))


def asked_on_resuming(project: Project) -> Counter[str]:
    said = project.llmopt("eval", "--resume", "--format", "json", "--record", "more.jsonl")
    assert said.code == 0, said.err
    assert json.loads(said.out)["run"]["status"] == "complete"
    recording = project.root / "more.jsonl"
    lines = recording.read_text().splitlines()
    recording.unlink()
    return Counter(json.loads(line)["case"] for line in lines)


@pytest.mark.parametrize("before", ["  - {id: sunny", "  - {id: train", "  - {id: twist"])
def test_a_case_added_anywhere_is_all_that_is_asked(project: Project, before: str) -> None:
    project.llmopt("eval", "--repeat", "2", "--robustness")
    plain = shown(project)["candidates"]
    edited(project, before, NEW_CASE + before)
    asked = asked_on_resuming(project)
    assert set(asked) == {"fresh"}
    edited(project, NEW_CASE, "")
    assert asked_on_resuming(project) == Counter()
    assert shown(project)["candidates"] == plain


def test_cases_that_change_places_are_not_asked_again(project: Project) -> None:
    project.llmopt("eval")
    _, *lines = (project.root / "testcases/mood.yaml").read_text().split("  - ")
    head = "prompt: mood\nscore: label\ncases:\n"
    project.write("testcases/mood.yaml", head + "".join(f"  - {line}" for line in lines[::-1]))
    assert asked_on_resuming(project) == Counter()


def test_after_kill_9_a_case_may_be_added(project: Project) -> None:
    run_until_stopped(project, "SIGKILL")
    edited(project, "  - {id: sunny", NEW_CASE + "  - {id: sunny")
    said = project.llmopt("eval", "--resume", "latest", "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["totals"]["calls"] == 10


def test_retry_errors_asks_only_what_failed(project: Project) -> None:
    project.llmopt("eval", "--record", "past.jsonl")
    whole = (project.root / "past.jsonl").read_text().splitlines(keepends=True)
    (project.root / "past.jsonl").write_text("".join(whole[:6]))
    assert project.llmopt("eval", "-m", "recorded/past.jsonl").code == 3
    (project.root / "past.jsonl").write_text("".join(whole))
    assert project.llmopt("eval", "--resume", "latest").code == 3  # failures are kept as they are
    said = project.llmopt("eval", "--retry-errors", "--record", "more.jsonl", "--format", "json")
    assert said.code == 0, said.err
    assert len((project.root / "more.jsonl").read_text().splitlines()) == 2
    assert json.loads(said.out)["totals"]["calls"] == 8


@pytest.mark.parametrize("run", ["nope", "2"])
def test_a_run_that_is_not_there_says_so(project: Project, run: str) -> None:
    project.llmopt("eval", "--limit", "1")
    said = project.llmopt("eval", "--resume", run)
    if run == "nope":
        assert said.code == 2
        assert "no run 'nope'" in said.err
    else:
        assert said.code == 0  # the beginning of the only id


def test_other_variants_than_the_run_had_are_refused(project: Project) -> None:
    project.llmopt("eval")
    prompt = project.root / "prompts/mood.yaml"
    prompt.write_text(prompt.read_text().replace("  short:", "  shorter:"))
    said = project.llmopt("eval", "--resume", "latest")
    assert said.code == 2
    assert "have changed since run" in said.err
    assert "start a new run" in said.err


def test_evidence_goes_on_exactly_where_it_stopped(project: Project) -> None:
    lines = ["prompt: mood", "score: {length: {min_words: 1}}", "cases:"]
    lines += [f"  - {{id: c{n}, vars: {{text: 'I love day {n}.'}}}}" for n in range(120)]
    project.write("testcases/mood.yaml", "\n".join(lines) + "\n")
    flags = ("eval", "--until-decided", "--margin", "10", "--concurrency", "1", "--format", "json")
    whole = json.loads(project.llmopt(*flags).out)
    cut = project.llmopt(*flags, "--limit", "20")
    assert json.loads(cut.out)["candidates"][1]["verdict"]["decision"] == "inconclusive"
    again = json.loads(project.llmopt("eval", "--resume", whole["run"]["id"], *flags[-2:]).out)
    assert again["candidates"] == whole["candidates"]


@pytest.mark.parametrize(("again", "asked"), [((), 8), (("--cache", "on"), 0)], ids=str)
def test_a_run_goes_on_with_the_cache_as_it_began_unless_told(
    project: Project, again: tuple[str, ...], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        project.write(
            "llmopt.yaml",
            f"models: [{{id: openai/m, base_url: '{server.url}/v1', params: {{temperature: 0}}}}]",
        )
        assert project.llmopt("eval", "-q").code == 0
        server.script(*[Reply(400, openai_error("No."))] * 8)
        assert project.llmopt("eval", "-q", "--no-cache").code == 3
        before = len(server.seen)
        said = project.llmopt("eval", "--resume", "--retry-errors", "--format", "json", *again)
        assert said.code == 0, said.err
        assert len(server.seen) - before == asked
    assert json.loads(said.out)["totals"]["cached_calls"] == 8 - asked
