from __future__ import annotations

import io
import json
import os
import re
import sys
from threading import Thread
from typing import Any

import pytest
from tests.conftest import Project

from llmopt.tokens.counting import counter_for

GPT = ("--model", "openai/gpt-4o")


def items(project: Project, *arguments: str) -> list[dict[str, Any]]:
    said = project.llmopt("tokens", *arguments, "--format", "json")
    assert said.code == 0, said.err
    found: list[dict[str, Any]] = json.loads(said.out)["items"]
    return found


def test_the_json_document_has_the_contract_s_keys(project: Project) -> None:
    (long, short) = items(project, "mood", *GPT)
    assert {
        "source", "prompt", "variant", "model", "tokens", "max_tokens", "exact",
        "static_prefix_tokens", "dollars_per_call", "dollars_per_month",
    } <= long.keys()  # fmt: skip
    assert (long["source"], long["prompt"], long["variant"]) == (
        "prompts/mood.yaml",
        "mood",
        "long",
    )
    assert long["model"] == "openai/gpt-4o"
    assert long["max_tokens"] >= long["tokens"] > short["tokens"]
    assert long["dollars_per_call"] == pytest.approx(long["tokens"] * 2.5e-6)
    assert long["dollars_per_month"] is None


def test_the_table_fits_80_columns(project: Project) -> None:
    project.write("llmopt.yaml", "traffic: {mood: 40000/day}\n")
    said = project.llmopt("tokens", *GPT, "--model", "anthropic/claude-haiku-4-5", width=80)
    assert said.code == 0
    assert all(len(line) <= 80 for line in said.out.splitlines())
    assert "mood: 4 cases, input tokens on 2 models" in said.out
    assert "~" in said.out
    assert "vs base" in said.out
    assert "$/month" in said.out


def test_one_model_stands_in_the_heading_alone(project: Project) -> None:
    said = project.llmopt("tokens", *GPT)
    assert said.out.count("openai/gpt-4o") == 1


def test_without_models_the_embedded_one_counts_and_says_what_it_is(project: Project) -> None:
    said = project.llmopt("tokens")
    assert "embedded/rules" in said.out
    assert "not a language model" in " ".join(said.out.split())


def test_an_unknown_price_is_unknown(project: Project) -> None:
    assert items(project, "--model", "openai/my-own")[0]["dollars_per_call"] is None
    assert "unknown" in project.llmopt("tokens", "--model", "openai/my-own").out


@pytest.mark.parametrize("format_name", ["csv", "markdown"])
def test_other_formats_hold_every_variant(project: Project, format_name: str) -> None:
    said = project.llmopt("tokens", *GPT, "--format", format_name)
    assert said.code == 0
    assert "long" in said.out
    assert "short" in said.out


def test_files_of_every_format_are_written(project: Project) -> None:
    outputs = [arg for end in ("json", "csv", "md") for arg in ("-o", f"out.{end}")]
    assert project.llmopt("tokens", *GPT, *outputs).code == 0
    assert json.loads((project.root / "out.json").read_text())["items"]
    assert (project.root / "out.csv").read_text().startswith("source,prompt,variant,model")
    assert "| variant |" in (project.root / "out.md").read_text()


def test_a_format_of_ci_is_refused(project: Project) -> None:
    said = project.llmopt("tokens", "-o", "out.sarif")
    assert said.code == 2
    assert "cannot tell the format of 'out.sarif'" in said.err


def test_a_file_is_counted_as_plain_text(empty_project: Project) -> None:
    empty_project.write("note.txt", "Works perfectly.\n")
    (item,) = items(empty_project, "note.txt", *GPT)
    assert item["tokens"] == len(counter_for("openai/gpt-4o").encode("Works perfectly.\n"))
    assert item["source"] == "note.txt"
    assert item["prompt"] is None
    assert item["static_prefix_tokens"] is None


def test_stdin_is_counted_without_a_project(
    empty_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Works perfectly.")))
    (item,) = items(empty_project, "-", *GPT)
    assert item["source"] == "-"
    assert item["tokens"] == len(counter_for("openai/gpt-4o").encode("Works perfectly."))


def test_a_name_that_is_both_is_the_prompt_and_a_path_is_the_file(project: Project) -> None:
    project.write("mood", "a text")
    assert {item["prompt"] for item in items(project, "mood", *GPT)} == {"mood"}
    assert [item["prompt"] for item in items(project, "./mood", *GPT)] == [None]


def test_a_text_can_be_counted_although_the_project_is_broken(project: Project) -> None:
    project.write("prompts/mood.yaml", "prompt: [")
    project.write("note.txt", "a text")
    assert items(project, "note.txt", *GPT)
    assert project.llmopt("tokens", *GPT).code == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("gone.txt", None, "there is no prompt and no file 'gone.txt'"),
        ("moood", None, "did you mean 'mood'?"),
        ("prompts", None, "'prompts' is a folder"),
        ("a.bin", b"a\0b", "is no text: it holds NUL bytes"),
        ("a.txt", b"caf\xe9 au lait", "is not in UTF-8: byte 4 cannot be read"),
    ],
)
def test_what_is_no_text_is_told(
    project: Project, name: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (project.root / name).write_bytes(content)
    said = project.llmopt("tokens", name, *GPT)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_pipe_is_read_like_a_file(empty_project: Project) -> None:
    pipe = empty_project.root / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=("Works perfectly.",))
    writer.start()
    models = (*GPT, "-m", "openai/gpt-4")
    found = items(empty_project, "pipe", *models)
    writer.join()
    assert [item["tokens"] for item in found] == [
        len(counter_for(name).encode("Works perfectly.")) for name in models[1::2]
    ]


