import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Project

FIGURES = (
    "trials", "errors", "avg_input_tokens", "avg_output_tokens", "avg_accuracy", "accuracy_ci",
    "efficiency_score", "cost_per_1k_calls", "cost_per_correct", "latency_p50_ms",
    "latency_p95_ms", "consistency", "pareto", "verdict",
)  # fmt: skip


def evaluated(project: Project, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        project.llmopt("eval", *arguments, "--quiet", "--format", "json").out
    )
    return found


def figures(document: dict[str, Any]) -> list[list[Any]]:
    return [[one[name] for name in FIGURES] for one in document["candidates"]]


def recorded(project: Project, *lines: dict[str, Any]) -> Path:
    """A recording of both variants of a model with a price, answered as the lines say."""
    return project.write("past.jsonl", "".join(json.dumps(line) + "\n" for line in lines))


def a_line(case: str, variant: str = "long", **other: Any) -> dict[str, Any]:
    return {
        "prompt": "mood", "variant": variant, "model": "acme/one", "case": case, "repeat": 0,
        "response": "positive", "score": None, "input_tokens": 30, "output_tokens": 2,
        "cached_input_tokens": 5, "cost": 0.25, "latency_ms": 12.5, **other,
    }  # fmt: skip


CASES = ("sunny", "rainy", "train", "twist")


def test_a_replayed_export_gives_the_same_figures(project: Project) -> None:
    before = evaluated(project, "--repeat", "2", "--seed", "7")
    said = project.llmopt("runs", "export", "-o", "kept.jsonl")
    assert (said.code, said.out) == (0, "")
    command = "llmopt eval -m recorded/kept.jsonl --repeat 2 --seed 7"
    assert said.err.splitlines() == [
        f"exported 16 trials of run {before['run']['id']} to kept.jsonl",
        f"replay: {command}",
    ]
    after = evaluated(project, *command.split()[2:])
    assert figures(after) == figures(before)


def test_costs_cached_tokens_and_latencies_survive(project: Project) -> None:
    lines = [a_line(case, variant) for case in CASES for variant in ("long", "short")]
    recorded(project, *lines)
    before = evaluated(project, "-m", "recorded/past.jsonl")
    assert before["candidates"][0]["cost_per_1k_calls"] == 250
    project.llmopt("runs", "export", "-o", "kept.jsonl")
    assert figures(evaluated(project, "-m", "recorded/kept.jsonl")) == figures(before)
    kept = [json.loads(line) for line in Path("kept.jsonl").read_text().splitlines()]
    assert {line["cached_input_tokens"] for line in kept} == {5}


def test_failed_trials_fail_in_the_replay_and_keep_the_baseline_model(project: Project) -> None:
    lines = [a_line(case) for case in CASES[1:]]
    lines += [a_line(case, model="acme/two") for case in CASES]
    recorded(project, *lines)
    before = evaluated(project, "-m", "recorded/past.jsonl", "-v", "long")
    said = project.llmopt("runs", "export")
    assert (
        "1 trial failed: 1 without a reply have response and score null, and fail in a replay, "
        "too (not_recorded)\n" in said.err
    )
    assert len(said.out.splitlines()) == 8
    Path("kept.jsonl").write_text(said.out)
    after = evaluated(project, "-m", "recorded/kept.jsonl", "-v", "long")
    assert figures(after) == figures(before)
    assert after["errors"][0]["kind"] == "not_recorded"
    first = after["candidates"][0]
    assert (first["model"], first["verdict"]["decision"]) == ("acme/one", "baseline")


def test_trials_that_were_never_run_are_told(project: Project) -> None:
    evaluated(project, "mood", "--limit", "3", "--margin", "5")
    with closing(sqlite3.connect(project.root / ".llmopt" / "runs.db")) as db, db:
        db.execute("DELETE FROM trials WHERE trial = 1")
    said = project.llmopt("runs", "export")
    assert len(said.out.splitlines()) == 5
    assert said.err.splitlines()[1:] == [
        "1 trial of the plan was not run: a replay counts them as failed (not_recorded)",
        "replay: llmopt eval mood -m recorded/FILE.jsonl --limit 3 --margin 5",
    ]


def test_csv_has_one_row_a_trial_and_the_columns_of_the_frame(project: Project) -> None:
    recorded(project, *[a_line(case, response='=cmd|"x"\n,') for case in CASES[:3]])
    evaluated(project, "-m", "recorded/past.jsonl", "-v", "long")
    said = project.llmopt("runs", "export", "-o", "kept.csv")
    assert "1 trial failed: no score, but failure_kind and failure_message" in said.err
    with Path("kept.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert [row["response"] for row in rows if row["case"] == "rainy"] == ['\'=cmd|"x"\n,']
    failed = [row for row in rows if row["case"] == "twist"]
    assert [(row["score"], row["failure_kind"]) for row in failed] == [("", "not_recorded")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "no run 'nothing'"),
        (("20",), "'20' fits several runs"),
        (("-o", "kept.txt"), "cannot tell the format of 'kept.txt'"),
        (("-o", "kept.csv", "--format", "jsonl"), "'kept.csv' would be csv"),
        (("-o", "missing/kept.csv"), "cannot write 'missing/kept.csv'"),
    ],
)
def test_what_cannot_be_followed_ends_with_2(
    project: Project, arguments: tuple[str, ...], message: str
) -> None:
    evaluated(project)
    evaluated(project)
    said = project.llmopt("runs", "export", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_without_a_store_there_is_nothing_to_export(empty_project: Project) -> None:
    said = empty_project.llmopt("runs", "export")
    assert (said.code, said.out) == (2, "")
    assert "no runs are kept here" in said.err
