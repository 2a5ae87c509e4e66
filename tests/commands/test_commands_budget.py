"""`eval --max-cost`: what it refuses, how it ends a run, how the run goes on."""

import json
from collections.abc import Iterator

import pytest
from tests.conftest import Project
from tests.wire.formats import chat_completion
from tests.wire.server import ModelServer, Reply
from tests.wire.threaded import serving

CENT_A_TOKEN = "{input: 0, output: 10000}"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as server:
        yield server


def configure(project: Project, server: ModelServer, price: str, params: str = "{}") -> None:
    project.write(
        "llmopt.yaml",
        f"""\
        models:
          - id: openai/a-model
            name: paid
            base_url: {server.url}/v1
            price: {price}
            params: {params}
        """,
    )


def test_a_run_that_its_budget_ends_is_partial_and_goes_on(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4}")  # a call costs 2 of at most 4 cents
    said = project.llmopt("eval", "--max-cost", "0.07", "--format", "json")
    assert said.code == 3, said.err
    document = json.loads(said.out)
    assert document["run"]["status"] == "partial"
    budget = document["totals"]["budget"]
    assert budget["ended"] is True
    assert budget["limit"] == 0.07
    assert budget["spent"] == pytest.approx(document["totals"]["cost"])
    assert 0 < budget["spent"] <= 0.07
    assert len(server.seen) == document["totals"]["calls"] < 8
    command = f"llmopt eval --resume {document['run']['id']} --max-cost USD"
    assert command in said.err

    more = project.llmopt("eval", "--resume", "--max-cost", "0.50", "--format", "json")
    assert more.code == 0, more.err
    document = json.loads(more.out)
    assert document["run"]["status"] == "complete"
    assert document["totals"]["calls"] == len(server.seen) == 8
    assert document["totals"]["budget"]["ended"] is False
    assert document["totals"]["budget"]["spent"] == pytest.approx(0.16 - budget["spent"])


def test_the_table_says_that_the_budget_ended_the_run(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4}")
    said = project.llmopt("eval", "--max-cost", "0.07")
    assert "The budget ended the run: $0.0" in said.out


def test_a_budget_too_small_for_one_call_sends_none(project: Project, server: ModelServer) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4}")
    said = project.llmopt("eval", "--max-cost", "0.01")
    assert said.code == 3, said.err
    assert server.seen == []
    assert "$0 of a budget of $0.0100 spent" in said.out


def test_answers_from_the_cache_cost_nothing(project: Project, server: ModelServer) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4, temperature: 0}")
    assert project.llmopt("eval").code == 0
    said = project.llmopt("eval", "--max-cost", "0", "--format", "json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["totals"]["budget"]["spent"] == 0


def test_without_a_limit_of_the_reply_a_budget_is_refused(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN)
    said = project.llmopt("eval", "--max-cost", "1")
    assert said.code == 2
    assert "none for mood/long on paid" in said.err
    assert "mood/short" not in said.err  # it has max_tokens
    assert "max_tokens" in said.err
    assert server.seen == []


def test_a_limit_under_a_name_that_the_api_does_not_know_is_none(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_output_tokens: 4}")  # the Responses API's name
    said = project.llmopt("eval", "--max-cost", "1")
    assert said.code == 2
    assert "none for mood/long on paid" in said.err


def test_a_judge_without_a_limit_of_its_reply_is_refused_before_anything_is_paid(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4}")
    config = (project.root / "llmopt.yaml").read_text()
    judge = f"judge_model: {{id: openai/gpt-4o, base_url: {server.url}/v1, params: %s}}\n"
    cases = (project.root / "testcases/mood.yaml").read_text().splitlines()
    cases[1] = "score: {judge: {rubric: Good.}}"
    project.write("testcases/mood.yaml", "\n".join(cases))
    project.write("llmopt.yaml", config + judge % "{max_tokens: null}")
    for more in ([], ["--dry-run"]):
        said = project.llmopt("eval", "--max-cost", "1", *more)
        assert said.code == 2
        assert "none for the judge openai/gpt-4o" in said.err
    project.write("llmopt.yaml", config + judge % "{max_completion_tokens: 9}")
    assert project.llmopt("eval", "--max-cost", "1", "--dry-run").code == 0
    assert server.seen == []


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("0.01", "limit: $0.0100 is too little for all of this; the run ends there"),
        ("0.10", "limit: $0.100; where the next call might pass it, the run ends"),
        ("100", None),
    ],
)
def test_the_plan_says_whether_the_limit_may_end_the_run(
    project: Project, server: ModelServer, limit: str, says: str | None
) -> None:
    configure(project, server, "{input: 100, output: 10000}", "{max_tokens: 4}")
    said = project.llmopt("eval", "--max-cost", limit, "--dry-run")
    assert said.code == 0
    assert (says in said.out) if says else ("limit: " not in said.out)
    assert max(map(len, said.out.splitlines())) <= 80
    plan = json.loads(
        project.llmopt("eval", "--max-cost", limit, "--dry-run", "--format", "json").out
    )
    assert plan["max_cost"] == float(limit)
    assert server.seen == []


def test_without_a_price_a_budget_is_refused(project: Project, server: ModelServer) -> None:
    configure(project, server, "null", "{max_tokens: 4}")
    said = project.llmopt("eval", "--max-cost", "1")
    assert said.code == 2
    assert "unknown: paid" in said.err
    assert "price:" in said.err
    assert server.seen == []


def test_calls_without_usage_count_at_their_worst_case(
    project: Project, server: ModelServer
) -> None:
    configure(project, server, CENT_A_TOKEN, "{max_tokens: 4}")
    server.script(*[Reply(body=chat_completion(usage=None))] * 8)
    said = project.llmopt("eval", "--max-cost", "1", "--format", "json")
    budget = json.loads(said.out)["totals"]["budget"]
    assert budget["assumed_calls"] == 8
    assert budget["spent"] == budget["assumed"] == pytest.approx(0.32)


@pytest.mark.parametrize("amount", ["-1", "nan", "inf"])
def test_an_amount_that_limits_nothing_is_refused(project: Project, amount: str) -> None:
    assert project.llmopt("eval", "--max-cost", amount).code == 2


def test_the_embedded_model_needs_no_budget(project: Project) -> None:
    said = project.llmopt("eval", "--max-cost", "0", "--format", "json")
    assert said.code == 0, said.err
