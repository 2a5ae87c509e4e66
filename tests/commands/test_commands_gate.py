from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import MOOD_CASES, MOOD_PROMPT, Project

CONFIG = "models: [openai/gpt-4o]\n"


@pytest.fixture
def mood(project: Project) -> Project:
    project.write("llmopt.yaml", CONFIG)
    assert project.llmopt("baseline", "update").code == 0
    return project


def rows(project: Project, *flags: str) -> tuple[int, dict[str, Any]]:
    said = project.llmopt("gate", "--format", "json", *flags)
    document: dict[str, Any] = json.loads(said.out)
    return said.code, document


def statuses(document: dict[str, Any]) -> dict[str, str]:
    return {f"{row['variant']} {row['name']}": row["status"] for row in document["gates"]}


def codes(document: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in document["findings"]]


def grow(project: Project, by: str = "Be brief and answer with just ") -> None:
    project.write(
        "prompts/mood.yaml", MOOD_PROMPT.replace("Answer with one word.", f"{by}one word.")
    )


def test_without_a_baseline_the_gate_says_how_to_make_one(project: Project) -> None:
    said = project.llmopt("gate")
    assert said.code == 2
    assert said.err.splitlines() == [
        "error: there is no baseline file llmopt.baseline.json",
        "  hint: `llmopt baseline update` makes one; commit it",
    ]


def test_an_unchanged_project_passes(mood: Project) -> None:
    code, document = rows(mood)
    assert (code, document["status"]) == (0, "pass")
    assert statuses(document) == {"long input_tokens": "pass", "short input_tokens": "pass"}
    assert document["findings"] == []
    assert "No limit is configured: input_tokens +0%." in document["notes"]


def test_an_update_that_measures_the_same_changes_nothing(mood: Project) -> None:
    before = (mood.root / "llmopt.baseline.json").read_bytes()
    said = mood.llmopt("baseline", "update")
    assert said.out.splitlines()[:2] == [
        "llmopt.baseline.json: 2 candidates, the same as before",
        "input tokens: unchanged",
    ]
    assert (mood.root / "llmopt.baseline.json").read_bytes() == before


def test_a_prompt_that_grew_fails_at_the_message_that_grew(mood: Project) -> None:
    grow(mood)
    code, document = rows(mood)
    assert code == 1
    assert statuses(document) == {"long input_tokens": "fail", "short input_tokens": "fail"}
    short = next(row for row in document["gates"] if row["variant"] == "short")
    assert (short["file"], short["line"]) == ("prompts/mood.yaml", 10)
    assert short["actual"] > short["baseline"]
    assert codes(document) == ["GATE101", "GATE101"]


def test_a_change_within_its_limit_warns_or_passes(mood: Project) -> None:
    grow(mood, "Answer with just ")
    mood.write("llmopt.yaml", CONFIG + "gates: {input_tokens: {warn: +0%, fail: +50%}}\n")
    code, document = rows(mood)
    assert (code, document["status"]) == (0, "warn")
    assert set(statuses(document).values()) == {"warn"}
    assert rows(mood, "--input-tokens", "+50%")[1]["status"] == "pass"


def test_a_prompts_own_limit_wins_over_the_general_one_and_a_flag_over_both(mood: Project) -> None:
    grow(mood, "Answer with just ")
    gates = "gates: {input_tokens: +0%, prompts: {mood: {input_tokens: +50%}}}\n"
    mood.write("llmopt.yaml", CONFIG + gates)
    assert rows(mood)[0] == 0
    assert rows(mood, "--input-tokens", "+0%")[0] == 1


def test_an_absolute_limit_needs_no_counterpart(mood: Project) -> None:
    code, document = rows(mood, "--max-input-tokens", "35")
    assert code == 1
    assert statuses(document)["long max_input_tokens"] == "fail"
    assert statuses(document)["short max_input_tokens"] == "pass"


def test_a_price_change_alone_is_told_and_fails_nobody(mood: Project) -> None:
    mood.write("llmopt.yaml", "models: [{id: openai/gpt-4o, price: {input: 9, output: 99}}]\n")
    code, document = rows(mood, "--cost", "+0%")
    assert code == 0
    assert set(statuses(document).values()) == {"pass"}
    assert codes(document) == ["GATE131"]


def test_a_renamed_variant_is_compared_under_its_old_name(mood: Project) -> None:
    mood.write("prompts/mood.yaml", MOOD_PROMPT.replace("  short:", "  brief:"))
    code, document = rows(mood)
    assert code == 0
    assert codes(document) == ["GATE136"]
    assert next(row["was"] for row in document["gates"] if row["variant"] == "brief") == "short"
    assert "1 renamed" in mood.llmopt("baseline", "update").out
    assert rows(mood)[1]["findings"] == []


def test_new_and_removed_variants_are_no_regressions(mood: Project) -> None:
    text = MOOD_PROMPT.replace("  short:", "  other:").replace("one word", "a single word only")
    mood.write("prompts/mood.yaml", text.replace("a single word only", "one word", 1))
    code, document = rows(mood)
    assert code == 0
    assert sorted(codes(document)) == ["GATE134", "GATE135"]
    assert statuses(document) == {"long input_tokens": "pass"}
    assert "1 removed" in mood.llmopt("baseline", "update").out


def test_what_replaces_the_baseline_variant_is_held_against_it(mood: Project) -> None:
    mood.llmopt("baseline", "update")
    mood.write("prompts/mood.yaml", MOOD_PROMPT.replace("baseline: long", "baseline: short"))
    assert rows(mood)[0] == 0
    mood.llmopt("baseline", "update")
    mood.write("prompts/mood.yaml", MOOD_PROMPT)
    code, document = rows(mood)
    assert code == 1
    failed = next(row for row in document["gates"] if row["status"] == "fail")
    assert (failed["variant"], failed["was"]) == ("long", "short")
    assert "replaces short" in failed["reason"]


