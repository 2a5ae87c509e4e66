import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Project

from llmopt.commands import output
from llmopt.errors import UsageError
from llmopt.report.formats import EVALUATION


def scored_by(project: Project, function: str) -> None:
    project.write(
        "testcases/mood.yaml",
        f"prompt: mood\nscore: {{python: {function}}}\n"
        "cases:\n  - {id: a, vars: {text: fine}, expect: x}\n",
    )


@pytest.mark.parametrize("place", ["print('noise')", "pass"])
def test_what_a_scorer_prints_stays_out_of_the_document(project: Project, place: str) -> None:
    code = f"{place}\ndef check(reply, case):\n    print('noise')\n    return 1\n"
    project.write("prints_a_lot.py", code)
    scored_by(project, "prints_a_lot:check")
    said = project.llmopt("eval", "-q", "--format", "json")
    assert json.loads(said.out)["candidates"][0]["avg_accuracy"] == 1
    assert "noise" in said.err


@pytest.mark.parametrize("function", ["not_there:check", "checks_of_mood:chekc"])
def test_a_scorer_that_is_not_there_ends_with_2_before_any_call(
    project: Project, function: str
) -> None:
    project.write("checks_of_mood.py", "def check(reply, case):\n    return 1\n")
    scored_by(project, function)
    said = project.llmopt("eval", "--record", "replies.jsonl")
    assert said.code == 2
    assert "scorer 'python' (testcases/mood.yaml:2:9)" in said.err
    assert (project.root / "replies.jsonl").read_text() == ""


def test_a_run_that_cannot_start_leaves_an_earlier_recording_alone(project: Project) -> None:
    project.llmopt("eval", "--record", "past.jsonl")
    before = (project.root / "past.jsonl").read_text()
    assert project.llmopt("eval", "no-such-prompt", "--record", "past.jsonl").code == 2
    assert (project.root / "past.jsonl").read_text() == before


def test_a_new_run_replaces_a_recording_and_a_resumed_one_adds_to_it(project: Project) -> None:
    project.llmopt("eval", "--record", "past.jsonl")
    project.llmopt("eval", "--limit", "1", "--record", "past.jsonl")
    assert len((project.root / "past.jsonl").read_text().splitlines()) == 2
    project.llmopt("eval", "--resume", "latest", "--record", "past.jsonl")
    assert len((project.root / "past.jsonl").read_text().splitlines()) == 2


def test_a_recording_can_be_replayed_into_its_own_file(project: Project) -> None:
    project.llmopt("eval", "--record", "past.jsonl")
    said = project.llmopt("eval", "-m", "recorded/past.jsonl", "--record", "past.jsonl")
    assert said.code == 0
    assert len((project.root / "past.jsonl").read_text().splitlines()) == 8


