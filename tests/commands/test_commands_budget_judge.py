"""`eval --max-cost` where a judge is paid as well: the limit is never passed, whatever fails."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion, openai_error
from tests.wire.server import ModelServer, Reply, Seen
from tests.wire.threaded import serving

from llmopt.evaluate import pacing
from llmopt.tokens.counting import counter_for

INPUT, OUTPUT = 100, 1000
"""Dollars per million tokens."""

MOST = 12
FAULTS = (
    Reply(429, openai_error("slow down"), {"retry-after-ms": "1"}),
    Reply(500, openai_error("oh no"), {"retry-after-ms": "1"}),
    Reply(503, openai_error("busy"), {"retry-after-ms": "1"}),
    Reply(200, openai_error("in a success")),
    Reply(200, b"not JSON"),
)


class Till:
    """Answers candidates and the judge at random cost, some with faults, and adds up its bill.

    Of a fault after which a provider may still charge, it charges all that it can.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self.count = counter_for("openai/gpt-4o")
        self.billed = 0.0
        self.judged = 0

    def __call__(self, seen: Seen) -> Reply:
        judge = seen.body["model"] == "judge"
        self.judged += judge
        asked = 3 + sum(3 + self.count.text(m["content"]).tokens for m in seen.body["messages"])
        if self.random.random() < 0.25:
            fault = self.random.choice(FAULTS)
            if fault.status in {200, 500}:
                self.billed += (asked * INPUT + MOST * OUTPUT) / 1e6
            return fault
        said = self.random.randint(1, MOST)
        self.billed += (asked * INPUT + said * OUTPUT) / 1e6
        text = '{"reason": "so", "score": 4}' if judge else f"reply {self.random.random()}"
        usage = {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}
        return Reply(body=chat_completion(text, usage=usage))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF", 0.001)
    monkeypatch.setattr(pacing, "LONGEST_BACKOFF", 0.002)
    with serving() as server:
        yield server


def configure(project: Project, server: ModelServer, scorer: str) -> None:
    rates = f"price: {{input: {INPUT}, output: {OUTPUT}}}, params: {{max_tokens: {MOST}}}"
    where = f"base_url: '{server.url}/v1', {rates}"
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - {{id: openai/gpt-4o, name: one, {where}}}
          - {{id: openai/gpt-4o-mini, name: two, {where}}}
        judge_model: {{id: openai/judge, {where}}}
        """,
    )
    cases = [{"id": f"c{i}", "vars": {"text": "word " * i}} for i in range(1, 9)]
    project.write(
        "testcases/mood.yaml",
        json.dumps({"prompt": "mood", "score": {"judge": json.loads(scorer)}, "cases": cases}),
    )
    variants = {"long": {"user": "Say it: {{ text }}"}, "short": {"user": "{{ text }}"}}
    prompt = {"prompt": "mood", "baseline": "long", "variants": variants}
    project.write("prompts/mood.yaml", json.dumps(prompt))


def evaluated(project: Project, *arguments: str) -> Any:
    said = project.llmopt("eval", "--format", "json", "--concurrency", "16", *arguments)
    assert said.code in {0, 3}, said.err
    return json.loads(said.out)


@pytest.mark.parametrize("limit", [0.3, 1.0, 3.0])
@pytest.mark.parametrize(
    "scorer",
    ['{"rubric": "Polite."}', '{"rubric": "Polite.", "compare": "baseline"}'],
    ids=["grading", "comparing"],
)
def test_the_limit_is_never_passed_with_a_judge_in_play(
    project: Project, server: ModelServer, scorer: str, limit: float
) -> None:
    till = Till(seed=round(limit * 100))
    server.well = till
    configure(project, server, scorer)
    document = evaluated(project, "--max-cost", str(limit))
    budget = document["totals"]["budget"]
    assert till.billed <= budget["spent"] + 1e-9 <= limit + 2e-9
    for _ in range(3):
        before = till.billed
        document = evaluated(project, "--resume", "--retry-errors", "--max-cost", str(limit))
        assert till.billed - before <= document["totals"]["budget"]["spent"] + 1e-9 <= limit + 2e-9
    assert till.judged > 0


def test_a_run_that_its_judge_ended_goes_on_without_paying_a_reply_twice(
    project: Project, server: ModelServer
) -> None:
    asked: list[Any] = []

    def sound(seen: Seen) -> Reply:
        if seen.body["model"] != "judge":
            asked.append((seen.body["model"], json.dumps(seen.body["messages"])))
        judge = seen.body["model"] == "judge"
        return Reply(body=chat_completion('{"score": 4}' if judge else "fine"))

    server.well = sound
    configure(project, server, '{"rubric": "Polite."}')
    document = evaluated(project, "--max-cost", "0.06")
    assert document["run"]["status"] == "partial"
    document = evaluated(project, "--resume", "--max-cost", "5")
    assert document["run"]["status"] == "complete"
    assert len(asked) == len(set(asked)) == 32
