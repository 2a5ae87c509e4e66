"""`eval --watch`: what makes another round, what a round runs, what it may spend."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.conftest import MOOD_CASES, MOOD_PROMPT, Project, Said
from tests.wire.server import ModelServer
from tests.wire.threaded import serving

Edit = Callable[[], object]

SCORER = """\
def check(reply, case):
    return {value}
"""
EDITING = """\
from pathlib import Path
prompt = Path("prompts/mood.yaml")
def check(reply, case):
    if "saved meanwhile" not in prompt.read_text():
        prompt.write_text(prompt.read_text() + "# saved meanwhile\\n")
    return 1
"""


class Scripted:
    """Changes files instead of waiting for somebody to; then presses Ctrl-C."""

    def __init__(self, *edits: Edit) -> None:
        self.edits = list(edits)
        self.folders: list[set[Path]] = []

    @contextmanager
    def __call__(self, folders: Collection[Path]) -> Iterator[Callable[[], None]]:
        self.folders.append(set(folders))
        yield self._wait

    def _wait(self) -> None:
        if not self.edits:
            raise KeyboardInterrupt
        self.edits.pop(0)()


class Watched:
    """A project under watch; every edit happens while the watch waits."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.project = project
        self.noticing = Scripted()

    def __call__(self, *edits: Edit, flags: Collection[str] = ()) -> Said:
        self.noticing = Scripted(*edits)
        self._monkeypatch.setattr("llmopt.api.noticing.noticing", self.noticing)
        said = self.project.llmopt("eval", "--watch", *flags)
        assert not self.noticing.edits, said.err
        return said

    def runs(self) -> list[set[str]]:
        """The prompts of every run, the first run first."""
        listed = json.loads(self.project.llmopt("runs", "list", "--format", "json").out)["runs"]
        return [self._prompts(run["id"]) for run in reversed(listed)]

    def _prompts(self, run_id: str) -> set[str]:
        said = self.project.llmopt("runs", "show", run_id, "--format", "json")
        return {one["prompt"] for one in json.loads(said.out)["candidates"]}

    def write(self, name: str, text: str) -> Edit:
        return lambda: self.project.write(name, text)

    def append(self, name: str, text: str) -> Edit:
        path = self.project.root / name
        return lambda: path.write_text(path.read_text() + text)


@pytest.fixture
def watched(project: Project, monkeypatch: pytest.MonkeyPatch) -> Watched:
    project.write("prompts/topic.yaml", MOOD_PROMPT.replace("prompt: mood", "prompt: topic"))
    project.write("testcases/topic.yaml", MOOD_CASES.replace("prompt: mood", "prompt: topic"))
    return Watched(project, monkeypatch)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


def rounds(said: Said) -> list[str]:
    """What each round says had changed, "" for nothing."""
    line = r"^── round \d+ · \d\d:\d\d:\d\d (?:· changed: (.*?) )?─*$"
    return re.findall(line, said.err, re.MULTILINE)


