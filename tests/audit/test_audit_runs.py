"""What kept runs show the checklist: an evaluation carried out, then the audit."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Project

LARGE, SMALL = "openai/gpt-5", "openai/gpt-5-nano"


def outcomes(project: Project) -> dict[str, Any]:
    said = project.llmopt("checklist", "--format", "json", "--no-keep")
    assert said.code == 0, said.err
    return {check["code"]: check for check in json.loads(said.out)["checks"]}


def evaluate(project: Project, scores: dict[str, list[int]]) -> None:
    """Replay an evaluation of both variants, with the scores that each model had by case."""
    project.write("llmopt.yaml", f"models: [{LARGE}]\n")
    cases = [f"c{n}" for n in range(len(scores[LARGE]))]
    listed = "".join(f"  - {{id: {c}, vars: {{text: Day {c}}}, expect: positive}}\n" for c in cases)
    project.write("testcases/mood.yaml", f"prompt: mood\nscore: label\ncases:\n{listed}")
    rows = [
        {"prompt": "mood", "variant": variant, "model": model, "case": case, "repeat": 0,
         "response": None, "score": score, "input_tokens": 20, "output_tokens": 1,
         "cached_input_tokens": 0, "cost": 0.001, "latency_ms": 100}
        for model, given in scores.items()
        for variant in ("long", "short")
        for case, score in zip(cases, given, strict=True)
    ]  # fmt: skip
    project.write("past.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    said = project.llmopt("eval", "--model", "recorded/past.jsonl")
    assert said.code == 0, said.err


def test_without_a_run_nothing_is_known_of_evaluations(project: Project) -> None:
    project.write("llmopt.yaml", f"models: [{LARGE}]\n")
    found = outcomes(project)
    assert found["ARC101"]["outcome"] == "fail"
    assert {found[code]["outcome"] for code in ("ARC103", "MON201", "MON202", "MON203")} == {
        "manual"
    }


def test_a_run_shows_what_was_evaluated_compared_and_when(project: Project) -> None:
    evaluate(project, {LARGE: [1, 1, 1, 1], SMALL: [1, 1, 1, 0]})
    found = outcomes(project)
    for code in ("ARC101", "MON201", "MON202", "MON203"):
        assert found[code]["outcome"] == "pass"
        assert any("4 candidates" in one["fact"] for one in found[code]["evidence"])


def test_a_small_model_that_is_right_on_most_cases_calls_for_a_cascade(project: Project) -> None:
    evaluate(project, {LARGE: [1, 1, 1, 1], SMALL: [1, 1, 1, 0]})
    assert outcomes(project)["ARC103"]["outcome"] == "fail"


def test_a_small_model_that_is_seldom_right_calls_for_none(project: Project) -> None:
    evaluate(project, {LARGE: [1, 1, 1, 1], SMALL: [1, 0, 0, 0]})
    assert outcomes(project)["ARC103"]["outcome"] == "manual"


def test_one_model_alone_is_no_look_at_others(project: Project) -> None:
    evaluate(project, {LARGE: [1, 1, 1, 1]})
    found = outcomes(project)
    assert found["ARC101"]["outcome"] == "fail"
    assert found["MON202"]["outcome"] == "pass"
    assert found["MON203"]["outcome"] == "manual"


def test_an_audit_kept_in_the_project_is_no_evidence_of_itself(project: Project) -> None:
    project.write("llmopt.yaml", f"models: [{LARGE}]\n")
    before = outcomes(project)
    assert project.llmopt("checklist", "-o", "audit.md", "--no-keep").code == 0
    assert "Cost checklist:" in (project.root / "audit.md").read_text()
    after = outcomes(project)
    assert {code: one["outcome"] for code, one in before.items()} == {
        code: one["outcome"] for code, one in after.items()
    }
