import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmopt.decide.figures import Figures
from llmopt.decide.judgement import Rule
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict
from llmopt.domain import Candidate, Run
from llmopt.errors import UsageError
from llmopt.report.formats import EVALUATION, as_csv, as_json, as_markdown
from llmopt.report.headline import headlines
from llmopt.report.layout import folded
from llmopt.report.order import footnotes
from llmopt.report.terminal import report
from llmopt.stats.interval import Interval
from llmopt.store.tallies import OddReplies, RoleTotal, StoredFailure

LONG = Candidate("mood", "long", "acme/one")
SHORT = Candidate("mood", "short", "acme/one")
NOTE = "embedded/rules is rules and a lexicon inside llmopt, not a language model"


def some_figures(candidate: Candidate, **changes: Any) -> Figures:
    return replace(
        Figures(
            candidate=candidate,
            is_baseline=candidate == LONG,
            trials=200,
            errors=0,
            cases=200,
            avg_input_tokens=118.0,
            avg_output_tokens=3.0,
            avg_total_tokens=121.0,
            tokens_exact=True,
            avg_accuracy=0.91,
            accuracy_ci=Interval(0.862, 0.943),
            efficiency_score=7.52,
            cost_per_1k_calls=0.0355,
            cost_per_correct=0.000039,
            latency_p50_ms=410.0,
            latency_p95_ms=980.0,
            consistency=None,
            cut=0,
        ),
        **changes,
    )


def short_figures(**changes: Any) -> Figures:
    values: dict[str, Any] = {
        "avg_input_tokens": 31.0,
        "avg_output_tokens": 1.0,
        "avg_total_tokens": 32.0,
        "avg_accuracy": 0.94,
        "accuracy_ci": Interval(0.898, 0.965),
        "efficiency_score": 29.4,
        "cost_per_1k_calls": 0.0098,
        "token_saving": 0.7355,
        "cost_saving": 0.72,
        "pareto": True,
    }
    return some_figures(SHORT, **(values | changes))


def a_verdict(**changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "baseline": LONG,
        "decision": "adopt",
        "reason": "noninferior",
        "rule": Rule(),
        "accuracy_delta": -0.005,
        "accuracy_delta_ci": Interval(-0.018, 0.007),
        "token_saving": 0.7355,
        "cost_saving": 0.72,
        "cases_used": 200,
        "cases_total": 200,
        "p_worse": 0.01,
        "p_different": 0.6,
    }
    return Verdict(**(values | changes))


def a_result(*candidates: Figures, **changes: Any) -> Result:
    run = Run(
        id="20260101-000000-aaaa",
        status="complete",
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:01:00+00:00",
        seed=0,
        candidates=(LONG, SHORT),
        baselines={"mood": LONG},
        snapshot={
            "cases": {"mood": 200},
            "selection": {"repeat": 1},
            "price_table_date": "2026-01-01",
            "traffic": {"mood": 40000},
            "notes": [NOTE],
        },
    )
    values: dict[str, Any] = {
        "run": run,
        "candidates": candidates or (some_figures(LONG), short_figures()),
        "totals": {"generation": RoleTotal(400, 29800, 800, 0.009)},
        "failures": (),
        "verdicts": {LONG: a_verdict(decision="baseline", reason="baseline"), SHORT: a_verdict()},
    }
    return Result(**(values | changes))


EXPECTED_TABLE = """\
Adopt mood/short: 72% cheaper, accuracy −0.5 points [−1.8, +0.7], non-inferior
at 2 points on traffic like this suite; saves about $31.12 a month at 40,000
calls a day.

mood: 200 cases on acme/one
candidate verdict change    accuracy   in out total eff.    $/1k   p50
────────────────────────────────────────────────────────────────────────
short       adopt   −74% 94% [90–96] 31.0 1.0  32.0 29.4 0.00980 410ms ◆
long         base        91% [86–94]  118 3.0   121 7.52  0.0355 410ms
"""


def test_the_efficiency_table_fits_80_columns_best_first() -> None:
    text = report(a_result(), width=80, color=False)
    assert text.startswith(EXPECTED_TABLE)
    assert max(map(len, text.splitlines())) <= 80


