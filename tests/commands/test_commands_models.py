"""`llmopt models` and `llmopt prices`: what there is, what it costs, whether it answers."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from tests.conftest import Project
from tests.wire.formats import openai_error
from tests.wire.server import Reply
from tests.wire.threaded import serving

import llmopt
from llmopt.api.pricing import price_list
from llmopt.report.pricing import notes_of

KEY = "sk-nobody-may-see-this-77"


def configure(project: Project, text: str) -> None:
    project.write("llmopt.yaml", text)


def shown(project: Project, *arguments: str) -> Any:
    said = project.llmopt(*arguments, "--format", "json")
    assert said.code == 0, said.err
    return json.loads(said.out)["models"]


def test_of_a_key_only_its_presence_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    configure(project, "models: [openai/gpt-5-mini, anthropic/claude-haiku-4-5]\n")
    mini, haiku = shown(project, "models")
    assert (mini["key_env"], mini["key_set"]) == ("OPENAI_API_KEY", True)
    assert (haiku["key_env"], haiku["key_set"]) == ("ANTHROPIC_API_KEY", False)
    assert (mini["tokenizer_exact"], haiku["tokenizer_exact"]) == (True, False)
    assert mini["endpoint"] == "api.openai.com"
    for name in ("table", "json", "csv", "markdown"):
        assert KEY not in project.llmopt("models", "--format", name).out


def test_of_a_header_from_the_environment_only_its_presence_is_shown(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_KEY", KEY)
    configure(
        project,
        "models: [{id: openai/a, base_url: 'http://localhost:1/v1', headers: "
        "{X-Gate: {env: GATE_KEY}, X-Other: {env: OTHER_KEY}, X-Team: blue}}]\n",
    )
    (model,) = shown(project, "models")
    assert model["headers"] == [
        {"name": "X-Gate", "env": "GATE_KEY", "set": True},
        {"name": "X-Other", "env": "OTHER_KEY", "set": False},
        {"name": "X-Team", "env": None, "set": None},
    ]
    table = project.llmopt("models").out
    assert "header X-Gate from GATE_KEY (set)" in table
    assert "header X-Other from OTHER_KEY (missing)" in table
    (row,) = csv.DictReader(io.StringIO(project.llmopt("models", "--format", "csv").out))
    assert row["headers"] == (
        "header X-Gate from GATE_KEY (set), header X-Other from OTHER_KEY (missing), X-Team"
    )
    for name in ("table", "json", "csv", "markdown"):
        assert KEY not in project.llmopt("models", "--format", name).out


def test_without_models_the_embedded_one_is_shown(project: Project) -> None:
    (embedded,) = shown(project, "models")
    assert embedded["id"] == "embedded/rules"
    assert embedded["price_source"] == "free"
    assert embedded["key_env"] is None


def test_a_check_asks_every_model_once_and_tells_faults_in_plain_words(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", KEY)
    with serving() as server:
        configure(
            project,
            f"""\
            models:
              - {{id: openai/a, base_url: "{server.url}/v1", price: {{input: 1000, output: 0}}}}
              - {{id: openai/b, base_url: "{server.url}/v1", api_key_env: A_KEY}}
            """,
        )
        server.script(Reply(body=None), Reply(401, openai_error(f"Wrong key {KEY}")))
        said = project.llmopt("models", "--check", "--format", "json")
        asked = [seen.body["max_tokens"] for seen in server.seen]
    assert said.code == 3
    first, second = json.loads(said.out)["models"]
    assert asked == [16, 16]
    assert first["check"]["fault"]  # null is no completion
    assert second["check"]["fault"] == "HTTP 401: Wrong key ***"
    assert second["check"]["hint"] == "check the key in A_KEY"


def test_a_check_that_is_answered_tells_tokens_and_dollars(project: Project) -> None:
    with serving() as server:
        configure(
            project,
            f"""\
            models:
              - {{id: openai/a, base_url: "{server.url}/v1", price: {{input: 1000, output: 0}}}}
            """,
        )
        said = project.llmopt("models", "--check", "--format", "csv")
    assert said.code == 0, said.err
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert row["check_output_tokens"] == "2"
    assert float(row["check_cost"]) == pytest.approx(0.031)


def test_a_missing_key_is_a_fault_of_the_check_not_of_the_command(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    said = project.llmopt("models", "openai/gpt-5-mini", "--check")
    assert said.code == 3
    assert "does not answer: no key for openai/gpt-5-mini" in " ".join(said.out.split())


def test_rates_tiers_and_overrides_are_told_apart(project: Project) -> None:
    configure(
        project,
        "models: [openai/gpt-5.6, {id: openai/gpt-5-mini, price: {input: 7, output: 8}}]\n",
    )
    large, mini = shown(project, "prices")
    assert large["source"] == "table"
    assert large["table"]["tiers"][0]["above"] == 272_000
    assert large["table"]["tiers"][0]["input"] > large["price"]["input"]
    assert mini["source"] == "llmopt.yaml"
    assert mini["price"]["input"] == 7
    assert mini["table"]["price"]["input"] != 7


def test_what_scorers_ask_is_priced_as_well(project: Project) -> None:
    configure(
        project,
        "models: [openai/gpt-4o]\njudge_model: anthropic/claude-haiku-4-5\n"
        "embedding_model: openai/text-embedding-3-small\n",
    )
    assert [(one["id"], one["price"]["input"]) for one in shown(project, "prices")] == [
        ("openai/gpt-4o", 2.5),
        ("anthropic/claude-haiku-4-5", 1),
        ("openai/text-embedding-3-small", 0.02),
    ]
    assert len(shown(project, "prices", "openai/gpt-4o")) == 1


def test_an_unknown_model_has_no_price_but_suggestions(project: Project) -> None:
    (found,) = shown(project, "prices", "openai/gpt-5-minni")
    assert found["price"] is None
    assert "openai/gpt-5-mini" in found["near"]


def test_the_table_can_be_searched(project: Project) -> None:
    names = [one["id"] for one in shown(project, "prices", "--search", "haiku-4-5")]
    assert "anthropic/claude-haiku-4-5" in names
    assert all("haiku-4-5" in name for name in names)
    assert project.llmopt("prices", "x/y", "--search", "z").code == 2
    assert "No model" in project.llmopt("prices", "--search", "zzzzzz").out


@pytest.mark.parametrize(("days", "warned"), [(90, False), (91, True)])
def test_a_table_older_than_90_days_is_warned_of(
    project: Project, days: int, *, warned: bool
) -> None:
    suite = llmopt.load(project.root)
    day = price_list(suite, (), find=None, today=date(2026, 1, 1)).date
    assert day is not None
    today = date.fromordinal(day.toordinal() + days)
    found = price_list(suite, (), find=None, today=today)
    assert found.age_days == days
    assert any("days old" in note for note in notes_of(found)) is warned


@pytest.mark.parametrize("command", [("models",), ("prices",), ("prices", "--search", "claude")])
def test_tables_fit_80_columns(project: Project, command: tuple[str, ...]) -> None:
    configure(
        project,
        "models: [{id: openai/an-extremely-long-name-of-a-model/of-a-gateway:latest-of-all,"
        " api_key_env: AN_EXTREMELY_LONG_NAME_OF_A_VARIABLE_OF_THE_ENVIRONMENT}]\n",
    )
    said = project.llmopt(*command)
    assert said.code == 0, said.err
    assert max(len(line) for line in said.out.splitlines()) <= 80
