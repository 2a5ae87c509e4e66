import pytest
from tests.conftest import Project

import llmopt
from llmopt.domain import PERTURBATIONS, Robustness
from llmopt.errors import Problem

PROMPT = """\
prompt: mood
variants:
  short: {user: "Mood of {{ text }}, one of {{ labels }}, for {{ age }}:"}
"""
CASES = """\
prompt: mood
{defaults}
cases:
  - id: sunny
    vars: {{text: "I love this day.", labels: [good, bad, so-so], age: 7}}
    expect: good
{case}
"""


def write(project: Project, *, defaults: str = "", case: str = "") -> None:
    project.write("prompts/mood.yaml", PROMPT)
    text = CASES.format(defaults=defaults, case=f"    {case}" if case else "")
    project.write("testcases/mood.yaml", text)


def read(project: Project, *, defaults: str = "", case: str = "") -> Robustness | None:
    write(project, defaults=defaults, case=case)
    return llmopt.load(project.root).cases["mood"][0].robustness


def errors(project: Project) -> list[Problem]:
    return [p for p in llmopt.check(project.root).problems if p.severity == "error"]


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("{text: [typos, case]}", {"text": ("typos", "case")}),
        ("{text: typos}", {"text": ("typos",)}),
        ("{text: [typos, typos]}", {"text": ("typos",)}),
        ("{text: all}", {"text": PERTURBATIONS}),
        ("{labels: [order]}", {"labels": ("order",)}),
        ("{labels: all, age: all}", {"labels": PERTURBATIONS, "age": PERTURBATIONS}),
        ("false", {}),
    ],
)
def test_a_case_or_its_file_chooses_what_is_perturbed(
    empty_project: Project, written: str, chosen: Robustness
) -> None:
    assert read(empty_project, case=f"robustness: {written}") == chosen
    assert read(empty_project, defaults=f"defaults: {{robustness: {written}}}") == chosen


def test_nothing_said_is_not_nothing_chosen(empty_project: Project) -> None:
    assert read(empty_project) is None


def test_a_case_overrides_its_file(empty_project: Project) -> None:
    shared = "defaults: {robustness: {text: [typos]}}"
    assert read(empty_project, defaults=shared, case="robustness: false") == {}
    assert read(empty_project, defaults=shared, case="robustness: {labels: order}") == {
        "labels": ("order",)
    }


@pytest.mark.parametrize(
    ("written", "column", "message", "hint"),
    [
        ("{txt: all}", 18, "names variable 'txt', which the case does not have", "mean 'text'"),
        ("{text: [typo]}", 25, "'typos', 'case', 'whitespace'", "did you mean 'typos'?"),
        ("{text: everything}", 24, "'order' or 'lookalikes', found text 'everything'", None),
        ("{labels: [typos]}", 26, "'labels' is a list, which 'typos' cannot perturb", "'order'"),
        ("{age: [case]}", 23, "'age' is a number, which 'case' cannot perturb", "every way"),
        ("true", 17, "takes false or a mapping", "robustness: {VARIABLE: all}"),
        ("[text]", 17, "expected a mapping, found a list", None),
        ("{text: []}", 24, "must not be empty", None),
    ],
)  # fmt: skip
def test_what_cannot_be_perturbed_is_told_with_its_place(
    empty_project: Project, written: str, column: int, message: str, hint: str | None
) -> None:
    write(empty_project, case=f"robustness: {written}")
    (problem,) = errors(empty_project)
    assert message in problem.message
    assert hint is None or hint in (problem.hint or "")
    assert problem.where == f"testcases/mood.yaml:7:{column}"


def test_a_file_cannot_perturb_what_none_of_its_cases_has(empty_project: Project) -> None:
    write(empty_project, defaults="defaults: {robustness: {txt: all}}")
    (problem,) = errors(empty_project)
    assert problem.where == "testcases/mood.yaml:2:25"
    assert "which no case of this file has" in problem.message


def test_rows_take_the_choice_of_their_entry_or_file(empty_project: Project) -> None:
    empty_project.write("prompts/mood.yaml", "prompt: mood\nvariants: {a: {user: '{{ text }}'}}\n")
    empty_project.write("testcases/rows.csv", "text,label\nI love this day.,good\n")
    data = "data: [{file: rows.csv, expect: label%s}]\n"
    for own, chosen in ((", robustness: {text: [order]}", ("order",)), ("", ("typos",))):
        empty_project.write(
            "testcases/mood.yaml",
            "prompt: mood\ndefaults: {robustness: {text: [typos]}}\n" + data % own,
        )
        assert llmopt.load(empty_project.root).cases["mood"][0].robustness == {"text": chosen}
    empty_project.write("testcases/mood.yaml", "prompt: mood\n" + data % ", robustness: {txt: all}")
    (problem,) = errors(empty_project)
    assert problem.where == "testcases/mood.yaml:2:53"
    assert "which no row has" in problem.message


def test_a_row_whose_value_does_not_fit_is_told(empty_project: Project) -> None:
    empty_project.write("prompts/mood.yaml", "prompt: mood\nvariants: {a: {user: '{{ text }}'}}\n")
    empty_project.write("testcases/rows.jsonl", '{"text": "fine day"}\n{"text": ["a", "b"]}\n')
    empty_project.write(
        "testcases/mood.yaml",
        "prompt: mood\nscore: {length: {max_words: 3}}\n"
        "data: [{file: rows.jsonl, robustness: {text: typos}}]\n",
    )
    (problem,) = errors(empty_project)
    assert problem.where == "testcases/rows.jsonl:2:1"
    assert "'text' is a list, which 'typos' cannot perturb" in problem.message
