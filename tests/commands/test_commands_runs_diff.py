import csv
import io
import json
from typing import Any

import pytest
from tests.conftest import MOOD_CASES, MOOD_PROMPT, Project


def evaluated(project: Project, *arguments: str) -> str:
    said = project.llmopt("eval", "--quiet", "--format", "json", *arguments)
    run_id: str = json.loads(said.out)["run"]["id"]
    return run_id


def document(project: Project, *arguments: str) -> dict[str, Any]:
    said = project.llmopt("runs", "diff", *arguments, "--format", "json")
    assert (said.code, said.err) == (0, "")
    found: dict[str, Any] = json.loads(said.out)
    return found


@pytest.fixture
def edited(project: Project) -> tuple[str, str]:
    """Two runs: between them a template, a parameter and a case changed, and one case came."""
    first = evaluated(project)
    prompt = MOOD_PROMPT.replace("Please read", "Read").replace("max_tokens: 4", "max_tokens: 9")
    project.write("prompts/mood.yaml", prompt)
    cases = MOOD_CASES.replace("at nine", "at ten")
    cases += '  - {id: late, vars: {text: "I love it."}, expect: positive}\n'
    project.write("testcases/mood.yaml", cases)
    return first, evaluated(project)


def test_what_changed_is_told_apart(project: Project, edited: tuple[str, str]) -> None:
    found = document(project, edited[0])
    assert (found["before"]["id"], found["after"]["id"]) == edited
    long, short = found["candidates"]
    assert long["changes"] == {"template": True, "params": [], "model": [], "price": False}
    assert short["changes"]["template"] is False
    assert short["changes"]["params"] == [{"what": "max_tokens", "before": 4, "after": 9}]
    assert long["cases"] == {
        "compared": 3, "changed": 1, "added": 1, "removed": 0,
        "examples": {"changed": ["train"], "added": ["late"], "removed": []},
    }  # fmt: skip
    tokens = long["measures"][1]
    assert (tokens["measure"], tokens["cases"], tokens["finding"]) == ("input_tokens", 3, "lower")
    assert tokens["delta"] == pytest.approx(-1)


def test_a_run_against_itself_is_the_same_in_every_case(project: Project) -> None:
    run_id = evaluated(project)
    found = document(project, run_id, "latest")
    assert found["changes"] == []
    assert {row["finding"] for one in found["candidates"] for row in one["measures"]} == {
        "identical"
    }


