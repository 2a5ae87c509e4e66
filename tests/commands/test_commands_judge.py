"""Runs in which a model judges: what it is asked, what it costs, what goes wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.evaluate.scripted import Asking, Says, scripted

from llmopt.api import endpoints
from llmopt.domain import Completion, Limits, Request, Usage
from llmopt.evaluate.pacing import Paced
from llmopt.providers.base import Provider

CONFIG = """\
models:
  - {id: scripted/writer, price: {input: 1, output: 1}, params: {temperature: 0.7}}
judge_model: {id: scripted/judge, price: {input: 10, output: 10}, params: {max_tokens: 99}}
"""
CASES = """\
prompt: mood
score: {judge: {rubric: The reply names a mood., scale: yes/no}}
cases:
  - {id: sunny, vars: {text: I love this wonderful day.}}
  - {id: rainy, vars: {text: I hate this awful rain.}, expect: negative}
"""


def writes(request: Request) -> str:
    return "positive" if "love" in request.messages[-1].content else "no idea"


def judges(request: Request) -> str:
    kind = "yes" if "positive\n</reply" in request.messages[-1].content else "no"
    return json.dumps({"reason": f"says {kind}", "score": kind})


@pytest.fixture
def says() -> dict[str, Says]:
    return {"writer": writes, "judge": judges}


@pytest.fixture
def run(
    project: Project, monkeypatch: pytest.MonkeyPatch, says: dict[str, Says]
) -> Iterator[Asking]:
    project.write("llmopt.yaml", CONFIG)
    project.write("testcases/mood.yaml", CASES)
    with scripted(monkeypatch, says) as asked:
        yield Asking(project, asked)


def test_judging_is_counted_and_paid_apart(run: Asking) -> None:
    document = run.eval()
    roles = document["totals"]["cost_by_role"]
    assert document["totals"]["calls"] == 8
    assert roles["generation"] == pytest.approx(4 * 110 / 1e6)
    # Both variants say the same of a case: the judge is asked once and answers twice.
    assert roles["judge"] == pytest.approx(2 * 1100 / 1e6)
    for candidate in document["candidates"]:
        assert candidate["avg_accuracy"] == 0.5
        assert candidate["avg_total_tokens"] == 110
        assert candidate["cost_per_1k_calls"] == pytest.approx(0.11)
        assert candidate["latency_p50_ms"] == 5


def test_the_judge_is_asked_steadily_with_its_own_parameters(run: Asking) -> None:
    run.eval()
    assert {json.dumps(r.params, sort_keys=True) for r in run.asked["judge"]} == {
        '{"max_tokens": 99, "seed": 0, "temperature": 0}'
    }
    (reference,) = [r for r in run.asked["judge"] if "<reference-" in r.messages[-1].content]
    assert "negative" in reference.messages[-1].content


def test_judgements_come_from_the_cache_where_replies_do_not(run: Asking) -> None:
    run.eval()
    before = run.count("writer")
    document = run.eval()
    assert run.count("writer") == 2 * before
    assert run.count("judge") == 2
    assert document["totals"]["cost_by_role"]["judge"] == 0
    run.eval("--no-cache")
    assert run.count("judge") == 6


def test_a_judge_that_cannot_be_read_fails_the_trial_and_is_asked_again_for_the_same_reply(
    run: Asking, says: dict[str, Says]
) -> None:
    says["judge"] = lambda _: "I would rather not say."
    document = run.eval(code=3)
    assert {one["kind"] for one in document["errors"]} == {"judge"}
    assert "I would rather not say." in document["errors"][0]["message"]
    assert [c["avg_accuracy"] for c in document["candidates"]] == [None, None]
    paid = document["totals"]["cost_by_role"]["generation"]
    in_vain = document["totals"]["cost_by_role"]["judge"]
    says["judge"] = judges
    document = run.eval("--retry-errors")
    assert document["errors"] == []
    assert [c["avg_accuracy"] for c in document["candidates"]] == [0.5, 0.5]
    assert [c["avg_total_tokens"] for c in document["candidates"]] == [110, 110]
    assert run.count("writer") == 4
    assert document["totals"]["cost_by_role"]["generation"] == pytest.approx(paid)
    assert document["totals"]["cost_by_role"]["retries"] == pytest.approx(in_vain)
    assert in_vain > 0
    anew = document["totals"]["cost_by_role"]["judge"]
    assert document["totals"]["cost"] == pytest.approx(paid + in_vain + anew)


def test_a_judge_that_is_named_as_a_model_is_asked_as_it_is_configured(run: Asking) -> None:
    run.project.write(
        "llmopt.yaml",
        "models: [scripted/writer]\n"
        "judge_model: {id: scripted/judge, price: {input: 1, output: 1}, params: {top_p: 0.5}}\n",
    )
    document = run.eval("--model", "scripted/judge")
    assert all(request.params["top_p"] == 0.5 for request in run.asked["judge"])
    assert document["totals"]["cost"] > 0


@pytest.mark.parametrize("text", ["", '{"reason": "it is ver'])
def test_a_judge_that_was_cut_off_is_told_to_be(
    run: Asking, says: dict[str, Says], text: str
) -> None:
    says["judge"] = lambda _: Completion(text, Usage(100, 30), finish_reason="length")
    message = run.eval(code=3)["errors"][0]["message"]
    assert message.endswith("cut off by its limit: raise max_tokens in the judge's params")


def test_a_judge_that_does_not_answer_fails_the_trial_as_judge(
    run: Asking, says: dict[str, Says]
) -> None:
    def refuses(_: Request) -> str:
        raise ValueError("out of order")

    says["judge"] = refuses
    document = run.eval(code=3)
    assert document["errors"][0]["kind"] == "judge"
    assert "judge scripted/judge: invalid_response" in document["errors"][0]["message"]


def test_a_parameter_that_the_judge_refuses_is_left_out(run: Asking, says: dict[str, Says]) -> None:
    from llmopt.errors import ProviderError

    def picky(request: Request) -> str:
        if "temperature" in request.params:
            raise ProviderError("bad_request", "Unsupported value: 'temperature' must be 1")
        return judges(request)

    says["judge"] = picky
    document = run.eval()
    assert document["errors"] == []
    assert "temperature" not in run.asked["judge"][-1].params


def test_a_judge_that_is_under_test_is_warned_of(run: Asking) -> None:
    run.project.write("llmopt.yaml", "models: [scripted/writer]\njudge_model: scripted/writer\n")
    said = run.project.llmopt("eval")
    wanted = "WARNING: the judge scripted/writer also wrote replies that it judges (mood/long"
    assert wanted in said.err
    assert wanted.split("(", maxsplit=1)[0].strip() in " ".join(said.out.split())


def test_a_judge_that_is_under_test_shares_one_model_s_limits(
    run: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[Limits] = []

    class Counted(Paced):
        def __init__(self, provider: Provider, *, limits: Limits, **more: Any) -> None:
            lines.append(limits)
            super().__init__(provider, limits=limits, **more)

    monkeypatch.setattr(endpoints, "Paced", Counted)
    model = "{id: scripted/writer, limits: {requests_per_minute: 600}}"
    run.project.write("llmopt.yaml", f"models: [{model}]\njudge_model: scripted/writer\n")
    assert run.project.llmopt("eval").code in (0, 3)
    assert lines == [Limits(requests_per_minute=600)]
    assert len(run.asked["writer"]) > 4  # replies and judgements


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("embedded/rules", "which cannot judge: it is no language model"),
        ("recorded/a.jsonl", "which cannot judge: it only replays"),
        ("nobody", "names an unknown model 'nobody'"),
    ],
)
def test_who_cannot_judge_is_refused_with_the_place(run: Asking, model: str, why: str) -> None:
    cases = CASES.replace("scale: yes/no", f"model: {model}")
    run.project.write("testcases/mood.yaml", cases)
    said = run.project.llmopt("eval")
    assert said.code == 2
    assert "testcases/mood.yaml:2:9" in said.err
    assert why in " ".join(said.err.split())
    assert run.asked == {}


def test_a_run_does_not_go_on_with_another_judge(run: Asking) -> None:
    run.eval()
    run.project.write("llmopt.yaml", CONFIG.replace("max_tokens: 99", "max_tokens: 9"))
    said = run.project.llmopt("eval", "--resume", "latest")
    assert said.code == 2
    assert "the judges have changed" in said.err


def test_a_recording_of_a_judged_run_replays_without_a_judge(run: Asking) -> None:
    first = run.eval("--record", "a.jsonl")
    asked = run.count("judge")
    again = run.eval("--model", "recorded/a.jsonl")
    assert run.count("judge") == asked
    accuracies = [[c["avg_accuracy"] for c in one["candidates"]] for one in (first, again)]
    assert accuracies[0] == accuracies[1]


def test_a_judge_may_judge_recorded_replies(run: Asking) -> None:
    run.eval("--record", "a.jsonl")
    lines = [json.loads(line) for line in (run.project.root / "a.jsonl").read_text().splitlines()]
    run.project.write(
        "b.jsonl", "\n".join(json.dumps({**line, "score": None}) for line in lines) + "\n"
    )
    document = run.eval("--model", "recorded/b.jsonl", "--no-cache")
    assert [c["avg_accuracy"] for c in document["candidates"]] == [0.5, 0.5]
    assert document["totals"]["cost_by_role"]["judge"] > 0


def test_a_budget_covers_judging_too(run: Asking) -> None:
    config = CONFIG.replace("temperature: 0.7", "temperature: 0.7, max_tokens: 20")
    run.project.write("llmopt.yaml", config)
    document = run.eval("--max-cost", "0.006", "--concurrency", "1", code=3)
    assert document["run"]["status"] == "partial"
    assert document["totals"]["cost"] <= 0.006
    assert run.count("judge") == 0  # its worst case does not fit
    run.project.write("llmopt.yaml", config.replace(", price: {input: 10, output: 10}", ""))
    said = run.project.llmopt("eval", "--max-cost", "1")
    assert said.code == 2
    assert "unknown: scripted/judge" in said.err