def test_candidates_that_never_answered_fit_80_columns_too() -> None:
    tokens = ["avg_input_tokens", "avg_output_tokens", "avg_total_tokens", "efficiency_score"]
    others = ["avg_accuracy", "accuracy_ci", "cost_per_1k_calls", "latency_p50_ms"]
    nothing = dict.fromkeys([*tokens, *others])
    text = report(a_result(some_figures(LONG, **nothing), short_figures()), width=80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    assert "candidate verdict change" in text
    row = next(line for line in text.splitlines() if line.startswith("long"))
    assert row.split() == ["long", "base", "unknown", *"––––", "unknown", "–"]


def test_a_verdict_says_on_how_few_cases_it_stands_where_trials_failed() -> None:
    failed = short_figures(errors=150, cases=50)
    verdicts = {SHORT: a_verdict(cases_used=50, cases_total=200)}
    text = next(headlines(a_result(some_figures(LONG), failed, verdicts=verdicts)))
    assert "[−1.8, +0.7] on the 50 of 200 cases scored for both, non-inferior" in text


def test_what_may_not_be_cheaper_is_said_to_be_so() -> None:
    unknown = a_verdict(
        decision="inconclusive", reason="saving unknown", cost_saving=None, token_saving=None
    )
    text = next(headlines(a_result(verdicts={SHORT: unknown})))
    assert text.startswith("Not decided: mood/short: saving unknown, accuracy −0.5 points")
    assert "not worse by 2 points on traffic like this suite, but perhaps not cheaper." in text


def test_averages_over_different_cases_are_said_to_be_so() -> None:
    notes = footnotes(a_result(some_figures(LONG, cases=200), short_figures(cases=2)))
    assert any("different numbers of cases: short 2, long 200." in note for note in notes)
    same = footnotes(a_result(some_figures(LONG, cases=9), short_figures(cases=9)))
    assert not any("different numbers" in note for note in same)


def test_the_month_is_worked_out_from_the_saving_that_the_sentence_names() -> None:
    dear = some_figures(LONG, cost_per_1k_calls=1.0)
    half = a_result(dear, short_figures(), verdicts={SHORT: a_verdict(cost_saving=0.5)})
    assert "50% cheaper" in next(headlines(half))
    assert "saves about $608.75 a month" in next(headlines(half))


def test_what_costs_nothing_saves_no_dollars_a_month() -> None:
    free = [some_figures(LONG, cost_per_1k_calls=0.0), short_figures(cost_per_1k_calls=0.0)]
    verdicts = {SHORT: a_verdict(cost_saving=None)}
    assert "a month" not in next(headlines(a_result(*free, verdicts=verdicts)))


def test_no_common_case_is_no_matter_of_more_cases() -> None:
    nothing = a_verdict(
        decision="inconclusive", reason="open", accuracy_delta=None, accuracy_delta_ci=None
    )
    text = report(a_result(verdicts={SHORT: nothing}), width=80, color=False)
    assert "no case scored for both." in " ".join(text.split())


def test_a_long_name_folds_where_a_reader_would() -> None:
    assert folded("compressed-fewshot", 17) == "compressed-\nfewshot"
    assert folded("anthropic/claude-haiku-4-5", 17) == "anthropic/claude-\nhaiku-4-5"
    assert folded("x" * 40, 17) == "x" * 40
    widest = some_figures(
        Candidate("mood", "compressed-fewshot", "anthropic/claude-haiku-4-5"),
        avg_input_tokens=1234,
        avg_output_tokens=11111,
        avg_total_tokens=12345,
        tokens_exact=False,
        latency_p50_ms=200_000,
    )
    text = report(a_result(some_figures(LONG), widest), width=80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("3m 20s") == 1


def test_colour_only_when_asked() -> None:
    assert "\x1b[" not in report(a_result(), width=80, color=False)
    assert "\x1b[" in report(a_result(), width=80, color=True)


def test_an_unknown_price_is_shown_as_unknown_never_zero() -> None:
    unknown = some_figures(LONG, cost_per_1k_calls=None, cost_per_correct=None)
    assert "unknown" in report(a_result(unknown), width=80, color=False)
    assert "unknown" in as_markdown(a_result(unknown))
    assert json.loads(as_json(a_result(unknown)))["candidates"][0]["cost_per_1k_calls"] is None
    (row,) = csv.DictReader(io.StringIO(as_csv(a_result(unknown))))
    assert row["cost_per_1k_calls"] == ""


def test_estimated_tokens_carry_a_tilde_and_say_why() -> None:
    text = report(a_result(some_figures(LONG, tokens_exact=False)), width=80, color=False)
    assert "~118" in text
    assert "approximate tokenizer" in text


def test_the_time_to_the_first_token_is_told_where_replies_were_streamed() -> None:
    text = report(a_result(some_figures(LONG, first_token_p50_ms=210.0)), width=80, color=False)
    assert "mood: median time to the first token: long 210ms." in " ".join(text.split())
    assert "first token" not in report(a_result(), width=80, color=False)


def test_user_text_in_brackets_is_not_eaten() -> None:
    odd = some_figures(Candidate("mood", "[bold]v1", "acme/one"), is_baseline=False)
    assert "[bold]v1" in report(a_result(odd), width=80, color=False)


def test_two_models_are_told_apart_in_the_rows() -> None:
    other = some_figures(Candidate("mood", "long", "acme/two"), is_baseline=False)
    text = report(a_result(some_figures(LONG), other), width=80, color=False)
    assert "on 2 models" in text
    assert "acme/one" in text
    assert "acme/two" in text


@pytest.mark.parametrize("format_name", ["json", "csv", "markdown"])
def test_every_format_says_what_the_embedded_model_is(format_name: str) -> None:
    assert NOTE in EVALUATION.text(format_name, a_result())
    assert NOTE.split(",", maxsplit=1)[0] in report(a_result(), width=100, color=False)


def test_failures_are_listed_and_counted() -> None:
    failures = tuple(StoredFailure(LONG, f"c{n}", "server", f"broken {n}") for n in range(7))
    text = report(a_result(some_figures(LONG, errors=7), failures=failures), width=80, color=False)
    assert "7 of 200 trials failed:" in text
    assert "  server: mood/long on acme/one, case c4: broken 4\n  and 2 others" in text


def test_of_very_many_verdicts_the_first_are_sentences_and_the_others_counted() -> None:
    rivals = [Candidate("mood", f"v{n:02}", "acme/one") for n in range(30)]
    verdicts = {one: a_verdict(decision="inconclusive", reason="undecided") for one in rivals}
    rows = [some_figures(one, is_baseline=False, first_token_p50_ms=9.0) for one in rivals]
    result = a_result(*rows, verdicts=verdicts)
    text = report(result, width=120, color=False)
    assert text.count("Not decided:") == 8
    assert "And 22 not decided: in the table.\n" in text
    assert "v05 9.0ms and 24 more." in " ".join(text.split())
    assert as_markdown(result).count("Not decided:") == 30


@pytest.mark.parametrize("width", [60, 70, 80])
def test_a_narrow_table_leaves_figures_out_and_says_so_but_never_names(width: int) -> None:
    text = report(a_result(), width=width, color=False)
    assert max(map(len, text.splitlines())) <= width
    table = text[text.index("candidate") :]
    assert {line.split(" ")[0] for line in table.splitlines()[2:4]} == {"short", "long"}
    assert ("No room here for: eff." in text) == (width < 80)


def test_what_failed_for_one_reason_is_told_once_the_most_frequent_first() -> None:
    failures = (
        StoredFailure(LONG, "c0", "server", "broken"),
        *(StoredFailure(LONG, f"c{n}", "rate_limit", "slow down") for n in range(1, 7)),
    )
    rows = some_figures(LONG, errors=7)
    text = report(a_result(rows, failures=failures), width=80, color=False)
    assert text.endswith(
        "7 of 200 trials failed:\n"
        "  rate_limit: mood/long on acme/one, case c1 (and 5 others): slow down\n"
        "  server: mood/long on acme/one, case c0: broken\n"
    )


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"filtered": 1}, "1 reply was ended by the provider's content filter"),
        ({"unmeasured": 3}, "3 replies were sent without token counts"),
    ],
)
def test_replies_that_are_none_of_the_usual_are_told(odd: dict[str, int], said: str) -> None:
    result = a_result(odd_replies=OddReplies(**odd))
    assert said in report(result, width=200, color=False)
    assert said not in report(a_result(), width=200, color=False)


