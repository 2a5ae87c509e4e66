from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import Project
from typer.main import get_command

from llmopt.commands.eval import app
from llmopt.commands.limits import NAMES
from llmopt.files.limits import KINDS

PROMPT = 'prompt: mood\nvariants: {one: {user: "Mood of: {{ text }}"}}\n'
CHANGED = PROMPT.replace("Mood of", "Sentiment of")
N = 200


TIGHT = {
    **dict.fromkeys(("input_tokens", "output_tokens", "total_tokens", "cost"), "-90%"),
    **dict.fromkeys(("latency", "latency_p50", "latency_p95"), "-90%"),
    **dict.fromkeys(("max_input_tokens", "max_output_tokens", "max_total_tokens"), "1"),
    "accuracy": "-0pt",
    "max_latency_p95": "1ms",
    "min_accuracy": "100%",
}


def cases(count: int = N, limits: str = "") -> str:
    lines = [f'  - {{id: c{i}, vars: {{text: "t{i}"}}, expect: a}}' for i in range(count)]
    return "\n".join(["prompt: mood", limits, "cases:", *lines, ""])


def recording(
    *,
    score: Callable[[int], float] = lambda _: 1.0,
    output: Callable[[int], int | None] = lambda i: 10 + i % 3,
    latency: Callable[[int], float] = lambda i: 100.0 + i % 7,
    cost: Callable[[int], float | None] = lambda i: 0.001 + i % 5 * 1e-5,
) -> str:
    return "".join(
        json.dumps(
            {
                "prompt": "mood",
                "variant": "one",
                "model": "openai/gpt-4o",
                "case": f"c{i}",
                "repeat": 0,
                "response": "a",
                "score": score(i),
                "input_tokens": 20,
                "output_tokens": output(i),
                "cached_input_tokens": None,
                "cost": cost(i),
                "latency_ms": latency(i),
            }
        )
        + "\n"
        for i in range(N)
    )


@pytest.fixture
def recorded(empty_project: Project) -> Project:
    """A project whose run is the baseline's, and whose prompt has then changed."""
    empty_project.write("llmopt.yaml", "models: [recorded/replies.jsonl]\n")
    empty_project.write("prompts/mood.yaml", PROMPT)
    empty_project.write("testcases/mood.yaml", cases())
    empty_project.write("replies.jsonl", recording())
    assert empty_project.llmopt("eval", "-q").code == 0
    said = empty_project.llmopt("baseline", "update", "--from", "latest")
    assert "figures of 1 taken" in said.out
    empty_project.write("prompts/mood.yaml", CHANGED)
    return empty_project


def gates(project: Project, limits: str, *flags: str) -> tuple[int, dict[str, Any]]:
    project.write("llmopt.yaml", f"models: [recorded/replies.jsonl]\ngates: {limits}\n")
    said = project.llmopt("eval", "--gate", "--format", "json", *flags)
    document: dict[str, Any] = json.loads(said.out)
    return said.code, document


def status(document: dict[str, Any], name: str) -> str:
    return next(str(row["status"]) for row in document["gates"] if row["name"] == name)


EVERYTHING = (
    "{input_tokens: +10%, output_tokens: +10%, total_tokens: +10%, cost: +5%, accuracy: -2pt, "
    "latency: +20%, latency_p50: +20%, latency_p95: +20%, max_output_tokens: 12, "
    "max_total_tokens: 100, max_cost: 0.01, max_latency_p95: 200ms, min_accuracy: 90%}"
)