def test_brackets_in_a_file_s_name_stay(project: Project) -> None:
    project.write("[red]b.txt", "a text")
    assert "\n[red]b.txt " in project.llmopt("tokens", "[red]b.txt", *GPT).out


def test_a_name_too_long_for_a_file_is_told_shortly(project: Project) -> None:
    said = project.llmopt("tokens", "x" * 5000, *GPT)
    assert said.code == 2
    assert "there is no prompt and no file 'xxx" in said.err
    assert len(said.err) < 500


@pytest.mark.parametrize("flag", [("--variant", "short"), ("--prefix",)], ids=lambda flag: flag[0])
def test_flags_for_prompts_are_refused_for_texts_alone(
    project: Project, flag: tuple[str, ...]
) -> None:
    project.write("note.txt", "a text")
    said = project.llmopt("tokens", "note.txt", *flag, *GPT)
    assert said.code == 2
    assert f"{flag[0]} is for prompts" in said.err
    assert project.llmopt("tokens", "note.txt", "mood", *flag, *GPT).code == 0


def test_an_unknown_variant_is_told(project: Project) -> None:
    said = project.llmopt("tokens", "--variant", "longest")
    assert said.code == 2
    assert "unknown variant 'longest'" in said.err


def test_a_variant_that_cannot_be_counted_is_named(project: Project) -> None:
    project.write("prompts/bare.yaml", "prompt: bare\nvariants: {a: {user: '{{ text }}'}}\n")
    said = project.llmopt("tokens", *GPT)
    assert said.code == 0
    assert "bare/a has variables and no test case: nothing to count." in said.out


RULES = "\n".join(f"      Rule {n}: tickets on topic {n} go to team {n * 7}." for n in range(120))
TRIAGE = f"""\
prompt: triage
variants:
  dated:
    user: |
      Today is {{{{ date }}}}.
{RULES}
      Ticket: {{{{ ticket }}}}
  fixed_first:
    user: |
{RULES}
      Today is {{{{ date }}}}. Ticket: {{{{ ticket }}}}
  tiny:
    user: "Sort: {{{{ ticket }}}} {{{{ date }}}}"
"""
TICKETS = """\
prompt: triage
score: label
cases:
  - {vars: {date: 2026-11-01, ticket: My printer burns}, expect: fire}
  - {vars: {date: 2026-11-02, ticket: I forgot my password}, expect: access}
"""


@pytest.fixture
def triage(empty_project: Project) -> Project:
    empty_project.write("prompts/triage.yaml", TRIAGE)
    empty_project.write("testcases/triage.yaml", TICKETS)
    empty_project.write("llmopt.yaml", "traffic: {triage: 40000/day}\n")
    return empty_project


def test_what_keeps_a_prompt_out_of_the_cache_is_named_with_its_price(triage: Project) -> None:
    said = triage.llmopt("tokens", "--prefix", "-m", "openai/gpt-5-mini")
    text = " ".join(said.out.split())
    assert "caching begins at 1,024. With {{ date }} at prompts/triage.yaml:5:19 behind" in text
    assert "triage/fixed_first on openai/gpt-5-mini: the first" in text
    assert "never change and can be cached: at most about $" in text
    assert "fixed tokens in all" in text


def test_the_lost_discount_is_the_price_difference_of_the_fixed_tokens(triage: Project) -> None:
    said = triage.llmopt("tokens", "--prefix", "-m", "openai/gpt-5-mini", "--format", "json")
    dated, fixed_first, tiny = json.loads(said.out)["prompt_caching"]
    calls = 40_000 * 365.25 / 12
    assert dated["cached"] is False
    assert dated["varies_first"] == "date"
    assert (dated["file"], dated["line"], dated["column"]) == ("prompts/triage.yaml", 5, 19)
    off = (0.25 - 0.025) / 1e6
    assert dated["dollars_lost_per_month"] == pytest.approx(dated["fixed_tokens"] * off * calls)
    assert fixed_first["cached"] is True
    assert fixed_first["dollars_taken_off_per_month"] == pytest.approx(
        fixed_first["static_prefix_tokens"] * off * calls
    )
    assert tiny["dollars_lost_per_month"] == 0


