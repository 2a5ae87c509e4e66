"""`eval --dry-run` where scorers ask models: the figures, and that the run keeps to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.evaluate.scripted import Asking, Says, scripted

from llmopt.domain import Completion, Request, Usage
from llmopt.tokens.counting import counter_for

CONFIG = """\
models:
  - {id: scripted/writer, price: {input: 100, output: 100}, params: {max_tokens: 20}}
  - {id: scripted/other, price: {input: 100, output: 100}, params: {max_tokens: 20}}
judge_model: {id: scripted/judge, price: {input: 1000, output: 3000}, params: {max_tokens: 30}}
embedding_model: {id: scripted/vectors, price: {input: 1000, output: 0}}
"""
COUNT = counter_for("scripted/any")
SCORERS = {
    "grades": "{judge: {rubric: The reply names a mood., scale: yes/no}}",
    "compares": "{judge: {rubric: The shorter one is better., compare: baseline}}",
    "means": "similarity",
    "mixes": "{all: [label, judge: {rubric: Polite.}, similarity: {expect: a mood}]}",
    "inverts": "{not: {judge: {rubric: It is rude.}}}",
}


def billed(request: Request, text: str) -> Completion:
    """Answer with the tokens that a provider would bill."""
    asked = COUNT.messages(request.messages).tokens
    return Completion(text, Usage(asked, COUNT.text(text).tokens), latency_ms=5.0)


def writes(request: Request) -> Completion:
    text = request.messages[-1].content
    if "awful" in text:
        return billed(request, "")
    return billed(request, "positive, I should think" if "Please" in text else "positive")


def other(request: Request) -> Completion:
    return billed(request, " ".join(["word"] * 20))


def judges(request: Request) -> Completion:
    score = "yes" if "names a mood" in request.messages[0].content else 4
    compared = "reply-a" in request.messages[-1].content
    return billed(request, json.dumps({"reason": "so", "score": "tie" if compared else score}))


@pytest.fixture
def says() -> dict[str, Says]:
    return {"writer": writes, "other": other, "judge": judges}


@pytest.fixture
def run(
    project: Project, monkeypatch: pytest.MonkeyPatch, says: dict[str, Says]
) -> Iterator[Asking]:
    configure(project, "grades")
    with scripted(monkeypatch, says) as asked:
        yield Asking(project, asked)


def configure(project: Project, scorer: str, config: str = CONFIG) -> None:
    project.write("llmopt.yaml", config)
    cases = (project.root / "testcases/mood.yaml").read_text().splitlines()
    cases[1] = f"score: {SCORERS[scorer]}"
    project.write("testcases/mood.yaml", "\n".join(cases))


def judged(document: Any) -> list[Any]:
    return [one for one in document["models"] if one["role"] == "judge"]


def within(figure: float, span: Any) -> bool:
    return bool(span["low"] <= figure <= span["high"])


@pytest.mark.parametrize("scorer", SCORERS)
def test_the_run_keeps_within_what_the_plan_said_of_its_judges(run: Asking, scorer: str) -> None:
    configure(run.project, scorer)
    plan = run.eval("--dry-run", "--repeat", "2")
    assert run.asked == {}
    document = run.eval("--repeat", "2")
    for one in judged(plan):
        asked = run.asked[one["model"].removeprefix("scripted/")]
        messages = [r.messages for r in asked]
        if one["model"] == "scripted/vectors":  # a text a message, ten tokens each
            assert within(sum(map(len, messages)), one["sent_calls"])
            continue
        assert within(len(messages), one["sent_calls"])
        assert within(sum(COUNT.messages(m).tokens for m in messages), one["input_range"])
    if scorer != "means":
        low, high = (sum(one["dollars"][end] for one in judged(plan)) for end in ("low", "high"))
        assert low <= document["totals"]["cost_by_role"]["judge"] <= high
    assert document["totals"]["cost"] <= plan["totals"]["dollars"]["high"]


def test_a_judge_of_replies_alike_is_asked_once_for_each_case_at_least(run: Asking) -> None:
    (judge,) = judged(run.eval("--dry-run"))
    assert judge["calls"] == 16
    assert judge["sent_calls"] == {"low": 4, "expected": 16, "high": 16}
    assert judge["input_tokens"] is None
    # Of 16 calls each may read 20 tokens of a reply (of `short`, 4) and say 30.
    low, high = judge["input_range"]["low"], judge["input_range"]["high"]
    assert high == 4 * low + 8 * 20 + 8 * 4
    assert judge["output_tokens"] == {"low": None, "expected": None, "high": 480}
    assert judge["dollars"]["high"] == pytest.approx((high * 1000 + 480 * 3000) / 1e6)


def test_after_a_run_its_judgements_are_what_is_expected(run: Asking) -> None:
    run.eval("--no-cache")
    (judge,) = judged(run.eval("--dry-run", "--no-cache"))
    asked = run.asked["judge"]
    said = sum(COUNT.text(judges(one).text or "").tokens for one in asked)
    assert judge["sent_calls"]["expected"] == len(asked) == 16
    read = sum(COUNT.messages(one.messages).tokens for one in asked)
    assert judge["input_range"]["expected"] == pytest.approx(read, rel=0.01)
    assert judge["output_tokens"]["expected"] == pytest.approx(said)
    assert judge["dollars"]["expected"] == pytest.approx(
        (read * 1000 + said * 3000) / 1e6, rel=0.01
    )
    assert judge["seconds"] == pytest.approx(16 * 0.005 / 8)


def test_what_is_known_to_be_cached_costs_nothing(run: Asking) -> None:
    configure(run.project, "grades", CONFIG.replace("max_tokens: 20", "temperature: 0"))
    run.eval()
    plan = run.eval("--dry-run")
    (judge,) = judged(plan)
    assert (judge["calls"], judge["cached_calls"], judge["input_tokens"]) == (16, 16, 0)
    assert judge["dollars"] == {"low": 0, "expected": 0, "high": 0}
    assert plan["totals"]["dollars"]["high"] == 0
    assert (plan["totals"]["calls"], plan["totals"]["cached_calls"]) == (32, 32)


def test_a_reply_may_equal_one_that_is_judged_already_and_then_costs_nothing(run: Asking) -> None:
    configure(run.project, "grades", CONFIG.replace("max_tokens: 20", "temperature: 0"))
    run.eval()
    asked = run.count("judge")
    (judge,) = judged(run.eval("--dry-run", "--repeat", "2"))
    assert judge["sent_calls"]["low"] == judge["dollars"]["low"] == 0
    run.eval("--repeat", "2")
    assert run.count("judge") == asked


def test_a_reply_may_equal_one_that_another_run_had_judged(
    run: Asking, says: dict[str, Says]
) -> None:
    run.eval()
    asked = run.count("judge")
    (judge,) = judged(run.eval("--dry-run", "--limit", "2"))
    assert judge["sent_calls"]["low"] == 0  # replies are not cached here, judgements are
    run.eval("--limit", "2")
    assert run.count("judge") == asked
    (judge,) = judged(run.eval("--dry-run", "--limit", "2", "--no-cache"))
    assert judge["sent_calls"]["low"] == 8


def test_a_comparison_asks_twice_or_not_at_all(run: Asking) -> None:
    configure(run.project, "compares")
    (judge,) = judged(run.eval("--dry-run"))
    # The baseline's own four replies are compared with nothing.
    assert judge["calls"] is None
    assert judge["sent_calls"] == {"low": 0, "expected": None, "high": 24}
    assert judge["dollars"]["low"] == 0
    run.eval("--no-cache")
    (judge,) = judged(run.eval("--dry-run", "--no-cache"))
    assert judge["sent_calls"]["expected"] == pytest.approx(run.count("judge"))


def test_a_reply_without_a_limit_leaves_the_most_unknown(run: Asking) -> None:
    configure(run.project, "grades", CONFIG.replace("max_tokens: 20", "top_p: 1"))
    plan = run.eval("--dry-run", "-v", "long")
    (judge,) = judged(plan)
    assert judge["sent_calls"]["high"] == 8
    assert judge["input_range"]["high"] is None
    assert judge["dollars"]["low"] > 0
    assert judge["dollars"]["high"] is plan["totals"]["dollars"]["high"] is None


def test_judgements_that_failed_are_planned_to_the_token(
    run: Asking, says: dict[str, Says]
) -> None:
    says["judge"] = lambda _: "I would rather not say."
    run.eval(code=3)
    says["judge"] = judges
    plan = run.eval("--dry-run", "--retry-errors")
    asked = run.count("judge")
    (judge,) = judged(plan)
    assert plan["models"][0]["calls"] == 0
    assert judge["input_tokens"] > 0
    run.eval("--retry-errors")
    anew = run.asked["judge"][asked:]
    assert judge["calls"] == 16
    assert within(len(anew), judge["sent_calls"])
    assert within(sum(COUNT.messages(m.messages).tokens for m in anew), judge["input_range"])


def test_a_judge_without_a_key_is_named_and_planned_all_the_same(
    run: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    judge = "judge_model: anthropic/claude-haiku-4-5"
    config = "\n".join(judge if "judge_model" in line else line for line in CONFIG.splitlines())
    configure(run.project, "grades", config)
    plan = run.eval("--dry-run")
    (outlay,) = judged(plan)
    assert (outlay["calls"], outlay["input_exact"]) == (16, False)
    assert outlay["output_tokens"]["high"] == 16 * 2000
    assert any("anthropic/claude-haiku-4-5: the run would" in note for note in plan["notes"])


def test_the_table_tells_the_judges_calls_tokens_and_dollars(run: Asking) -> None:
    text = " ".join(run.project.llmopt("eval", "--dry-run").out.split())
    assert "plan: 32 calls" in text
    assert "scripted/judge (judge): 4 to 16 calls, " in text
    assert "Judges read replies that are not there yet" in text


def test_a_run_until_decided_counts_its_judge_at_both_ends(run: Asking) -> None:
    ends = run.eval("--dry-run", "--until-decided")["until_decided"]
    assert ends["floor"]["dollars"] > 0
    assert ends["ceiling"]["trials"] == 16
    assert ends["ceiling"]["dollars"] > ends["floor"]["dollars"]