def test_the_json_document_has_the_contract_s_keys() -> None:
    document = json.loads(as_json(a_result()))
    assert set(document) == {
        "schema_version", "run", "candidates", "outcome", "exit_code", "totals", "gates", "gate",
        "findings", "errors",
    }  # fmt: skip
    assert {"id", "status", "started_at", "seed"} <= set(document["run"])
    assert {
        "prompt", "variant", "model", "trials", "errors", "avg_input_tokens",
        "avg_output_tokens", "avg_total_tokens", "avg_accuracy", "accuracy_ci",
        "efficiency_score", "cost_per_1k_calls", "cost_per_correct", "latency_p50_ms",
        "latency_p95_ms", "consistency", "pareto", "verdict",
    } <= set(document["candidates"][0])  # fmt: skip
    assert document["totals"]["calls"] == 400
    assert document["totals"]["cost_by_role"] == {
        "generation": 0.009,
        "judge": 0.0,
        "retries": 0.0,
    }


def test_markdown_opens_with_the_verdicts_and_has_a_column_for_them() -> None:
    text = as_markdown(a_result())
    assert text.startswith("- Adopt mood/short: 72% cheaper")
    assert "| **short** | acme/one | adopt | −74% |" in text
    assert "| long | acme/one | baseline |  |" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cost_saving": -0.2}, "not cheaper (20% dearer)"),
        ({"cost_saving": None, "token_saving": -0.5}, "not cheaper (50% more tokens)"),
        ({"cost_saving": 0.0}, "not cheaper (the same)"),
    ],
)
def test_what_is_not_cheaper_says_by_how_much(changes: dict[str, Any], said: str) -> None:
    verdict = a_verdict(decision="reject", reason="not cheaper", **changes)
    result = a_result(verdicts={LONG: a_verdict(decision="baseline"), SHORT: verdict})
    assert said in report(result, width=120, color=False)