def test_a_model_whose_minimum_nobody_states_is_not_guessed_at(triage: Project) -> None:
    said = triage.llmopt("tokens", "--prefix", "-m", "anthropic/claude-next", "--format", "json")
    assert json.loads(said.out)["prompt_caching"][0]["cached"] is None


def test_without_traffic_no_dollars_are_told(triage: Project) -> None:
    triage.write("llmopt.yaml", "models: [openai/gpt-5-mini]\n")
    said = triage.llmopt("tokens", "--prefix")
    assert "a month" not in said.out
    assert "could be cached." in " ".join(said.out.split())


RULE = "      Rule {n}: tickets on topic {n} go to team {n}.\n"
SHORTENED = """\
prompt: triage
baseline: long
variants:
  long:
    user: |
{long}      Ticket: {{{{ ticket }}}}
  half:
    user: |
{half}      Ticket: {{{{ ticket }}}}
  fine:
    user: |
{fine}      Ticket: {{{{ ticket }}}}
"""


@pytest.fixture
def shortened(triage: Project) -> Project:
    """A prompt whose one variant falls below the minimum of caching, the other does not."""
    texts = {name: "".join(RULE.format(n=n) for n in range(count)) for name, count in LENGTHS}
    (triage.root / "prompts/triage.yaml").write_text(SHORTENED.format(**texts))
    return triage


LENGTHS = (("long", 120), ("half", 60), ("fine", 100))


def test_a_prefix_cut_below_the_minimum_is_told_to_be_dearer(shortened: Project) -> None:
    said = shortened.llmopt("tokens", "-m", "openai/gpt-5-mini")
    text = " ".join(said.out.split())
    assert "triage/half on openai/gpt-5-mini has fewer tokens than long" in text
    assert "caching begins at 1,024 static tokens" in text
    assert "triage/fine" not in text
    said = shortened.llmopt("tokens", "-m", "openai/gpt-5-mini", "--format", "json")
    (found,) = json.loads(said.out)["dearer_when_cached"]
    assert (found["variant"], found["baseline"]) == ("half", "long")
    assert found["dollars_per_warm_call"] > found["baseline_dollars_per_warm_call"]


def test_the_cost_of_a_warm_call_takes_the_discount_off_the_cached_prefix(
    shortened: Project,
) -> None:
    said = shortened.llmopt("tokens", "--prefix", "-m", "openai/gpt-5-mini", "--format", "json")
    document = json.loads(said.out)
    for item, caching in zip(document["items"], document["prompt_caching"], strict=True):
        cached = item["static_prefix_tokens"] if caching["cached"] else 0
        dollars = (item["tokens"] - cached) * 0.25e-6 + cached * 0.025e-6
        assert caching["dollars_per_warm_call"] == pytest.approx(dollars)


def test_without_traffic_a_thousand_calls_say_what_is_dearer(shortened: Project) -> None:
    (shortened.root / "llmopt.yaml").unlink()
    said = shortened.llmopt("tokens", "-m", "openai/gpt-5-mini", "--format", "markdown")
    assert "the input of 1,000 calls costs about $" in said.out


def test_anthropic_caches_only_what_a_variant_asks_for(shortened: Project) -> None:
    claude = ("-m", "anthropic/claude-opus-4-8", "-v", "long", "--prefix")
    said = shortened.llmopt("tokens", *claude)
    assert "With `cache: true` they could be cached: at most" in " ".join(said.out.split())
    (before,) = json.loads(shortened.llmopt("tokens", *claude, "--format", "json").out)[
        "prompt_caching"
    ]
    path = shortened.root / "prompts/triage.yaml"
    path.write_text(path.read_text().replace("  long:\n", "  long:\n    cache: true\n"))
    (after,) = json.loads(shortened.llmopt("tokens", *claude, "--format", "json").out)[
        "prompt_caching"
    ]
    assert (before["asked"], before["cached"]) == (False, False)
    assert (after["asked"], after["cached"]) == (True, True)
    assert before["dollars_taken_off_per_month"] == 0
    assert before["dollars_lost_per_month"] == pytest.approx(
        after["dollars_taken_off_per_month"] + after["dollars_lost_per_month"]
    )


def test_the_whole_table_at_80_columns(project: Project) -> None:
    project.write(
        "llmopt.yaml",
        "models: [{id: openai/gpt-4o, price: {input: 2.5, output: 10}}]\n"
        "traffic: {mood: 40000/day}\n",
    )
    said = project.llmopt("tokens", width=80)
    assert re.sub(r"(?<=as of )[\d-]+", "DATE", said.out) == SHOWN


SHOWN = """\
mood: 4 cases, input tokens on openai/gpt-4o
variant  mean  p95 max   static $/1k calls $/month vs base
──────────────────────────────────────────────────────────
long     39.8 40.0  40 31 (78%)    $0.0994 $120.99    base
short    29.8 30.0  30 21 (71%)    $0.0744  $90.55    −25%

static: the longest beginning, in tokens, that all cases share, with its share
of the mean. Dollars are those of the input alone, without any discount for
caching.
Prices as of DATE.
"""