def configure(project: Project, server: ModelServer, params: str) -> None:
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: openai/a-model
            name: paid
            base_url: {server.url}/v1
            price: {{input: 0, output: 10000}}
            params: {params}
        """,
    )


def test_ctrl_c_while_nothing_runs_is_a_clean_end(watched: Watched) -> None:
    said = watched()
    assert said.code == 0
    assert rounds(said) == [""]
    assert "waiting for a change; Ctrl-C ends\nstopped: 16 new calls" in said.err
    assert watched.runs() == [{"mood", "topic"}]


def test_a_round_runs_the_prompts_whose_files_changed(watched: Watched) -> None:
    more = "  - {id: more, vars: {text: Fine.}, expect: positive}\n"
    said = watched(
        watched.append("prompts/mood.yaml", "# a remark\n"),
        watched.append("testcases/topic.yaml", more),
    )
    assert rounds(said) == ["", "prompts/mood.yaml", "testcases/topic.yaml"]
    assert watched.runs() == [{"mood", "topic"}, {"mood"}, {"topic"}]


def test_a_changed_configuration_runs_everything(watched: Watched) -> None:
    said = watched(watched.write("llmopt.yaml", "models: [embedded/rules]\n"))
    assert rounds(said) == ["", "llmopt.yaml"]
    assert watched.runs() == [{"mood", "topic"}, {"mood", "topic"}]


def test_files_that_change_together_make_one_round(watched: Watched) -> None:
    def save_all() -> None:
        for name in ("mood", "topic"):
            watched.append(f"prompts/{name}.yaml", "# a remark\n")()

    assert rounds(watched(save_all)) == ["", "prompts/mood.yaml, prompts/topic.yaml"]


def test_prompts_that_were_not_asked_for_stay_unasked(watched: Watched) -> None:
    said = watched(
        watched.append("prompts/topic.yaml", "# a remark\n"),
        watched.append("prompts/mood.yaml", "# a remark\n"),
        flags=["mood"],
    )
    assert "changed: prompts/topic.yaml" in said.err
    assert "nothing has to be run again" in said.err
    assert watched.runs() == [{"mood"}, {"mood"}]


def test_variants_that_were_asked_for_are_asked_of_the_prompts_that_have_them(
    watched: Watched,
) -> None:
    topic = (watched.project.root / "prompts/topic.yaml").read_text()
    watched.project.write("prompts/topic.yaml", topic.replace("short:", "brief:"))
    said = watched(
        watched.append("prompts/topic.yaml", "# a remark\n"), flags=["-v", "short", "-v", "brief"]
    )
    assert "error" not in said.err
    assert watched.runs() == [{"mood", "topic"}, {"topic"}]


def test_a_data_file_belongs_to_its_prompt(watched: Watched) -> None:
    watched.project.write("data/moods.csv", "text,label\nI love it.,positive\n")
    data = "data: [{file: ../data/moods.csv, vars: {text: text}, expect: label}]\n"
    watched.append("testcases/mood.yaml", data)()
    said = watched(watched.append("data/moods.csv", "I hate it.,negative\n"))
    assert [Path(name).name for name in rounds(said)] == ["", "moods.csv"]
    assert watched.runs()[1] == {"mood"}
    assert watched.project.root / "data" in watched.noticing.folders[-1]


def test_a_scorer_of_the_project_is_imported_anew_for_the_prompts_that_use_it(
    watched: Watched,
) -> None:
    watched.project.write("tone.py", SCORER.format(value="0.25"))
    watched.project.write(
        "testcases/mood.yaml", MOOD_CASES.replace("score: label", "score: {python: 'tone:check'}")
    )
    said = watched(watched.write("tone.py", SCORER.format(value="0.75")))
    assert watched.runs()[1] == {"mood"}
    assert "mood/long on embedded/rules: tokens 0%, accuracy +50.0 points, cost 0%" in said.err


def test_a_scorer_that_cannot_be_imported_is_waited_on(watched: Watched) -> None:
    watched.project.write("tone.py", "import tone_words\n" + SCORER.format(value="1"))
    watched.project.write("tone_words.py", "GOOD =\n")
    watched.project.write(
        "testcases/mood.yaml", MOOD_CASES.replace("score: label", "score: {python: 'tone:check'}")
    )
    said = watched(watched.write("tone_words.py", "GOOD = 1\n"))
    assert "importing 'tone' failed" in said.err
    assert rounds(said) == ["", "tone_words.py"]
    assert watched.runs() == [{"mood", "topic"}]


def test_a_broken_file_is_told_and_waited_on_from_the_start(watched: Watched) -> None:
    watched.project.write("prompts/mood.yaml", "prompt: [")
    said = watched(
        watched.write("prompts/mood.yaml", MOOD_PROMPT),
        watched.write("testcases/mood.yaml", "nonsense: true\n"),
        watched.write("testcases/mood.yaml", MOOD_CASES + "# mended\n"),
    )
    assert said.code == 0
    assert said.err.count("--> prompts/mood.yaml") == 1
    assert "--> testcases/mood.yaml" in said.err
    assert watched.runs() == [{"mood", "topic"}, {"mood"}]


def test_what_changed_while_another_file_was_broken_is_run_once_that_is_mended(
    watched: Watched,
) -> None:
    watched(
        watched.write("prompts/mood.yaml", "prompt: ["),
        watched.append("prompts/topic.yaml", "# a remark\n"),
        watched.write("prompts/mood.yaml", MOOD_PROMPT + "# mended\n"),
    )
    assert watched.runs() == [{"mood", "topic"}, {"mood", "topic"}]


def test_a_project_that_has_no_files_yet_is_waited_for(
    empty_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(empty_project, monkeypatch)
    said = watched(
        watched.write("prompts/mood.yaml", MOOD_PROMPT),
        watched.write("testcases/mood.yaml", MOOD_CASES),
    )
    assert said.code == 0
    assert watched.runs() == [{"mood"}]
    assert watched.noticing.folders[0] == {empty_project.root}


def test_files_that_come_and_go_are_seen(watched: Watched) -> None:
    said = watched(
        watched.write("prompts/deeper/third.yaml", MOOD_PROMPT.replace(": mood", ": third")),
        watched.write("testcases/third.yaml", MOOD_CASES.replace(": mood", ": third")),
        (watched.project.root / "testcases/topic.yaml").unlink,
        (watched.project.root / "prompts/topic.yaml").unlink,
    )
    assert watched.runs() == [{"mood", "topic"}, {"third"}]
    assert said.err.count("nothing has to be run again") == 3
    assert watched.project.root / "prompts/deeper" in watched.noticing.folders[-1]


def test_a_change_during_a_round_makes_another(watched: Watched) -> None:
    watched.project.write("tone.py", EDITING)
    watched.project.write(
        "testcases/mood.yaml", MOOD_CASES.replace("score: label", "score: {python: 'tone:check'}")
    )
    assert rounds(watched()) == ["", "prompts/mood.yaml"]
    assert watched.runs() == [{"mood", "topic"}, {"mood"}]


def test_what_a_round_writes_makes_no_other(watched: Watched) -> None:
    out = ["-o", "report.md", "--record", "rows.jsonl"]
    said = watched(lambda: None, flags=[*out, "-m", "embedded/rules"])
    assert rounds(said) == [""]
    assert (watched.project.root / "report.md").exists()


def test_a_recording_that_is_replayed_is_watched(watched: Watched) -> None:
    assert watched.project.llmopt("eval", "--record", "rows.jsonl").code == 0
    rows = watched.project.root / "rows.jsonl"
    again = watched.append("rows.jsonl", rows.read_text().splitlines(keepends=True)[0])
    assert rounds(watched(again, flags=["-m", "recorded/rows.jsonl"])) == ["", "rows.jsonl"]


def test_a_second_round_asks_only_what_changed(watched: Watched, server: ModelServer) -> None:
    configure(watched.project, server, "{temperature: 0}")
    shorter = MOOD_PROMPT.replace("carefully and", "and")
    said = watched(watched.write("prompts/mood.yaml", shorter), flags=["mood"])
    assert len(server.seen) == 12
    assert "8 new calls, 0 from the cache" in said.err
    assert "4 new calls, 4 from the cache; $0.0800 this round, $0.240 in all" in said.err
    assert "2 candidates as before" in said.err
    assert "asks anew" not in said.err


def test_the_budget_holds_for_all_rounds_together(watched: Watched, server: ModelServer) -> None:
    configure(watched.project, server, "{max_tokens: 2}")
    remark = watched.append("prompts/mood.yaml", "# a remark\n")
    said = watched(remark, remark, flags=["mood", "--max-cost", "0.20"])
    assert said.code == 0
    assert len(server.seen) == 10  # two cents each
    assert "$0.160 this round, $0.160 of $0.200 in all" in said.err
    assert "$0.0200 this round, $0.200 of $0.200 in all" in said.err
    assert said.err.count("not compared with before: the budget ended the run") == 2


def test_what_every_round_pays_for_anew_is_said_once_and_before(
    watched: Watched, server: ModelServer
) -> None:
    configure(watched.project, server, "{temperature: 0.7}")
    said = watched(watched.append("prompts/mood.yaml", "# a remark\n"), flags=["mood"])
    note = "note: every round asks anew, and pays for, mood/long on paid, mood/short on paid: only"
    assert said.err.count(note) == 1
    assert said.err.index(note) < said.err.index("8 new calls")


def test_quiet_leaves_the_reports_and_the_errors(watched: Watched) -> None:
    said = watched(watched.write("llmopt.yaml", "models: 1\n"), flags=["--quiet"])
    assert said.out.count("topic: 4 cases") == 1
    assert said.err.startswith("error:")
    assert "── round" not in said.err


@pytest.mark.parametrize(
    "flags",
    [
        ("--resume",),
        ("--retry-errors",),
        ("--dry-run",),
        ("--format", "csv"),
        ("--format", "sarif"),
        ("-o", "absent/report.md"),
    ],
)
def test_what_cannot_be_watched_is_refused(project: Project, flags: tuple[str, ...]) -> None:
    said = project.llmopt("eval", "--watch", *flags)
    assert said.code == 2
    assert said.err.startswith("error:")
    assert "── round" not in said.err


def test_one_json_document_is_all_that_stdout_holds(project: Project) -> None:
    said = project.llmopt("eval", "--watch", "--format", "json")
    assert said.code == 2
    assert json.loads(said.out)["error"]["kind"] == "UsageError"
    assert "-o FILE" in said.err


def test_without_the_package_the_way_to_it_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    said = project.llmopt("eval", "--watch")
    assert said.code == 2
    assert "hint: pip install 'llmopt[watch]'" in said.err


def until(process: subprocess.Popen[str], text: str) -> list[str]:
    """Read what the process says until it says this."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return lines
    pytest.fail(f"it never said '{text}': {''.join(lines)}")


