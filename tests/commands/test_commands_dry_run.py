"""`eval --dry-run`: the plan with its dollars, and no call."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion
from tests.wire.server import ModelServer, Reply
from tests.wire.threaded import serving


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


def configure(
    project: Project, server: ModelServer, *, params: str = "{temperature: 0}", more: str = ""
) -> None:
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: openai/gpt-4o
            name: paid
            base_url: {server.url}/v1
            price: {{input: 1000, output: 10000}}
            params: {params}
            {more}
        """,
    )


def planned(project: Project, *arguments: str) -> Any:
    said = project.llmopt("eval", "--dry-run", "--format", "json", *arguments)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_nothing_is_asked_and_nothing_is_written(project: Project, server: ModelServer) -> None:
    configure(project, server)
    before = sorted(project.root.rglob("*"))
    assert project.llmopt("eval", "--dry-run").code == 0
    assert server.seen == []
    assert sorted(project.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("params", "exact"),
    [
        ("{tools: [{type: function, function: {name: look_up}}]}", False),
        ("{response_format: {type: json_schema, json_schema: {name: a, schema: {}}}}", False),
        ("{response_format: {type: json_object}, tools: [], stop: [x]}", True),
    ],
)
def test_what_tools_and_schemas_add_is_said_to_be_uncounted(
    project: Project, server: ModelServer, params: str, *, exact: bool
) -> None:
    configure(project, server, params=params)
    plan = planned(project)
    assert plan["totals"]["input_exact"] is exact
    notes = " ".join(plan["notes"])
    assert ("Tools and schemas are input as well" in notes) is not exact
    assert "tokenizer is not published" not in notes