@pytest.mark.parametrize("stored", [True, False])
def test_equal_replies_pass_every_limit(recorded: Project, *, stored: bool) -> None:
    if not stored:
        shutil.rmtree(recorded.root / ".llmopt")
    code, document = gates(recorded, EVERYTHING)
    assert {row["name"]: row["status"] for row in document["gates"]} == dict.fromkeys(
        (row["name"] for row in document["gates"]), "pass"
    )
    assert len(document["gates"]) == 13
    assert (code, document["gate"]["status"]) == (0, "pass")


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize(
    ("change", "limit", "name"),
    [
        ({"output": lambda i: 13 + i % 3}, "+10%", "output_tokens"),
        ({"cost": lambda i: 0.0012 + i % 5 * 1e-5}, "+5%", "cost"),
        ({"latency": lambda i: 200.0 + i % 7}, "+20%", "latency"),
        ({"latency": lambda i: 200.0 + i % 7}, "+20ms", "latency_p50"),
        ({"latency": lambda i: 200.0 + i % 7}, "+20%", "latency_p95"),
        ({"score": lambda i: float(i % 4 > 0)}, "-2pt", "accuracy"),
        ({"output": lambda i: 500 if i == 3 else 10}, "499", "max_output_tokens"),
        ({"cost": lambda _: 0.5}, "0.4", "max_cost"),
        ({"score": lambda i: float(i % 4 > 0)}, "90%", "min_accuracy"),
        ({"latency": lambda i: 200.0 + i % 7}, "150ms", "max_latency_p95"),
    ],
)
def test_what_went_too_far_fails(
    recorded: Project, change: dict[str, Any], limit: str, name: str, *, stored: bool
) -> None:
    if not stored:
        shutil.rmtree(recorded.root / ".llmopt")
    recorded.write("replies.jsonl", recording(**change))
    code, document = gates(recorded, f"{{{name}: {limit}}}")
    assert (code, status(document, name)) == (1, "fail")
    row = document["gates"][0]
    assert {"name", "prompt", "variant", "model", "limit", "baseline", "actual", "status"} <= set(
        row
    )


def test_a_limit_below_the_noise_is_undecided_and_says_how_many_cases_it_needs(
    recorded: Project,
) -> None:
    recorded.write("replies.jsonl", recording(score=lambda i: float(i % 70 > 0)))
    code, document = gates(recorded, "{accuracy: -2pt}")
    assert (code, status(document, "accuracy")) == (3, "undecided")
    row = document["gates"][0]
    assert row["cases_needed"] > 0
    assert row["change_ci"][0] < row["change"] < row["change_ci"][1]
    assert gates(recorded, "{accuracy: -2pt}", "--undecided", "pass")[0] == 0
    assert gates(recorded, "{accuracy: -2pt}", "--undecided", "fail")[0] == 1


def test_an_unchanged_prompt_is_not_blamed_for_noise_but_for_proven_loss(recorded: Project) -> None:
    recorded.write("prompts/mood.yaml", PROMPT)
    recorded.write("replies.jsonl", recording(score=lambda i: float(i % 70 > 0)))
    code, document = gates(recorded, "{accuracy: -2pt}")
    assert (code, status(document, "accuracy")) == (0, "pass")
    assert "unchanged" in document["gates"][0]["reason"]
    recorded.write("replies.jsonl", recording(score=lambda i: float(i % 4 > 0)))
    assert gates(recorded, "{accuracy: -2pt}")[0] == 1


def test_warnings_come_before_failures(recorded: Project) -> None:
    recorded.write("replies.jsonl", recording(output=lambda i: 11 + i % 3))
    code, document = gates(recorded, "{output_tokens: {warn: +5%, fail: +50%}}")
    assert (code, status(document, "output_tokens")) == (0, "warn")
    recorded.write("replies.jsonl", recording(score=lambda i: float(i % 9 > 0)))
    code, document = gates(recorded, "{accuracy: {warn: -2pt, fail: -30pt}}")
    assert (code, status(document, "accuracy")) == (0, "warn")


def test_failed_trials_do_not_pass(recorded: Project) -> None:
    text = recording().splitlines(keepends=True)
    recorded.write("replies.jsonl", "".join(text[:-1]))
    code, document = gates(recorded, "{output_tokens: +50%}")
    assert (code, status(document, "output_tokens")) == (3, "undecided")
    assert "1 of 200 trials failed" in document["gates"][0]["reason"]


def test_a_baseline_without_a_run_leaves_replies_undecided(recorded: Project) -> None:
    (recorded.root / "llmopt.baseline.json").unlink()
    recorded.llmopt("baseline", "update")
    code, document = gates(recorded, "{output_tokens: +10%}")
    assert (code, status(document, "output_tokens")) == (3, "undecided")
    assert [finding["code"] for finding in document["findings"]] == ["GATE102", "GATE137"]


def test_other_cases_are_not_compared(recorded: Project) -> None:
    recorded.write("testcases/mood.yaml", cases(N - 1))
    code, document = gates(recorded, "{output_tokens: +50%, accuracy: -50pt}")
    assert code == 3
    assert {row["reason"] for row in document["gates"]} == {"not comparable: the cases changed"}


