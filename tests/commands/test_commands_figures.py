"""Every figure of an evaluation, reckoned a second time from what the server itself has billed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion, message, openai_error
from tests.wire.server import ModelServer, Reply, Seen
from tests.wire.threaded import serving

PRICE = {"input": 3.0, "output": 7.0, "cached_input": 0.5, "cache_write": 4.0}
CASES = 40
SOON = {"retry-after-ms": "1"}
FIGURES = (
    "trials", "errors", "avg_input_tokens", "avg_output_tokens", "avg_total_tokens",
    "avg_accuracy", "efficiency_score", "cost_per_1k_calls", "cost_per_correct",
)  # fmt: skip


@dataclass(frozen=True)
class Bill:
    """One answered request, as the provider would charge it: tokens by their rates."""

    variant: str
    right: bool
    fresh: int
    read: int
    written: int
    output: int

    @property
    def input(self) -> int:
        return self.fresh + self.read + self.written

    @property
    def dollars(self) -> float:
        rates = (PRICE["input"], PRICE["cached_input"], PRICE["cache_write"], PRICE["output"])
        parts = (self.fresh, self.read, self.written, self.output)
        return sum(rate * tokens for rate, tokens in zip(rates, parts, strict=True)) / 1e6


@dataclass
class Till:
    """A server that answers each request by its own rules, always alike, and keeps the bills.

    Of the requests a ninth is refused for good, a fifth fails at first and a fifth is refused
    at first.
    """

    bills: list[Bill] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)

    def answer(self, seen: Seen) -> Reply:
        text = seen.body["messages"][-1]["content"]
        variant = "short" if text.startswith("Mood:") else "long"
        draw = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        self.came[text] += 1
        if draw % 9 == 0:
            self.refused[variant] += 1
            return Reply(400, openai_error("No."))
        if self.came[text] == 1 and draw % 5 < 2:
            return Reply((500, 429)[draw % 5], openai_error("Later."), SOON)
        bill = Bill(
            variant,
            right=draw % 3 > 0,
            fresh=20 + draw % 31,
            read=draw % 7,
            written=draw % 4,
            output=1 + draw % 11,
        )
        self.bills.append(bill)
        told = "positive" if bill.right else "negative"
        anthropic = seen.path.endswith("/messages")
        return Reply(body=message(told, usage=_messages_usage(bill)) if anthropic
                     else chat_completion(told, usage=_chat_usage(bill)))  # fmt: skip

    def of(self, variant: str) -> list[Bill]:
        return [bill for bill in self.bills if bill.variant == variant]


def _chat_usage(bill: Bill) -> Mapping[str, Any]:
    return {
        "prompt_tokens": bill.input,
        "completion_tokens": bill.output,
        "total_tokens": bill.input + bill.output,
        "prompt_tokens_details": {"cached_tokens": bill.read, "cache_write_tokens": bill.written},
        "completion_tokens_details": {"reasoning_tokens": bill.output // 2},
    }


def _messages_usage(bill: Bill) -> Mapping[str, Any]:
    return {
        "input_tokens": bill.fresh,
        "cache_read_input_tokens": bill.read,
        "cache_creation_input_tokens": bill.written,
        "output_tokens": bill.output,
    }


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


@pytest.fixture
def till(empty_project: Project, server: ModelServer, provider: str) -> Till:
    till = Till()
    server.well = till.answer
    suffix = "/v1" if provider == "openai" else ""
    model = {
        "id": f"{provider}/a-model",
        "base_url": server.url + suffix,
        "price": PRICE,
        "params": {"temperature": 0},
    }
    variants = {"long": {"user": "Please say the mood of: {{ text }}"},
                "short": {"user": "Mood: {{ text }}"}}  # fmt: skip
    cases = [
        {"id": f"c{n}", "vars": {"text": f"day {n}"}, "expect": "positive"} for n in range(CASES)
    ]
    for name, document in {
        "llmopt.yaml": {"models": [model]},
        "prompts/mood.yaml": {"prompt": "mood", "baseline": "long", "variants": variants},
        "testcases/mood.yaml": {"prompt": "mood", "score": "label", "cases": cases},
    }.items():
        empty_project.write(name, json.dumps(document))
    return till


def evaluated(project: Project, *arguments: str) -> Any:
    said = project.llmopt("eval", "--format", "json", *arguments)
    assert said.code == 3, said.err  # some trials fail
    return json.loads(said.out)


def figures(document: Any) -> dict[str, dict[str, float]]:
    return {c["variant"]: {name: c[name] for name in FIGURES} for c in document["candidates"]}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_every_figure_is_what_the_provider_s_bills_come_to(
    empty_project: Project, till: Till
) -> None:
    document = evaluated(empty_project, "--record", "replies.jsonl")
    for variant, found in figures(document).items():
        bills = till.of(variant)
        accuracy = fmean(bill.right for bill in bills)
        total = fmean(bill.input + bill.output for bill in bills)
        dollars = sum(bill.dollars for bill in bills)
        assert found == pytest.approx(
            {
                "trials": CASES,
                "errors": CASES - len(bills),
                "avg_input_tokens": fmean(bill.input for bill in bills),
                "avg_output_tokens": fmean(bill.output for bill in bills),
                "avg_total_tokens": total,
                "avg_accuracy": accuracy,
                "efficiency_score": accuracy / total * 1000,
                "cost_per_1k_calls": dollars / len(bills) * 1000,
                "cost_per_correct": dollars / sum(bill.right for bill in bills),
            }
        )
        assert till.refused[variant] == found["errors"] > 0, "refusals for good are not retried"
    totals = document["totals"]
    dollars = sum(bill.dollars for bill in till.bills)
    assert totals["calls"] == len(till.bills)
    assert totals["input_tokens"] == sum(bill.input for bill in till.bills)
    assert totals["output_tokens"] == sum(bill.output for bill in till.bills)
    assert totals["cost"] == pytest.approx(dollars)
    assert totals["cost_by_role"] == pytest.approx(
        {"generation": dollars, "judge": 0, "retries": 0}
    )
    assert totals["retries"] == till.came.total() - len(till.came) > 0


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_cache_a_recording_and_an_export_give_the_same_figures(
    empty_project: Project, till: Till
) -> None:
    first = evaluated(empty_project, "--record", "replies.jsonl")
    billed = len(till.bills)
    again = evaluated(empty_project)
    assert figures(again) == figures(first)
    assert again["totals"]["cached_calls"] == billed == len(till.bills)
    assert again["totals"]["cost"] == 0
    exported = empty_project.llmopt("runs", "export", first["run"]["id"], "-o", "export.jsonl")
    assert exported.code == 0, exported.err
    for name in ("replies", "export"):
        replayed = evaluated(empty_project, "--model", f"recorded/{name}.jsonl")
        assert figures(replayed) == figures(first)
    assert len(till.bills) == billed
