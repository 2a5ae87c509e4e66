"""Records of what was saved."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.audit.auditing import ASK, NOW, OPENAI, outcome

APP = {"app.py": f"{OPENAI}def ask(q):\n    return {ASK}\n"}
TABLE = """| prompt | model | saved a month |
|---|---|---|
| route | gpt-5-mini | $410 |
"""


@pytest.mark.parametrize(
    "said",
    [
        "The shorter prompt saved 41 % of the input tokens.",
        "Since March the small model has saved us about\n$340 a month; prompts stayed.",
        "- Tokens of the writing prompt fell by 61 %.",
        "We cut the bill for gpt-4.1 from $900 to $500 by shorter prompts.",
        "In May the shorter prompt cut token costs by 31 %.",
        "Caching the prompt reduced our spend by 40 %.",
        TABLE,
    ],
)
def test_what_was_saved_is_a_record(tmp_path: Path, said: str) -> None:
    assert (
        outcome(tmp_path, "MON303", {**APP, "docs/prompts.md": f"# Prompts\n\n{said}\n"}) == "pass"
    )


@pytest.mark.parametrize(
    "said",
    [
        "A smaller model could save 40 % of the cost; savings of $300 would follow.",
        "The target is a saving of $300 a month by shorter prompts.",
        "Prompt caching reduces cost by up to 90 %. Savings depend on tokens.",
        "The prompt is saved with each reply. A token costs $0.01.",
        "Accuracy of the prompt fell by 4 %, and tokens rose.",
        "Sending reminders as text messages saved 40 %."
        + " Other things." * 40
        + " Prompts cost tokens.",
        "The prompt has not saved $20 yet.",
        "The vendor claims that prompt caching saved its customers 50 % of token costs.",
        "TODO: write down that the smaller model saved $100 of tokens.",
    ],
)
def test_what_might_be_saved_or_was_saved_elsewhere_is_no_record(tmp_path: Path, said: str) -> None:
    files = {**APP, "docs/prompts.md": f"# Prompts\n\n{said}\n"}
    assert outcome(tmp_path, "MON303", files) == "manual"


def test_a_baseline_is_a_record_where_it_holds_figures(tmp_path: Path) -> None:
    files = {**APP, "llmopt.yaml": "checklist: {}\n"}
    for name, text in (("none", "{}"), ("broken", "{"), ("empty", '{"prompts": {}}')):
        assert (
            outcome(tmp_path / name, "MON303", {**files, "llmopt.baseline.json": text}) == "manual"
        )
    kept = json.dumps({"schema_version": 1, "prompts": {"sort": {}}})
    assert outcome(tmp_path / "kept", "MON303", {**files, "llmopt.baseline.json": kept}) == "pass"


@pytest.mark.parametrize(
    ("expected", "days", "dollars"),
    [("pass", 30, 12.5), ("manual", 2, 12.5), ("manual", 30, None), ("manual", None, 12.5)],
)
def test_audits_track_savings_that_they_put_a_figure_on(
    tmp_path: Path, expected: str, days: int | None, dollars: float | None
) -> None:
    check = {"code": "INF201", "outcome": "fail", "saving": {"dollars_per_month": dollars}}
    files = {}
    for later in (0,) if days is None else (0, days):
        moment = NOW + timedelta(days=later)
        document = {"audited_at": moment.isoformat(), "score": 50, "checks": [check]}
        files[f".llmopt/audits/{moment:%Y-%m-%dT%H-%M-%S}.json"] = json.dumps(document)
    files[".llmopt/audits/other.json"] = "[]"
    assert outcome(tmp_path, "MON303", {**APP, **files}) == expected