def test_an_early_interrupt_ends_with_130_and_one_document(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("llmopt.api.project.check", interrupt)
    said = project.llmopt("eval", "--format", "json")
    assert said.code == 130
    assert json.loads(said.out)["error"]["kind"] == "Interrupted"


def test_a_fault_of_llmopt_is_a_sentence_and_a_document(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by naught")

    monkeypatch.setattr("llmopt.api.project.check", fail)
    said = project.llmopt("eval", "--format", "json")
    assert said.code == 70
    assert "ZeroDivisionError: by naught" in json.loads(said.out)["error"]["message"]
    assert "Traceback" not in said.err
    monkeypatch.setenv("LLMOPT_DEBUG", "1")
    assert "Traceback" in project.llmopt("eval").err


def test_a_file_that_cannot_be_written_after_all_ends_with_2(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "figures.md").symlink_to(project.root / "gone" / "figures.md")
    said = project.llmopt("eval", "-o", "figures.md")
    assert said.code == 2
    assert "cannot write 'figures.md': No such file or directory" in said.err
    assert "the run is kept: llmopt runs show 2" in said.err
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="permission denied"):
        output.check_outputs([Path("figures.md")], EVALUATION)


def test_a_schema_that_cannot_be_written_ends_with_2(project: Project) -> None:
    project.write("taken", "")
    assert "cannot make the folder 'taken'" in project.llmopt("schema", "--write", "taken").err


def test_without_its_baseline_a_candidate_saves_nothing_known(project: Project) -> None:
    said = project.llmopt("eval", "-v", "short", "--format", "json")
    assert json.loads(said.out)["candidates"][0]["token_saving"] is None


def test_a_run_that_stopped_early_says_of_how_many_cases(project: Project) -> None:
    lines = ["prompt: mood", "score: {length: {min_words: 1}}", "cases:"]
    lines += [f"  - {{id: c{n}, vars: {{text: 'I love day {n}.'}}}}" for n in range(300)]
    project.write("testcases/mood.yaml", "\n".join(lines) + "\n")
    said = project.llmopt("eval", "--until-decided", "--margin", "10", "--concurrency", "1")
    assert " of 300 cases on embedded/rules" in said.out


def test_as_many_cases_as_equal_answers_need_are_not_too_few(project: Project) -> None:
    said = project.llmopt("eval", "--until-decided", "--target", "suite")
    assert "there are 4: too few" not in said.err


def test_runs_list_keeps_names_whole_in_80_columns(project: Project) -> None:
    project.llmopt("eval")
    assert "embedded/rules" in project.llmopt("runs", "list").out


def test_markdown_of_runs_escapes_what_would_break_a_table(project: Project) -> None:
    prompt = (project.root / "prompts/mood.yaml").read_text()
    project.write("prompts/mood.yaml", prompt.replace("prompt: mood", 'prompt: "mo|od"'))
    cases = (project.root / "testcases/mood.yaml").read_text()
    project.write("testcases/mood.yaml", cases.replace("prompt: mood", 'prompt: "mo|od"'))
    project.llmopt("eval")
    assert "mo\\|od" in project.llmopt("runs", "list", "--format", "markdown").out


def test_more_runs_than_can_be_counted_are_refused(project: Project) -> None:
    project.llmopt("eval", "--limit", "1")
    assert "does not fit 64 bits" in project.llmopt("runs", "list", "--limit", "9" * 20).err


def test_a_disk_that_fills_up_ends_with_2_and_loses_nothing(project: Project) -> None:
    """A limit on the size of files does to SQLite what a full disk does."""
    cases = "".join(
        f"  - {{id: c{n}, vars: {{text: Fine day number {n}}}, expect: positive}}\n"
        for n in range(2000)
    )
    project.write("testcases/mood.yaml", f"prompt: mood\nscore: label\ncases:\n{cases}")
    limit = 200 * 1024
    done = subprocess.run(
        [sys.executable, "-m", "llmopt", "eval"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2
    assert "cannot use the run store" in done.stderr
    assert "go on with: llmopt eval --resume 2" in done.stderr
    assert "Traceback" not in done.stderr
    kept = project.llmopt("runs", "show", "latest", "--format", "json")
    assert kept.code == 0
    before = sum(one["trials"] for one in json.loads(kept.out)["candidates"])
    assert 0 < before < 4000
    resumed = project.llmopt("eval", "--resume", "--format", "json")
    assert resumed.code == 0, resumed.err
    assert sum(one["trials"] for one in json.loads(resumed.out)["candidates"]) == 4000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_recording_that_cannot_be_written_any_more_ends_with_2_and_loses_nothing(
    project: Project,
) -> None:
    said = project.llmopt("eval", "--record", "/dev/full")
    assert said.code == 2
    assert "cannot write the recording /dev/full" in said.err
    command = next(line for line in said.err.splitlines() if "go on with" in line)
    resumed = project.llmopt(*command.partition("llmopt ")[2].split(), "--format", "json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["run"]["status"] == "complete"


def test_a_baseline_that_is_never_right_is_said_to_prove_nothing(project: Project) -> None:
    project.write("never.py", "def check(reply, case):\n    return 0\n")
    scored_by(project, "never:check")
    said = project.llmopt("eval")
    assert 'the baseline scores 0%, no more than the margin, so "not worse"' in " ".join(
        said.out.split()
    )
