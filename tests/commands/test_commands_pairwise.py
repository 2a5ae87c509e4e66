"""Runs judged by comparison with the baseline's reply."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.evaluate.scripted import Asking, Says, scripted

from llmopt.domain import Completion, Request, Usage

CONFIG = """\
models: [{id: scripted/writer, params: {temperature: 0.7}}, scripted/other]
judge_model: scripted/judge
"""
CASES = """\
prompt: mood
score: {judge: {rubric: The shorter reply is better., compare: baseline}}
cases:
  - {id: sunny, vars: {text: I love this wonderful day.}}
  - {id: rainy, vars: {text: I hate this awful rain.}}
  - {id: train, vars: {text: The train leaves at nine.}}
"""


def writes(request: Request) -> str:
    """Long replies to the long prompt; to the short one a short one, of a rainy day none."""
    if "Please read" in request.messages[-1].content:
        return "It seems to be rather positive."
    return "It seems to be rather positive." if "awful" in request.messages[-1].content else "good"


def judges(request: Request) -> str:
    text = request.messages[-1].content
    one, other = (text.index(f"<reply-{place}-") for place in "ab")
    short = text.index("\ngood\n")
    return json.dumps({"reason": "short", "score": "A" if one < short < other else "B"})


def first(_: Request) -> str:
    return '{"reason": "first", "score": "A"}'


@pytest.fixture
def says() -> dict[str, Says]:
    return {"writer": writes, "other": writes, "judge": judges}


@pytest.fixture
def run(
    project: Project, monkeypatch: pytest.MonkeyPatch, says: dict[str, Says]
) -> Iterator[Asking]:
    project.write("llmopt.yaml", CONFIG)
    project.write("testcases/mood.yaml", CASES)
    with scripted(monkeypatch, says) as asked:
        yield Asking(project, asked)


def accuracies(document: Any) -> dict[tuple[str, str], float]:
    return {(c["variant"], c["model"]): c["avg_accuracy"] for c in document["candidates"]}


@pytest.mark.parametrize("concurrency", ["1", "2", "50"])
def test_every_candidate_meets_the_baselines_reply_to_the_same_case(
    run: Asking, concurrency: str
) -> None:
    document = run.eval("--concurrency", concurrency)
    won = pytest.approx((1 + 1 + 0.5) / 3)
    assert accuracies(document) == {
        ("long", "scripted/writer"): 0.5,
        ("short", "scripted/writer"): won,
        ("long", "scripted/other"): 0.5,
        ("short", "scripted/other"): won,
    }
    assert run.count("writer") == run.count("other") == 6
    assert document["totals"]["position_bias"] == 0
    # Two cases differ; both models' short replies are the same, so the second pair is cached.
    assert run.count("judge") == 4


def test_a_judge_that_wavers_is_counted_and_told(run: Asking, says: dict[str, Says]) -> None:
    says["judge"] = first
    document = run.eval()
    assert set(accuracies(document).values()) == {0.5}
    assert document["totals"]["position_bias"] == 1
    said = " ".join(run.project.llmopt("runs", "show").out.split())
    assert "Position bias: the judge contradicted itself in the other order on 100% of 4" in said
    assert "50% is as good as the baseline" in said


def test_a_candidate_fails_with_its_baseline_and_is_not_asked(
    run: Asking, says: dict[str, Says]
) -> None:
    def fails(request: Request) -> str:
        if (
            "Please read" in request.messages[-1].content
            and "awful" in request.messages[-1].content
        ):
            raise ValueError("no rain")
        return writes(request)

    says["writer"] = fails
    document = run.eval("--concurrency", "1", code=3)
    assert {e["case"] for e in document["errors"]} == {"rainy"}
    told = [e["message"] for e in document["errors"] if e["kind"] == "judge"]
    assert len(told) == 3
    assert set(told) == {
        "no reply of the baseline to compare with: invalid_response: ValueError: no rain"
    }
    assert run.count("other") == 4
    says["writer"] = writes
    document = run.eval("--retry-errors")
    assert document["errors"] == []
    assert run.count("writer") == 6 + 1
    assert run.count("other") == 6


def test_a_run_that_goes_on_compares_with_the_replies_that_are_kept(
    run: Asking, says: dict[str, Says]
) -> None:
    says["judge"] = lambda _: "hm"
    run.eval(code=3)
    says["judge"] = judges
    says["writer"] = says["other"] = lambda _: "asked again"
    document = run.eval("--retry-errors")
    assert run.count("writer") == run.count("other") == 6
    assert accuracies(document)["short", "scripted/other"] == pytest.approx(2.5 / 3)


def test_when_the_baseline_changes_what_was_compared_with_it_is_run_anew(run: Asking) -> None:
    run.eval()
    prompt = run.project.root / "prompts/mood.yaml"
    prompt.write_text(prompt.read_text().replace("Please read", "Please read now"))
    run.eval("--resume", "latest")
    assert run.count("writer") == run.count("other") == 12


def test_until_decided_meets_the_baselines_replies_as_well(
    run: Asking, says: dict[str, Says]
) -> None:
    cases = "".join(f"  - {{id: c{n}, vars: {{text: I love number {n}.}}}}\n" for n in range(300))
    says["writer"] = lambda request: Completion(
        writes(request), Usage(len(request.messages[-1].content), 5)
    )
    run.project.write("testcases/mood.yaml", CASES.split("  - ", maxsplit=1)[0] + cases)
    document = run.eval("--until-decided", "--model", "scripted/writer", "--concurrency", "1")
    (rival,) = [c for c in document["candidates"] if c["variant"] == "short"]
    assert rival["verdict"]["decision"] == "adopt"
    assert rival["trials"] < 300
    assert rival["avg_accuracy"] == 1


def test_repeats_are_compared_each_with_its_own(run: Asking) -> None:
    document = run.eval("--repeat", "2", "--model", "scripted/writer")
    assert run.count("writer") == 12
    assert accuracies(document)["short", "scripted/writer"] == pytest.approx(2.5 / 3)


def test_without_its_baseline_nothing_can_be_compared(run: Asking) -> None:
    said = run.project.llmopt("eval", "--variant", "short")
    assert said.code == 2
    assert "which is not in this run" in " ".join(said.err.split())
    assert run.asked == {}


def test_the_reasons_of_the_lowest_scores_are_explained(run: Asking, says: dict[str, Says]) -> None:
    says["judge"] = lambda request: judges(request).translate(str.maketrans("AB", "BA"))
    said = run.project.llmopt("eval", "--explain", "--model", "scripted/writer", width=200)
    assert "case sunny scored 0: worse in both orders: short" in said.out
