import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion, openai_error
from tests.wire.server import Reply
from tests.wire.threaded import serving

import llmopt

pytestmark = pytest.mark.usefixtures("project")


def document(project: Project, *arguments: str, code: int = 0) -> dict[str, object]:
    said = project.llmopt("eval", "--format", "json", *arguments)
    assert said.code == code, said.err
    found: dict[str, object] = json.loads(said.out)
    return found


def test_without_a_configured_model_the_embedded_one_answers_and_is_named(project: Project) -> None:
    said = project.llmopt("eval")
    assert said.code == 0, said.err
    assert "mood: 4 cases on embedded/rules" in said.out
    assert "not a language model" in said.out
    assert "llmopt runs show" in said.err


def test_stdout_is_one_json_document(project: Project) -> None:
    found = document(project)
    assert found["schema_version"] == 1
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert [(c["variant"], c["trials"], c["errors"]) for c in candidates] == [
        ("long", 4, 0),
        ("short", 4, 0),
    ]
    assert candidates[0]["verdict"]["decision"] == "baseline"
    assert candidates[1]["verdict"]["baseline"] == {"variant": "long", "model": "embedded/rules"}


def test_files_are_written_by_their_ending(project: Project) -> None:
    said = project.llmopt("eval", "-q", "-o", "r.json", "-o", "r.csv", "-o", "r.md")
    assert said.code == 0
    assert said.err == ""
    assert json.loads((project.root / "r.json").read_text())["run"]["status"] == "complete"
    assert "### mood: 4 cases" in (project.root / "r.md").read_text()
    rows = list(csv.DictReader(io.StringIO((project.root / "r.csv").read_text())))
    assert [row["variant"] for row in rows] == ["long", "short"]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("mod",), "unknown prompt 'mod'", "did you mean 'mood'?"),
        (("-v", "shrt"), "unknown variant 'shrt'", "did you mean 'short'?"),
        (("-m", "gpt-5-mini"), "unknown model 'gpt-5-mini'", "write provider/name"),
        (("-m", "opnai/gpt-5"), "unknown provider 'opnai'", "did you mean 'openai/gpt-5'?"),
        (("-m", "embedded/gpt"), "no embedded model 'gpt'", "use embedded/rules"),
        (("-m", "recorded/no.jsonl"), "cannot read the recording", "path of a file that exists"),
        (("--tag", "nope"), "nothing to run", "no case carries the tag nope"),
        (("-o", "r.pdf"), "cannot tell the format of 'r.pdf'", ".json, .csv, .md"),
        (("-o", "no/r.md"), "there is no folder 'no'", "make the folder first"),
        (("--record", "no/r.jsonl"), "cannot write the recording", "folder that exists"),
        (("--config", "no.yaml"), "no.yaml", ""),
        (("--limit", "0"), "--limit", "see `llmopt eval --help`"),
        (("-o", "prompts.md"), "it is a folder", "name a file"),
        (("--margin", "nan"), "nan is no number", "see `llmopt eval --help`"),
        (("--alpha", "nan"), "nan is no number", "see `llmopt eval --help`"),
        (("--seed", "9" * 20), "does not fit 64 bits", "see `llmopt eval --help`"),
        (("--all",), "--all says when --until-decided stops", "give both"),
        (("--cache", "read", "--no-cache"), "--no-cache is --cache off", "give one"),
        (("--resume", "latest", "--limit", "2"), "--limit cannot change", "start a new run"),
        (("--retry-errors", "-m", "embedded/rules"), "--model cannot change", "start a new run"),
    ],
)
def test_what_cannot_be_followed_ends_with_2_and_says_why(
    project: Project, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    (project.root / "prompts.md").mkdir()
    said = project.llmopt("eval", *arguments)
    assert said.code == 2
    assert message in said.err
    assert hint in said.err
    assert said.out == ""
    failed = project.llmopt("eval", "--format", "json", *arguments)
    assert message in json.loads(failed.out)["error"]["message"]


def test_problems_in_files_come_all_at_once(project: Project) -> None:
    project.write("prompts/mood.yaml", "prompt: mood\nvariants:\n  a: {user: '{{ txt }}'}\n")
    project.write("prompts/other.yaml", "prompt: other\nvarants: {}\n")
    said = project.llmopt("eval", "--format", "json")
    assert said.code == 2
    problems = json.loads(said.out)["error"]["problems"]
    assert {problem["file"] for problem in problems} >= {"prompts/mood.yaml", "prompts/other.yaml"}
    assert all(problem["line"] for problem in problems)
    assert "Traceback" not in said.err


def test_limit_takes_the_same_sample_for_the_same_seed(project: Project) -> None:
    project.llmopt("eval", "--limit", "2", "--seed", "5", "--record", "a.jsonl")
    project.llmopt("eval", "--limit", "2", "--seed", "5", "--record", "b.jsonl")
    cases = [
        {json.loads(line)["case"] for line in (project.root / name).read_text().splitlines()}
        for name in ("a.jsonl", "b.jsonl")
    ]
    assert cases[0] == cases[1]
    assert len(cases[0]) == 2


def test_tags_and_variants_choose_what_runs(project: Project) -> None:
    found = document(project, "--tag", "plain", "-v", "short")
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert [(c["variant"], c["trials"], c["verdict"]) for c in candidates] == [("short", 2, None)]


def test_a_recording_replays_to_the_same_figures(project: Project) -> None:
    first = document(project, "--record", "past.jsonl", "--repeat", "2")
    again = document(project, "-m", "recorded/past.jsonl", "--repeat", "2")
    keys = ("variant", "model", "trials", "avg_accuracy", "avg_total_tokens", "latency_p50_ms")
    assert [[c[k] for k in keys] for c in first["candidates"]] == [  # type: ignore[attr-defined]
        [c[k] for k in keys]
        for c in again["candidates"]  # type: ignore[attr-defined]
    ]


def test_a_table_of_past_outcomes_replays_without_replies(project: Project) -> None:
    rows = [
        {"prompt": "mood", "variant": variant, "model": "acme/old", "case": case, "score": score,
         "input_tokens": tokens, "output_tokens": 1, "cost": tokens / 1e6}
        for variant, tokens in (("long", 50), ("short", 20))
        for case, score in (("sunny", 1), ("rainy", 0.5), ("train", 0), ("twist", 1))
    ]  # fmt: skip
    project.write("past.jsonl", "\n".join(map(json.dumps, rows)))
    found = document(project, "-m", "recorded/past.jsonl")
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert [(c["model"], c["avg_accuracy"], c["avg_input_tokens"]) for c in candidates] == [
        ("acme/old", 0.625, 50.0),
        ("acme/old", 0.625, 20.0),
    ]
    assert candidates[1]["verdict"]["cost_saving"] == pytest.approx(0.6)


def test_trials_that_fail_are_counted_apart_and_end_with_3(project: Project) -> None:
    project.llmopt("eval", "--limit", "3", "--record", "past.jsonl")
    found = document(project, "-m", "recorded/past.jsonl", code=3)
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert [(c["trials"], c["errors"]) for c in candidates] == [(4, 1), (4, 1)]
    assert {e["kind"] for e in found["errors"]} == {"not_recorded"}  # type: ignore[attr-defined]


def test_a_failure_says_what_helps_and_how_it_is_asked_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-wrong-0123456789")
    with serving() as server:
        server.well = lambda _: Reply(401, openai_error("Incorrect key."))
        address = f"{server.url}/v1"
        model = f'{{id: openai/a, base_url: "{address}", api_key_env: A_KEY}}'
        project.write("llmopt.yaml", f"models: [{model}]")
        said = project.llmopt("eval", width=200)
    assert said.code == 3
    assert " others): HTTP 401: Incorrect key. (check the key in A_KEY)" in said.out
    assert " --retry-errors" in said.err


def test_filtered_replies_and_those_without_usage_are_told(project: Project) -> None:
    with serving() as server:
        server.script(Reply(body=chat_completion(None, finish_reason="content_filter")))
        server.script(Reply(body=chat_completion(usage=None)))
        model = f'{{id: openai/a, base_url: "{server.url}/v1"}}'
        project.write("llmopt.yaml", f"models: [{model}]")
        said = project.llmopt("eval", width=200)
    assert "1 reply was ended by the provider's content filter" in said.out
    assert "1 reply was sent without token counts" in said.out


def test_a_scorer_that_fails_is_a_failed_trial_and_its_reply_is_kept(project: Project) -> None:
    project.write("judge.py", "def check(reply, case):\n    raise RuntimeError('no idea')\n")
    project.write(
        "testcases/mood.yaml",
        "prompt: mood\nscore: {python: judge:check}\n"
        "cases:\n  - {id: a, vars: {text: fine}, expect: x}\n",
    )
    found = document(project, code=3)
    assert {e["kind"] for e in found["errors"]} == {"scorer"}  # type: ignore[attr-defined]
    assert "no idea" in found["errors"][0]["message"]  # type: ignore[index]
    frame = llmopt_frame(project)
    assert "no idea" in frame[0]["failure_message"]
    assert frame[0]["response"]


def llmopt_frame(project: Project) -> list[dict[str, str]]:
    from llmopt.api.evaluation import EvaluatedRun
    from llmopt.api.project import open_store
    from llmopt.decide.result import judge

    with open_store(project.root) as store:
        result = judge(store, store.find("latest"))
    run = EvaluatedRun(result, project.root / ".llmopt" / "runs.db")
    records: list[dict[str, str]] = run.to_frame().to_dict("records")  # type: ignore[assignment]
    return records


def test_bad_lines_of_a_recording_are_named_with_their_numbers(project: Project) -> None:
    project.write("past.jsonl", '{"prompt": "mood"}\nnot json\n')
    said = project.llmopt("eval", "-m", "recorded/past.jsonl")
    assert said.code == 2
    assert "'variant' must be a text" in said.err
    assert "past.jsonl:1" in said.err
    assert "not JSON" in said.err
    assert "past.jsonl:2" in said.err


def test_all_keys_that_are_missing_are_named_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    models = ("-m", "openai/gpt-5-mini", "-m", "anthropic/claude-haiku-4-5")
    said = project.llmopt("eval", *models)
    assert said.code == 2
    assert "OPENAI_API_KEY is not set" in said.err
    assert "ANTHROPIC_API_KEY is not set" in said.err
    assert "choose models that need none of them with -m" in said.err
    alone = project.llmopt("eval", *models[:2])
    assert "ANTHROPIC_API_KEY" not in alone.err
    assert "name another variable with api_key_env" in alone.err


def test_runs_are_listed_and_shown_again(project: Project) -> None:
    project.llmopt("eval")
    listed = json.loads(project.llmopt("runs", "list", "--format", "json").out)["runs"]
    assert [(r["status"], r["trials"], r["errors"]) for r in listed] == [("complete", 8, 0)]
    assert listed[0]["id"] in project.llmopt("runs", "list").out
    shown = project.llmopt("runs", "show", listed[0]["id"])
    assert shown.code == 0
    assert "mood: 4 cases on embedded/rules" in shown.out


def test_runs_without_a_store_say_how_to_make_one(project: Project) -> None:
    said = project.llmopt("runs", "list")
    assert said.code == 2
    assert "`llmopt eval` makes the first" in said.err


def test_one_model_may_be_named_without_a_list(project: Project) -> None:
    run = llmopt.evaluate(llmopt.load(project.root), models="embedded/rules")
    assert {c.model for c in run.result.run.candidates} == {"embedded/rules"}


def test_the_library_evaluates_and_gives_a_frame(project: Project) -> None:
    run = llmopt.evaluate(llmopt.load(project.root))
    frame = run.to_frame()
    assert len(frame) == 8
    assert {"prompt", "variant", "model", "case", "score", "input_tokens"} <= set(frame.columns)
    assert frame["counted_input_tokens"].isna().all()  # the model reports its tokens


async def test_the_library_works_inside_a_running_loop(project: Project) -> None:
    assert llmopt.evaluate(llmopt.load(project.root)).result.trials == 8


def test_the_snapshot_says_what_the_run_was_made_of(project: Project) -> None:
    run = llmopt.evaluate(llmopt.load(project.root)).result.run
    assert set(run.snapshot["templates"]) == {str(c) for c in run.candidates}
    assert run.snapshot["packages"]["llmopt"]
    assert run.snapshot["cases"] == {"mood": 4}
    assert run.snapshot["rule"] == {"margin": 0.02, "alpha": 0.05, "target": "traffic"}


def test_an_interrupted_run_is_kept_and_ends_with_130(project: Project, tmp_path: Path) -> None:
    project.write(
        "slow.py",
        """
        import os, signal
        def check(reply, case):
            if case.id == "twist":
                os.kill(os.getpid(), signal.SIGINT)
            return True
        """,
    )
    project.write(
        "testcases/mood.yaml",
        (project.root / "testcases/mood.yaml")
        .read_text()
        .replace("score: label", "score: {python: slow:check}"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "llmopt", "eval", "--concurrency", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 130, done.stderr
    assert "interrupted; run" in done.stderr
    assert "Traceback" not in done.stderr
    (listed,) = json.loads(project.llmopt("runs", "list", "--format", "json").out)["runs"]
    assert listed["status"] == "partial"


def test_a_closed_pipe_ends_quietly(project: Project, tmp_path: Path) -> None:
    project.llmopt("eval")
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m llmopt runs show | true"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert "Traceback" not in done.stderr


def test_until_decided_skips_what_the_evidence_does_not_need(project: Project) -> None:
    lines = ["prompt: mood", "score: {length: {min_words: 1}}", "cases:"]
    lines += [f"  - {{id: c{n}, vars: {{text: 'I love day {n}.'}}}}" for n in range(300)]
    project.write("testcases/mood.yaml", "\n".join(lines) + "\n")
    flags = ("--until-decided", "--margin", "10", "--concurrency", "1")
    found = document(project, *flags)
    short = found["candidates"][1]  # type: ignore[index]
    assert short["verdict"]["decision"] == "adopt"
    assert short["verdict"]["cases_used"] < 100
    skipped = found["totals"]["skipped_calls"]  # type: ignore[index]
    assert skipped == 600 - 2 * short["verdict"]["cases_used"]


def test_no_signal_handler_is_left_behind(project: Project) -> None:
    before = signal.getsignal(signal.SIGINT)
    project.llmopt("eval")
    assert signal.getsignal(signal.SIGINT) is before