def test_what_costs_something_is_told_not_cheaper_than_a_free_baseline_whatever_its_tokens() -> (
    None
):
    verdict = a_verdict(decision="reject", reason="not cheaper", cost_saving=None, token_saving=0.5)
    result = a_result(
        some_figures(LONG, cost_per_1k_calls=0.0),
        short_figures(),
        verdicts={LONG: a_verdict(decision="baseline"), SHORT: verdict},
    )
    assert "not cheaper (the baseline is free), accuracy" in report(result, width=120, color=False)


def test_markdown_escapes_what_would_break_a_table() -> None:
    odd = some_figures(Candidate("mood", "a|b", "acme/one"), is_baseline=False)
    assert "a\\|b" in as_markdown(a_result(odd))


@pytest.mark.parametrize(
    ("asked", "format_name", "file"),
    [
        ("x.json", "json", "x.json"),
        ("x.CSV", "csv", "x.CSV"),
        ("x.md", "markdown", "x.md"),
        ("x.xml", "junit", "x.xml"),
        ("x.sarif", "sarif", "x.sarif"),
        ("gitlab:x.json", "gitlab", "x.json"),
        ("github-comment:out/x.md", "github-comment", "out/x.md"),
        ("nothing:x.json", "json", "nothing:x.json"),
    ],
)
def test_a_file_s_ending_tells_its_format_unless_it_is_named(
    asked: str, format_name: str, file: str
) -> None:
    assert EVALUATION.target(Path(asked)) == (format_name, Path(file))


@pytest.mark.parametrize("asked", ["x.pdf", "nothing:x", "x", "gitlab:"])
def test_a_file_of_an_unknown_format_is_refused(asked: str) -> None:
    with pytest.raises(UsageError, match="cannot tell the format of"):
        EVALUATION.target(Path(asked))
