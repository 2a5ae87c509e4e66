"""Runs whose replies are compared by their vectors."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.evaluate.scripted import scripted

from llmopt.domain import Request
from llmopt.errors import ProviderError

CONFIG = """\
models: [scripted/writer]
embedding_model: {id: scripted/vectors, price: {input: 100, output: 0}}
"""
CASES = """\
prompt: mood
score: similarity
cases:
  - {id: same, vars: {text: one}, expect: aa}
  - {id: other, vars: {text: two}, expect: oo}
  - {id: several, vars: {text: three}, expect: [oo, aaaa, ee]}
"""


@pytest.fixture
def asked(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[Request]]]:
    project.write("llmopt.yaml", CONFIG)
    project.write("testcases/mood.yaml", CASES)
    with scripted(monkeypatch, {"writer": lambda _: "a aah"}) as asked:
        yield asked


def evaluated(project: Project, *arguments: str, code: int = 0) -> Any:
    said = project.llmopt("eval", "--format", "json", "--variant", "long", *arguments)
    assert said.code == code, (said.err, said.out)
    return json.loads(said.out)


def test_the_closest_expected_text_counts(
    project: Project, asked: dict[str, list[Request]]
) -> None:
    document = evaluated(project)
    (candidate,) = document["candidates"]
    assert candidate["avg_accuracy"] == pytest.approx(2 / 3)
    # Five distinct texts, ten tokens each, each asked for once.
    texts = [m.content for r in asked["vectors"] for m in r.messages]
    assert sorted(texts) == ["a aah", "aa", "aaaa", "ee", "oo"]
    assert document["totals"]["cost_by_role"]["judge"] == pytest.approx(5 * 10 * 100 / 1e6)
    evaluated(project)
    assert len([m for r in asked["vectors"] for m in r.messages]) == 5


def test_a_threshold_makes_it_right_or_wrong(
    project: Project, asked: dict[str, list[Request]]
) -> None:
    cases = CASES.replace("similarity", "{similarity: {threshold: 0.9, expect: aaae}}")
    project.write("testcases/mood.yaml", cases)
    (candidate,) = evaluated(project)["candidates"]
    assert candidate["avg_accuracy"] == 1
    project.write("testcases/mood.yaml", cases.replace("0.9", "0.96"))
    (candidate,) = evaluated(project)["candidates"]
    assert candidate["avg_accuracy"] == 0


def test_a_text_without_a_direction_fails_the_trial_as_judge(
    project: Project, asked: dict[str, list[Request]]
) -> None:
    project.write("testcases/mood.yaml", CASES.replace("expect: aa", "expect: zz"))
    document = evaluated(project, code=3)
    (error,) = document["errors"]
    assert error["kind"] == "judge"
    assert "without a direction" in error["message"]


def test_a_text_that_is_refused_fails_its_own_trials_alone_and_what_was_paid_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def picky(request: Request) -> str:
        if any(message.content == "oo" for message in request.messages):
            raise ProviderError("bad_request", "too much")
        return ""

    project.write("llmopt.yaml", CONFIG)
    project.write("testcases/mood.yaml", CASES)
    with scripted(monkeypatch, {"writer": lambda _: "a aah", "vectors": picky}):
        document = evaluated(project, code=3)
    assert {(one["case"], one["kind"]) for one in document["errors"]} == {
        ("other", "judge"),
        ("several", "judge"),
    }
    # Four of the five distinct texts, ten tokens each.
    assert document["totals"]["cost_by_role"]["judge"] == pytest.approx(4 * 10 * 100 / 1e6)


def test_without_a_model_the_file_is_wrong(
    project: Project, asked: dict[str, list[Request]]
) -> None:
    project.write("llmopt.yaml", "models: [scripted/writer]\n")
    said = project.llmopt("eval")
    assert said.code == 2
    assert "scorer 'similarity' has no model to ask" in said.err
    assert "testcases/mood.yaml:2:8" in said.err
    project.write("llmopt.yaml", "models: [scripted/writer]\nembedding_model: embedded/rules\n")
    said = project.llmopt("eval")
    assert said.code == 2
    assert "embedded/rules turns no texts into vectors" in said.err