@pytest.fixture
def process(project: Project) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "llmopt", "eval", "--watch"],
        cwd=project.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_system_tells_of_changes_new_folders_and_files_put_in_place(
    project: Project, process: subprocess.Popen[str]
) -> None:
    until(process, "waiting for a change")
    project.write("prompts/mood.yaml", MOOD_PROMPT + "# a remark\n")
    until(process, "changed: prompts/mood.yaml")
    until(process, "waiting for a change")
    project.write("prompts/deeper/more/third.yaml", MOOD_PROMPT.replace(": mood", ": third"))
    until(process, "changed: prompts/deeper/more/third.yaml")
    until(process, "waiting for a change")
    project.write("elsewhere", MOOD_CASES + "# put there\n").replace(
        project.root / "testcases/mood.yaml"
    )
    until(process, "changed: testcases/mood.yaml")
    until(process, "waiting for a change")
    process.send_signal(signal.SIGINT)
    assert "stopped: 24 new calls" in until(process, "stopped")[-1]
    assert process.wait(60) == 0


def test_ctrl_c_during_a_round_saves_it(project: Project) -> None:
    project.write(
        "stuck.py", "def check(reply, case):\n    print('scoring', flush=True)\n    input()"
    )
    cases = (project.root / "testcases/mood.yaml").read_text()
    project.write("testcases/mood.yaml", cases.replace("label", "{python: 'stuck:check'}"))
    with subprocess.Popen(
        [sys.executable, "-m", "llmopt", "eval", "--watch"],
        cwd=project.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            until(process, "scoring")
            process.send_signal(signal.SIGINT)
            until(process, "stopping")
            process.send_signal(signal.SIGINT)
            assert "go on with: llmopt eval --resume" in until(process, "go on with")[-1]
            assert process.wait(60) == 130
        finally:
            process.kill()