def test_input_tokens_are_those_that_the_run_then_counts(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    totals = planned(project, "--repeat", "2")["totals"]
    assert totals["calls"] == 16
    assert totals["input_exact"] is True
    server.well = lambda _: Reply(body=chat_completion(usage=None))  # so that llmopt counts
    assert project.llmopt("eval", "-q", "--repeat", "2").code == 0
    with sqlite3.connect(project.root / ".llmopt/runs.db") as store:
        ((counted,),) = store.execute("SELECT sum(counted_input) FROM calls")
    store.close()
    assert totals["input_tokens"] == counted > 0


def test_without_history_the_length_of_replies_is_unknown(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    document = planned(project)
    long, short = document["candidates"]
    assert long["output_tokens"] == {"low": None, "expected": None, "high": None}
    assert long["dollars"]["expected"] is None
    assert long["dollars"]["high"] is None
    assert short["output_tokens"] == {"low": None, "expected": None, "high": 16}
    assert short["output_high_basis"] == "limit"
    assert short["dollars"]["high"] == pytest.approx(
        (short["input_tokens"] * 1000 + 16 * 10000) / 1e6
    )
    assert document["totals"]["dollars"]["high"] is None
    assert document["totals"]["seconds"] is None


def test_after_a_run_its_replies_are_expected_again(project: Project, server: ModelServer) -> None:
    configure(project, server, params="{temperature: 1}")
    assert project.llmopt("eval", "-q").code == 0
    document = planned(project)
    long, short = document["candidates"]
    assert long["output_tokens"] == {"low": 8, "expected": 8, "high": 8}
    assert long["output_high_basis"] == "history"
    assert short["output_tokens"] == {"low": 8, "expected": 8, "high": 16}
    assert document["totals"]["dollars"]["expected"] == pytest.approx(
        (document["totals"]["input_tokens"] * 1000 + 16 * 10000) / 1e6
    )
    assert document["totals"]["seconds"] > 0


def test_a_changed_variant_has_no_history(project: Project, server: ModelServer) -> None:
    configure(project, server, params="{temperature: 1}")
    assert project.llmopt("eval", "-q").code == 0
    prompts = project.root / "prompts/mood.yaml"
    prompts.write_text(prompts.read_text().replace("Please read", "Do read"))
    long, short = planned(project)["candidates"]
    assert long["output_tokens"]["expected"] is None
    assert short["output_tokens"]["expected"] == 8


def test_what_the_cache_answers_costs_nothing_and_is_not_counted_as_a_hit(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    assert project.llmopt("eval", "-q", "--variant", "short").code == 0
    document = planned(project)
    assert document["totals"]["calls"] == 8
    assert document["totals"]["cached_calls"] == 4
    assert document["candidates"][1]["dollars"] == {"low": 0, "expected": 0, "high": 0}
    stats = json.loads(project.llmopt("cache", "stats", "--format", "json").out)
    assert stats["hits"] == 0
    assert planned(project, "--no-cache")["totals"]["cached_calls"] == 0
    assert planned(project, "--repeat", "2")["totals"]["cached_calls"] == 4


def test_where_the_cache_answers_all_nothing_is_sent_priced_or_waited_for(
    project: Project, server: ModelServer
) -> None:
    configure(project, server)
    text = (project.root / "llmopt.yaml").read_text()
    unpriced = text.replace("openai/gpt-4o", "openai/nobody-s").replace("price:", "headers: {} #")
    project.write("llmopt.yaml", unpriced)
    assert project.llmopt("eval", "-q").code == 0
    said = project.llmopt("eval", "--dry-run").out
    assert said.startswith("plan: 8 calls, 8 of them cached\npaid (generation): 0 calls, $0\n\n")
    assert planned(project)["totals"]["dollars"] == {"low": 0, "expected": 0, "high": 0}


def test_equal_requests_of_one_plan_are_sent_once(project: Project, server: ModelServer) -> None:
    configure(project, server)
    cases = (project.root / "testcases/mood.yaml").read_text()
    twin = '  - {id: twin, vars: {text: "Not bad at all."}, expect: positive}\n'
    project.write("testcases/mood.yaml", cases + twin)
    assert planned(project)["totals"]["cached_calls"] == 2
    assert project.llmopt("eval", "-q").code == 0
    assert len(server.seen) == 8


def test_a_model_without_a_price_is_named(project: Project, server: ModelServer) -> None:
    configure(project, server)
    text = (project.root / "llmopt.yaml").read_text()
    project.write(
        "llmopt.yaml",
        text.replace("openai/gpt-4o", "openai/nobody-s").replace("price:", "headers: {} #"),
    )
    document = planned(project)
    assert document["totals"]["dollars"] == {"low": None, "expected": None, "high": None}
    assert document["models"][0]["price_known"] is False
    assert "No price is known for paid" in project.llmopt("eval", "--dry-run").out


def test_until_decided_gives_floor_and_ceiling(project: Project, server: ModelServer) -> None:
    configure(project, server)
    document = planned(project, "--until-decided", "--margin", "60", "--target", "suite")
    bounds = document["until_decided"]
    assert 0 < bounds["floor"]["trials"] < bounds["ceiling"]["trials"] == 8
    assert bounds["floor"]["dollars"] < document["totals"]["dollars"]["low"]
    assert planned(project)["until_decided"] is None


def test_what_is_left_of_a_run_can_be_planned(project: Project, server: ModelServer) -> None:
    configure(project, server, params="{max_tokens: 4}")
    assert project.llmopt("eval", "--max-cost", "0.4", "-q").code == 3
    sent = len(server.seen)
    assert 0 < sent < 8
    totals = planned(project, "--resume")["totals"]
    assert totals["kept_trials"] == sent
    assert totals["calls"] == 8 - sent


def test_a_missing_key_is_told_and_the_plan_is_there_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    said = project.llmopt("eval", "--dry-run", "-m", "anthropic/claude-haiku-4-5")
    assert said.code == 0, said.err
    assert "A key (or header) is missing for anthropic/claude-haiku-4-5" in said.out
    assert "~" in said.out
    document = planned(project, "-m", "anthropic/claude-haiku-4-5")
    # Where nothing is set, 1,024 tokens are: Anthropic wants a limit.
    assert document["candidates"][0]["output_tokens"]["high"] == 4096


def test_declared_limits_bound_the_time_from_below(project: Project, server: ModelServer) -> None:
    configure(project, server, more="limits: {requests_per_minute: 2}")
    assert planned(project)["models"][0]["least_seconds"] == 180


def test_what_the_cases_can_show_is_told_with_its_source(project: Project) -> None:
    assumed = planned(project)["detectable"][0]
    assert assumed["run"] is None
    assert [one["discordance"] for one in assumed["candidates"]] == [0.0, 0.05, 0.1, 0.2]
    assert project.llmopt("eval", "-q").code == 0
    seen = planned(project)["detectable"][0]
    assert seen["run"]
    assert [one["variant"] for one in seen["candidates"]] == ["short"]


def test_csv_has_a_row_for_each_candidate(project: Project) -> None:
    said = project.llmopt("eval", "--dry-run", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["variant"] for row in rows] == ["long", "short"]
    assert rows[0]["output_tokens_expected"] == ""


def test_a_plan_can_be_written_to_files_but_not_as_a_test_report(project: Project) -> None:
    said = project.llmopt("eval", "--dry-run", "-o", "plan.md", "-o", "plan.json")
    assert said.code == 0
    assert (project.root / "plan.md").read_text().startswith("- plan: 8 calls")
    assert json.loads((project.root / "plan.json").read_text())["dry_run"] is True
    assert project.llmopt("eval", "--dry-run", "--format", "junit").code == 2


def test_a_paid_run_says_first_what_it_will_cost(project: Project, server: ModelServer) -> None:
    configure(project, server)
    said = project.llmopt("eval")
    assert said.err.startswith("plan: 8 calls\npaid (generation): 8 calls, ")
    assert "plan:" not in project.llmopt("eval", "-q").err
    assert "plan:" not in project.llmopt("eval", "-m", "embedded/rules").err


def test_the_table_fits_80_columns(project: Project, server: ModelServer) -> None:
    name = "a-very-long-name-of-a-model-that-somebody-has-thought-of-in-the-evening"
    configure(project, server)
    text = (project.root / "llmopt.yaml").read_text()
    project.write("llmopt.yaml", text.replace("paid", f"{name}[bold]"))
    said = project.llmopt("eval", "--dry-run")
    assert max(len(line) for line in said.out.splitlines()) <= 80