def test_without_a_baseline_nothing_is_run(recorded: Project) -> None:
    (recorded.root / "llmopt.baseline.json").unlink()
    before = recorded.llmopt("runs", "list", "--format", "json").out
    said = recorded.llmopt("eval", "--gate")
    assert said.code == 2
    assert "llmopt baseline update" in said.err
    assert recorded.llmopt("runs", "list", "--format", "json").out == before


def test_a_new_variant_is_held_against_the_runs_own_baseline(recorded: Project) -> None:
    two = CHANGED.replace('}}"}}', '}}"}, two: {user: "{{ text }}"}}')
    recorded.write("prompts/mood.yaml", two)
    more = recording() + recording(score=lambda i: float(i % 4 > 0)).replace('"one"', '"two"')
    recorded.write("replies.jsonl", more)
    code, document = gates(recorded, "{accuracy: -2pt}")
    assert code == 1
    failed = next(row for row in document["gates"] if row["status"] == "fail")
    assert failed["variant"] == "two"
    assert "against one on openai/gpt-4o in the same run" in failed["reason"]


def test_limits_of_cases_are_findings_and_fail_the_gate_alone(recorded: Project) -> None:
    limits = "defaults: {max_output_tokens: 11, max_latency_ms: 104, max_cost: 1}"
    recorded.write("testcases/mood.yaml", cases(3, limits))
    plain = recorded.llmopt("eval", "--format", "json")
    assert plain.code == 0
    found = json.loads(plain.out)["findings"]
    assert [(one["code"], one["severity"], one["file"]) for one in found] == [
        ("GATE112", "warning", "testcases/mood.yaml")
    ]
    assert "case c2: mood/one on openai/gpt-4o is answered with 12 tokens" in found[0]["message"]
    assert "warning: GATE112" in recorded.llmopt("eval").out
    code, document = gates(recorded, "{max_output_tokens: 100}")
    assert code == 1
    assert [one["severity"] for one in document["findings"] if one["code"] == "GATE112"] == [
        "error"
    ]


def test_a_case_whose_cost_is_not_known_is_open(recorded: Project) -> None:
    recorded.write("testcases/mood.yaml", cases(3, "defaults: {max_cost: 1}"))
    text = recording(cost=lambda _: None, output=lambda _: None)
    recorded.write("replies.jsonl", text.replace("gpt-4o", "no-such-model"))
    recorded.write("llmopt.yaml", "models: [recorded/replies.jsonl]\ngates: {min_accuracy: 1%}\n")
    said = recorded.llmopt("eval", "--gate", "--format", "json")
    assert said.code == 3
    assert "not known of 3 cases" in said.out


def test_the_gate_without_a_model_holds_the_input_tokens_of_cases(project: Project) -> None:
    project.llmopt("baseline", "update")
    text = (project.root / "testcases/mood.yaml").read_text()
    project.write(
        "testcases/mood.yaml", text.replace("id: sunny,", "id: sunny, max_input_tokens: 5,")
    )
    said = project.llmopt("gate", "--format", "json")
    assert said.code == 1
    found = [one for one in json.loads(said.out)["findings"] if one["code"] == "GATE111"]
    assert [(one["severity"], one["line"]) for one in found] == [("error", 4), ("error", 4)]


@pytest.mark.parametrize("name", ["markdown", "csv", "junit", "sarif", "github", "gitlab"])
def test_every_format_says_the_same(recorded: Project, name: str) -> None:
    recorded.write("replies.jsonl", recording(output=lambda i: 30 + i % 3))
    recorded.write("llmopt.yaml", "models: [recorded/replies.jsonl]\ngates: {output_tokens: +1%}\n")
    said = recorded.llmopt("eval", "--gate", "--format", name)
    assert said.code == 1
    assert name == "csv" or "output_tokens" in said.out


def test_flags_of_the_gate_need_the_gate(recorded: Project) -> None:
    for flags in (["--baseline", "x.json"], ["--undecided", "pass"]):
        said = recorded.llmopt("eval", *flags)
        assert said.code == 2
        assert "--gate" in said.err


def test_a_run_that_does_not_speak_of_the_files_is_not_taken(recorded: Project) -> None:
    said = recorded.llmopt("baseline", "update", "--from", "latest")
    assert said.code == 2
    assert "have changed since" in said.err
    recorded.write("prompts/mood.yaml", PROMPT)
    recorded.llmopt("eval", "-q", "--limit", "10")
    said = recorded.llmopt("baseline", "update", "--from", "latest")
    assert said.code == 2
    assert "asked 10 of its 200 cases" in said.err
    assert recorded.llmopt("baseline", "update", "--from", "latest", "--partial").code == 0


