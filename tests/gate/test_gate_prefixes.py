from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conftest import Project

RULES = "Follow rule {} of the house to the letter. "
CASES = """\
prompt: mood
cases:
  - {id: a, vars: {text: "one", day: "Monday"}, expect: x}
  - {id: b, vars: {text: "two", day: "Friday"}, expect: x}
"""


def prompt(rules: int, *, day: str = "") -> str:
    text = "".join(RULES.format(i) for i in range(rules))
    return f"""\
prompt: mood
variants:
  one:
    cache: true
    system: |
      {day}{text}
    user: "{{{{ day }}}} {{{{ text }}}}"
"""


@pytest.fixture
def cached(empty_project: Project) -> Project:
    empty_project.write("llmopt.yaml", "models: [openai/gpt-5-mini]\ntraffic: {mood: 40000/day}\n")
    empty_project.write("prompts/mood.yaml", prompt(110))
    empty_project.write("testcases/mood.yaml", CASES)
    assert empty_project.llmopt("baseline", "update").code == 0
    return empty_project


def held(project: Project, *flags: str) -> tuple[int, list[dict[str, Any]]]:
    said = project.llmopt("gate", "--format", "json", *flags)
    assert said.code < 2, said.out + said.err
    found = json.loads(said.out)["findings"]
    return said.code, [one for one in found if one["code"] == "GATE121"]


def test_a_shorter_prefix_that_is_no_longer_cached_is_found_dearer(cached: Project) -> None:
    cached.write("prompts/mood.yaml", prompt(80))
    code, (found,) = held(cached)
    assert (code, found["severity"]) == (0, "warning")
    assert "below the 1,024 that are cached" in found["message"]
    assert "although it has fewer tokens" in found["message"]
    assert found["saving"]["dollars_per_month"] > 0
    assert "40,000 calls a day" in found["saving"]["assumption"]
    assert found["evidence"][0]["fact"] == "'day' is the first that varies"


def test_with_a_limit_on_cost_dollars_decide_not_tokens(cached: Project) -> None:
    cached.write("prompts/mood.yaml", prompt(80))
    code, (found,) = held(cached, "--cost", "+5%")
    assert (code, found["severity"]) == (1, "error")
    assert held(cached, "--cost", "+1000%")[0] == 0


def test_what_varies_early_is_named_where_it_stands(cached: Project) -> None:
    cached.write("prompts/mood.yaml", prompt(110, day="Today is {{ day }}. "))
    _, (found,) = held(cached)
    assert (found["file"], found["line"]) == ("prompts/mood.yaml", 6)


def test_a_prefix_that_stays_above_or_below_the_minimum_is_none_of_it(cached: Project) -> None:
    cached.write("prompts/mood.yaml", prompt(105))
    assert held(cached)[1] == []
    cached.write("prompts/mood.yaml", prompt(20))
    cached.llmopt("baseline", "update")
    cached.write("prompts/mood.yaml", prompt(10))
    assert held(cached)[1] == []


def test_where_nothing_is_marked_for_caching_nothing_is_lost(cached: Project) -> None:
    cached.write("llmopt.yaml", "models: [anthropic/claude-sonnet-4-5]\n")
    cached.write("prompts/mood.yaml", prompt(150).replace("    cache: true\n", ""))
    cached.llmopt("baseline", "update")
    cached.write("prompts/mood.yaml", prompt(50).replace("    cache: true\n", ""))
    assert held(cached)[1] == []
    cached.write("prompts/mood.yaml", prompt(50))
    assert len(held(cached)[1]) == 1