def test_the_table_fits_80_columns(project: Project, edited: tuple[str, str]) -> None:
    said = project.llmopt("runs", "diff", *edited, width=80)
    assert (said.code, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= 80
    assert "  the template changed\n" in said.out
    assert "  params: max_tokens: 4 → 9\n" in said.out
    assert "  cases compared: 3; 1 changed (train); 1 only in B (late)\n" in said.out
    assert "No difference shown is not proof that there is none." in said.out


def test_long_sentences_are_folded(project: Project) -> None:
    name = "a-case-with-a-rather-long-name"
    cases = "".join(
        f'  - {{id: {name}-{n}, vars: {{text: "[bold]{n}"}}, expect: positive}}\n' for n in range(9)
    )
    first = evaluated(project)
    project.write("testcases/mood.yaml", MOOD_CASES + cases)
    evaluated(project)
    said = project.llmopt("runs", "diff", first, width=80)
    assert max(map(len, said.out.splitlines())) <= 80
    assert f"{name}-0" in said.out


def test_csv_has_one_row_a_candidate_and_measure(project: Project, edited: tuple[str, str]) -> None:
    said = project.llmopt("runs", "diff", *edited, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert len(rows) == 12
    assert {row["variant"] for row in rows} == {"long", "short"}
    assert rows[1]["template_changed"] == "True"
    assert float(rows[1]["delta_low"]) == pytest.approx(-1)


def test_markdown_holds_the_same(project: Project, edited: tuple[str, str]) -> None:
    said = project.llmopt("runs", "diff", *edited, "--format", "markdown")
    assert f"### Runs {edited[0]} and {edited[1]}" in said.out
    assert "- the template changed" in said.out
    assert "| input tokens |" in said.out


def test_it_is_written_to_files_by_their_endings(project: Project, edited: tuple[str, str]) -> None:
    said = project.llmopt("runs", "diff", *edited, "-o", "a.json", "-o", "a.md", "-o", "a.csv")
    assert said.code == 0, said.err
    for name, form in (("a.json", "json"), ("a.md", "markdown"), ("a.csv", "csv")):
        shown = project.llmopt("runs", "diff", *edited, "--format", form)
        assert (project.root / name).read_text() == shown.out
    assert project.llmopt("runs", "diff", *edited, "-o", "a.html").code == 2


def test_other_flags_are_listed(project: Project) -> None:
    first = evaluated(project)
    evaluated(project, "--repeat", "2", "--seed", "3", "-v", "long")
    said = project.llmopt("runs", "diff", first)
    for line in ('variants: none → ["long"]', "repeat: 1 → 2", "seed: 0 → 3"):
        assert line in said.out
    assert "only in A: mood/short on embedded/rules" in said.out


def test_runs_without_a_common_candidate_say_so(project: Project) -> None:
    first = evaluated(project, "-v", "short")
    evaluated(project, "-v", "long")
    said = project.llmopt("runs", "diff", first)
    assert said.code == 0
    assert "no candidate is in both runs, so there is nothing to compare" in said.out
    assert "label" not in project.llmopt("runs", "diff", first, "--format", "csv").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "no run 'nothing'"),
        (("20",), "'20' fits several runs"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_followed_is_one_document(
    project: Project, arguments: tuple[str, ...], message: str
) -> None:
    evaluated(project)
    evaluated(project)
    said = project.llmopt("runs", "diff", *arguments, "--format", "json")
    assert said.code == 2
    assert message in json.loads(said.out)["error"]["message"]


def test_a_price_of_the_project_that_was_corrected_is_told(project: Project) -> None:
    lines = [
        {"prompt": "mood", "variant": "long", "model": "openai/old", "case": case,
         "response": "positive", "input_tokens": 1000, "output_tokens": 100}
        for case in ("sunny", "rainy", "train", "twist")
    ]  # fmt: skip
    project.write("past.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    price = "models: [{{id: openai/old, price: {{input: {0}, output: {0}}}}}]\n"
    ids = []
    for dollars in (1, 3):
        project.write("llmopt.yaml", price.format(dollars))
        ids.append(evaluated(project, "-m", "recorded/past.jsonl", "-v", "long"))
    (one,) = document(project, *ids)["candidates"]
    assert one["changes"]["price"] is True
    found = {row["measure"]: row for row in one["measures"]}
    assert (found["cost_per_1k_calls"]["before"], found["cost_per_1k_calls"]["after"]) == (
        pytest.approx(1.1), pytest.approx(3.3),
    )  # fmt: skip
    assert found["cost_per_1k_calls"]["finding"] == "repriced"
    assert found["cost_per_1k_calls_same_price"]["finding"] == "identical"
    said = project.llmopt("runs", "diff", *ids)
    assert "the model's price changed: what that moved is no doing of the prompt" in said.out
    assert "  at B's prices" in said.out


def test_names_are_shown_as_they_stand(project: Project) -> None:
    prompt = MOOD_PROMPT.replace("  short:", '  "=[red]|x":')
    project.write("prompts/mood.yaml", prompt)
    first = evaluated(project)
    project.write("prompts/mood.yaml", prompt.replace("Mood (", "Mood now ("))
    evaluated(project)
    assert "mood/=[red]|x on embedded/rules" in project.llmopt("runs", "diff", first).out
    marked = project.llmopt("runs", "diff", first, "--format", "markdown").out
    assert r"mood/=\[red\]\|x on" in marked
    rows = csv.DictReader(io.StringIO(project.llmopt("runs", "diff", first, "--format", "csv").out))
    assert {row["variant"] for row in rows} == {"long", "'=[red]|x"}