def more_cases(project: Project) -> None:
    project.write(
        "testcases/mood.yaml", MOOD_CASES + "  - {id: new, vars: {text: x}, expect: neutral}\n"
    )


def test_changed_cases_with_an_unchanged_template_are_no_regression(mood: Project) -> None:
    more_cases(mood)
    code, document = rows(mood)
    assert code == 0
    assert codes(document) == ["GATE132"]
    assert {row["reason"] for row in document["gates"]} == {
        "the template is unchanged, the cases changed"
    }


def test_changed_cases_with_a_changed_template_are_never_a_silent_pass(mood: Project) -> None:
    more_cases(mood)
    grow(mood)
    code, document = rows(mood)
    assert (code, document["status"]) == (3, "undecided")
    assert {row["reason"] for row in document["gates"]} == {"not comparable: the cases changed"}
    assert rows(mood, "--undecided", "pass")[0] == 0
    assert rows(mood, "--undecided", "fail")[0] == 1


def test_other_expectations_leave_tokens_comparable(mood: Project) -> None:
    mood.write("testcases/mood.yaml", MOOD_CASES.replace("expect: neutral", "expect: positive"))
    grow(mood)
    assert rows(mood)[0] == 1


def test_another_tokenizer_is_told_apart_from_growth(mood: Project) -> None:
    path = mood.root / "llmopt.baseline.json"
    path.write_text(path.read_text().replace("o200k_base", "cl100k_base"))
    code, document = rows(mood)
    assert (code, codes(document)) == (0, ["GATE133"])
    grow(mood)
    assert rows(mood)[0] == 3


def test_a_gate_that_compared_nothing_does_not_pass(mood: Project) -> None:
    mood.write("llmopt.yaml", "models: [openai/gpt-4.1]\n")
    code, document = rows(mood)
    assert (code, document["status"]) == (2, "nothing")


def test_the_baselines_models_are_counted_where_none_are_configured(project: Project) -> None:
    project.llmopt("baseline", "update", "-m", "openai/gpt-4o")
    assert {row["model"] for row in rows(project)[1]["gates"]} == {"openai/gpt-4o"}


def test_limits_that_need_a_run_are_named(mood: Project) -> None:
    mood.write("llmopt.yaml", CONFIG + "gates: {input_tokens: +0%, accuracy: -2pt}\n")
    code, document = rows(mood)
    assert code == 0
    assert "Checked by `llmopt eval --gate` alone: accuracy." in document["notes"]


@pytest.mark.parametrize(
    ("flag", "text"),
    [("--input-tokens", "lots"), ("--cost", "+5"), ("--max-input-tokens", "+800")],
)
def test_a_flag_that_is_no_limit_is_refused(mood: Project, flag: str, text: str) -> None:
    said = mood.llmopt("gate", flag, text)
    assert said.code == 2
    assert said.err.startswith(f"error: {flag}: ")
    assert "hint: write a" in said.err


def test_a_conflicted_baseline_is_never_overwritten_or_passed(mood: Project) -> None:
    path = mood.root / "llmopt.baseline.json"
    path.write_text("<<<<<<< ours\n" + path.read_text())
    for command in (["gate"], ["baseline", "show"], ["baseline", "update"]):
        said = mood.llmopt(*command)
        assert said.code == 2
        assert "a merge conflict stands in this file" in said.err
        assert "--> llmopt.baseline.json:1:1" in said.err
    assert path.read_text().startswith("<<<<<<<")


def test_the_table_fits_eighty_columns_and_names_the_place(mood: Project) -> None:
    grow(mood)
    mood.write("llmopt.yaml", CONFIG + "traffic: {mood: 40000/day}\n")
    said = mood.llmopt("gate")
    assert max(map(len, said.out.splitlines())) <= 80
    assert said.out.startswith("Input tokens +")
    assert "a month. Gate failed" in " ".join(said.out.split())
    assert "  --> prompts/mood.yaml:10:13" in said.out


def test_the_baseline_is_shown_as_a_table_and_as_it_is_kept(mood: Project) -> None:
    shown = mood.llmopt("baseline", "show")
    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 100
    kept = (mood.root / "llmopt.baseline.json").read_text()
    assert json.loads(mood.llmopt("baseline", "show", "--format", "json").out) == json.loads(kept)
    update = json.loads(mood.llmopt("baseline", "update", "--format", "json").out)
    assert (update["candidates"], update["changed"]) == (2, [])


def test_models_that_are_not_counted_any_more_are_named(project: Project) -> None:
    project.write("llmopt.yaml", "models: [openai/gpt-4o, openai/gpt-4.1]\n")
    project.llmopt("baseline", "update")
    project.write("llmopt.yaml", CONFIG)
    code, document = rows(project)
    assert code == 0
    note = "In the baseline, and not among the models here: openai/gpt-4.1."
    assert note in document["notes"]
    assert "2 removed" in project.llmopt("baseline", "update").out


def test_a_renamed_prompt_is_compared_under_its_old_name(mood: Project) -> None:
    for name, text in (("prompts/mood.yaml", MOOD_PROMPT), ("testcases/mood.yaml", MOOD_CASES)):
        mood.write(name, text.replace("prompt: mood", "prompt: feeling"))
    code, document = rows(mood)
    assert (code, codes(document)) == (0, ["GATE136", "GATE136"])
    assert set(statuses(document).values()) == {"pass"}