def test_prices_alone_do_not_fail_the_cost_of_a_run(empty_project: Project) -> None:
    project = empty_project
    project.write("prompts/mood.yaml", PROMPT)
    project.write("testcases/mood.yaml", cases(20))
    project.write("llmopt.yaml", "models: [recorded/replies.jsonl]\n")
    project.write("replies.jsonl", recording(cost=lambda _: None))
    project.llmopt("eval", "-q")
    assert project.llmopt("baseline", "update", "--from", "latest").code == 0
    path = project.root / "llmopt.baseline.json"
    kept = json.loads(path.read_text())
    run = kept["prompts"]["mood"]["variants"]["one"]["models"]["openai/gpt-4o"]["run"]
    for name in ("input_price", "output_price"):
        run[name] /= 2
    for end in ("mean", "low", "high"):
        run["cost"][end] /= 2
    path.write_text(json.dumps(kept))
    project.write("prompts/mood.yaml", CHANGED)
    shutil.rmtree(project.root / ".llmopt")
    code, document = gates(project, "{cost: +20%}")
    assert (code, status(document, "cost")) == (0, "pass")


def test_a_change_is_shown_on_the_cases_that_both_runs_answered(recorded: Project) -> None:
    for count in ("2", "7"):  # their replies are longer or shorter than all are on average
        _, document = gates(recorded, "{output_tokens: +10%, cost: +5%}", "--limit", count)
        rows = {row["name"]: row for row in document["gates"]}
        for name in ("output_tokens", "cost"):
            assert rows[name]["change"] == 0
            assert rows[name]["change_ci"] == [0, 0]


def test_every_limit_is_a_flag_but_the_one_whose_name_a_budget_has() -> None:
    assert set(NAMES) == KINDS.keys() - {"max_cost"}
    flags = {parameter.name for parameter in get_command(app).params}
    assert set(NAMES) <= flags


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_given_as_a_flag_holds_as_it_does_in_the_file(recorded: Project, name: str) -> None:
    code, document = gates(recorded, "{max_cost: 1}", f"--{name.replace('_', '-')}", TIGHT[name])
    row = next(row for row in document["gates"] if row["name"] == name)
    assert row["limit"] == TIGHT[name]
    assert (code, row["status"]) in {(1, "fail"), (3, "undecided")}
    alone = recorded.llmopt("eval", f"--{name.replace('_', '-')}", TIGHT[name])
    assert alone.code == 2
    assert "says how --gate decides" in alone.err


def test_a_least_accuracy_may_be_a_flag(recorded: Project) -> None:
    recorded.write("replies.jsonl", recording(score=lambda i: float(i % 4 > 0)))
    code, document = gates(recorded, "{min_accuracy: 10%}", "--min-accuracy", "90%")
    assert (code, status(document, "min_accuracy")) == (1, "fail")
    assert recorded.llmopt("eval", "--min-accuracy", "90%").code == 2
    assert recorded.llmopt("eval", "--gate", "--min-accuracy", "ninety").code == 2


def test_a_trial_that_does_not_tell_leaves_a_maximum_open(recorded: Project) -> None:
    recorded.write("replies.jsonl", recording(latency=lambda i: 100.0, output=lambda i: 10))
    text = (recorded.root / "replies.jsonl").read_text().replace("gpt-4o", "no-such-model")
    lines = text.splitlines()
    lines[7] = lines[7].replace('"cost": 0.00102', '"cost": null')
    assert '"cost": null' in lines[7]
    recorded.write("replies.jsonl", "\n".join(lines) + "\n")
    code, document = gates(recorded, "{max_cost: 1}")
    assert (code, status(document, "max_cost")) == (3, "undecided")
    assert document["gates"][0]["reason"] == "cost of 1 of 200 trials is not known"


def test_a_run_that_ended_early_says_what_its_limits_are_worth(recorded: Project) -> None:
    _, document = gates(recorded, "{output_tokens: +50%}", "--until-decided")
    assert any("ended before its last case" in note for note in document["gate"]["notes"])
    _, document = gates(recorded, "{output_tokens: +50%}")
    assert not any("ended before its last case" in note for note in document["gate"]["notes"])
