"""Usage logs and the money that they show."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.audit.auditing import audit_of, results_of

from llmopt.audit.models import price_of
from llmopt.audit.probes.usage.formats import rows_of
from llmopt.audit.probes.usage.reading import read_usage
from llmopt.domain import UsageFile
from llmopt.numbers import DAYS_PER_MONTH

CONFIG = "models: [openai/gpt-4o, openai/gpt-4o-mini]\nchecklist: {usage: [{file: log.jsonl}]}\n"
DAY = 86_400


def entry(number: int, **given: Any) -> dict[str, Any]:
    plain = {
        "time": 1_760_000_000 + number * DAY / 10,
        "model": "gpt-4o",
        "input_tokens": 1_000,
        "output_tokens": 100,
        "prompt": f"question {number}",
    }
    return plain | given


def log(entries: list[dict[str, Any]]) -> dict[str, str]:
    return {"llmopt.yaml": CONFIG, "log.jsonl": "".join(json.dumps(e) + "\n" for e in entries)}


def test_repeats_cost_what_they_cost(tmp_path: Path) -> None:
    entries = [entry(n, prompt=f"question {n % 50}") for n in range(101)]
    result = results_of(tmp_path, log(entries))["INF201"]
    assert result.outcome == "fail"
    assert result.saving is not None
    price = price_of("gpt-4o")
    assert price is not None
    one = (1_000 * price.input + 100 * price.output) / 1e6
    months = 10 / DAYS_PER_MONTH
    assert result.saving.dollars_per_month == pytest.approx(51 * one / months)
    assert result.saving.tokens_per_month == pytest.approx(51 * 1_100 / months)
    assert "101 requests over 10 days" in result.saving.assumption


def test_few_repeats_excuse_a_missing_cache(tmp_path: Path) -> None:
    files = log([entry(n) for n in range(200)])
    files["app.py"] = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    assert results_of(tmp_path, files)["INF201"].outcome == "not-applicable"


def test_easy_requests_show_what_a_cascade_would_save(tmp_path: Path) -> None:
    easy = [entry(n, input_tokens=100, output_tokens=10) for n in range(60)]
    hard = [entry(n, prompt=f"hard {n}") for n in range(60, 101)]
    result = results_of(tmp_path, log(easy + hard))["ARC103"]
    large, small = price_of("gpt-4o"), price_of("openai/gpt-4o-mini")
    assert large is not None
    assert small is not None
    each = (100 * (large.input - small.input) + 10 * (large.output - small.output)) / 1e6
    assert result.outcome == "fail"
    assert result.saving is not None
    assert result.saving.dollars_per_month == pytest.approx(60 * each / (10 / DAYS_PER_MONTH))


def test_nobody_waits_for_half_the_price(tmp_path: Path) -> None:
    entries = [entry(n, interactive=n % 2 == 0, cost=0.01) for n in range(101)]
    result = results_of(tmp_path, log(entries))["INF101"]
    assert result.outcome == "fail"
    assert result.saving is not None
    assert result.saving.dollars_per_month == pytest.approx(0.5 * 50 * 0.01 / (10 / DAYS_PER_MONTH))


def test_a_shared_beginning_is_worth_the_providers_cache(tmp_path: Path) -> None:
    head = "rules " * 2_000
    entries = [entry(n, input_tokens=2_100, prompt=f"{head}{n:03}") for n in range(101)]
    audit = audit_of(tmp_path, log(entries))
    ((title, saving),) = audit.observations
    price = price_of("gpt-4o")
    assert price is not None
    assert price.cached_input is not None
    assert "provider" in title
    expected = 101 * 2_100 * (price.input - price.cached_input) / 1e6 / (10 / DAYS_PER_MONTH)
    assert saving.dollars_per_month == pytest.approx(expected, rel=0.01)


def test_a_day_of_unusual_spend_is_found(tmp_path: Path) -> None:
    entries = [entry(n, cost=0.10) for n in range(101)]
    entries += [entry(55, cost=0.50, prompt=f"spike {n}") for n in range(20)]
    assert results_of(tmp_path, log(entries))["MON103"].outcome == "fail"


def test_an_unknown_price_makes_an_unknown_saving(tmp_path: Path) -> None:
    entries = [entry(n, prompt="the same", model="acme-internal") for n in range(20)]
    result = results_of(tmp_path, log(entries))["INF201"]
    assert result.outcome == "fail"
    assert result.saving is not None
    assert result.saving.dollars_per_month is None
    assert result.saving.tokens_per_month is not None


SPAN = {
    "name": "chat",
    "startTimeUnixNano": "1760000000000000000",
    "endTimeUnixNano": "1760000000500000000",
    "attributes": [
        {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "3"}},
    ],
}
LITELLM = {
    "call_type": "acompletion", "model": "gpt-4o", "prompt_tokens": 12, "completion_tokens": 3,
    "spend": 0.5, "startTime": "2025-10-09T08:53:20Z", "endTime": "2025-10-09T08:53:20.500Z",
}  # fmt: skip
LANGFUSE = {
    "type": "GENERATION", "model": "gpt-4o", "usageDetails": {"input": 12, "output": 3},
    "startTime": "2025-10-09T08:53:20Z", "latency": 0.5, "name": "faq",
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        SPAN,
        {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]},
        {**SPAN, "attributes": {"gen_ai.request.model": "gpt-4o",
         "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 3}},
        LITELLM,
        LANGFUSE,
    ],
)  # fmt: skip
def test_logs_of_many_kinds_say_the_same(tmp_path: Path, line: dict[str, Any]) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    notes: list[str] = []
    (record,) = read_usage((UsageFile("log.jsonl", {}),), tmp_path, notes).records
    assert notes == []
    assert (record.model, record.input_tokens, record.output_tokens) == ("gpt-4o", 12, 3)
    assert record.at == 1_760_000_000
    assert record.latency_ms == 500


def test_columns_of_a_csv_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("when,dep,ins\n2025-10-09,gpt-4o,7\n", encoding="utf-8")
    columns = {"time": "when", "model": "dep", "input_tokens": "ins"}
    (record,) = read_usage((UsageFile("a.csv", columns),), tmp_path, []).records
    assert (record.model, record.input_tokens, record.output_tokens) == ("gpt-4o", 7, None)


@pytest.mark.parametrize("text", ["", "nonsense\n", "[1, 2]\n", '{"a": 1}\n', "\0\n"])
def test_a_log_that_says_nothing_is_noted(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    notes: list[str] = []
    assert not read_usage((UsageFile("log.jsonl", {}), UsageFile("no.csv", {})), tmp_path, notes)
    assert len(notes) == 2


def test_a_log_that_cannot_be_read_leaves_open_what_it_would_decide(tmp_path: Path) -> None:
    call = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    found = results_of(tmp_path, {"llmopt.yaml": CONFIG, "app.py": call})
    assert found["INF201"].outcome == found["ARC103"].outcome == "undecided"
    assert found["MON101"].outcome == "fail"
    assert not found["INF201"].scored


def test_a_dependency_alone_is_told_and_is_no_cache(tmp_path: Path) -> None:
    call = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    files = {"app.py": call, "requirements.txt": "litellm\nredis>=5\n"}
    result = results_of(tmp_path, files)["INF201"]
    assert result.outcome == "fail"
    assert "redis is a dependency alone" in result.why


def test_fingerprints_in_place_of_texts_tell_repeats_and_nothing_similar(tmp_path: Path) -> None:
    files = log([entry(n, prompt=f"{n:032x}") for n in range(50)])
    files["app.py"] = (
        "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
    )
    results = results_of(tmp_path, files)
    assert results["INF201"].outcome == "not-applicable"
    assert results["INF202"].outcome == "manual"


@pytest.mark.parametrize(
    ("name", "tenant"),
    [
        ("tenant", "acme"),
        ("app.tenant.id", "acme"),
        ("customer_id", "acme"),
        ("account_id", "acme"),
        ("org_id", "acme"),
        ("organization", "acme"),
        ("cloud.account.id", None),
        ("gen_ai.account_manager", None),
    ],
)
def test_tenants_are_known_by_what_a_field_is_called(name: str, tenant: str | None) -> None:
    plain = {"model": "gpt-4o", "input_tokens": 5, name: "acme"}
    span = {"attributes": {"gen_ai.request.model": "gpt-4o", name: "acme"}}
    for line in (plain, span):
        assert [row["tenant"] for row in rows_of(line, {})] == [tenant]
