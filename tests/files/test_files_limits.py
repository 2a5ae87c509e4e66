from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Bound, CaseLimits
from llmopt.files.limits import KINDS, LimitError, parse_bound, parse_limit
from llmopt.files.loading import load

NAMES = st.sampled_from(sorted(KINDS))


@pytest.mark.parametrize(
    ("name", "text", "bound"),
    [
        ("input_tokens", "+0%", Bound("+0%", 0.0, relative=True)),
        ("input_tokens", " +5% ", Bound("+5%", 0.05, relative=True)),
        ("input_tokens", "-10%", Bound("-10%", -0.1, relative=True)),
        ("input_tokens", "+20", Bound("+20", 20.0)),
        ("cost", "+5%", Bound("+5%", 0.05, relative=True)),
        ("accuracy", "-2pt", Bound("-2pt", -0.02)),
        ("accuracy", "-0.5 pt", Bound("-0.5 pt", -0.005)),
        ("latency_p95", "+1.5s", Bound("+1.5s", 1500.0)),
        ("max_input_tokens", "800", Bound("800", 800.0)),
        ("max_cost", "$0.002", Bound("$0.002", 0.002)),
        ("max_latency_p95", "250ms", Bound("250ms", 250.0)),
        ("min_accuracy", "90%", Bound("90%", 0.9)),
    ],
)
def test_limits_are_read_in_the_unit_of_their_measure(name: str, text: str, bound: Bound) -> None:
    read = parse_bound(name, text)
    assert (read.text, read.relative) == (bound.text, bound.relative)
    assert read.amount == pytest.approx(bound.amount)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("input_tokens", ""),
        ("input_tokens", "five"),
        ("input_tokens", "+5 %%"),
        ("input_tokens", "+5pt"),
        ("input_tokens", "-100%"),
        ("input_tokens", "+nan%"),
        ("input_tokens", "$5"),
        ("input_tokens", "800"),
        ("input_tokens", "5%"),
        ("latency", "200ms"),
        ("input_tokens", "+\u0665%"),
        ("input_tokens", "+-5%"),
        ("max_input_tokens", "\uff19\uff10"),
        ("max_latency_p95", "inf"),
        ("cost", "+5"),
        ("accuracy", "+2pt"),
        ("accuracy", "-2%"),
        ("accuracy", "-100pt"),
        ("latency", "+20"),
        ("max_input_tokens", "+800"),
        ("max_input_tokens", "10%"),
        ("min_accuracy", "101%"),
        ("min_accuracy", "-1%"),
    ],
)
def test_what_is_no_limit_is_refused_with_an_example(name: str, text: str) -> None:
    with pytest.raises(LimitError) as refused:
        parse_bound(name, text)
    assert KINDS[name].example in refused.value.hint


def test_a_bare_figure_is_never_taken_for_a_growth_of_that_size() -> None:
    with pytest.raises(LimitError, match="has no sign, and input_tokens limits a change") as bare:
        parse_limit("input_tokens", "800")
    assert "max_" in bare.value.hint


@given(NAMES, st.text(alphabet="+-$0123456789.%pt ms", max_size=12))
def test_any_text_is_a_finite_limit_or_refused(name: str, text: str) -> None:
    try:
        bound = parse_bound(name, text)
    except LimitError:
        return
    assert bound.text == text.strip()
    assert abs(bound.amount) < float("inf")


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_larger_number_allows_more(one: float, other: float) -> None:
    small, large = sorted((round(one, 3), round(other, 3)))
    assert (
        parse_bound("input_tokens", f"+{small:.3f}%").amount
        <= parse_bound("input_tokens", f"+{large:.3f}%").amount
    )
    assert parse_bound("cost", f"-{small / 1e5:.8f}%").amount <= 0


def test_a_warning_that_comes_after_the_failure_is_refused() -> None:
    assert parse_limit("input_tokens", "+5%", "+0%").warn == Bound("+0%", 0.0, relative=True)
    for name, fail, warn in [
        ("input_tokens", "+0%", "+5%"),
        ("input_tokens", "+5%", "+2"),
        ("accuracy", "-1pt", "-2pt"),
    ]:
        with pytest.raises(LimitError, match="comes after the failure"):
            parse_limit(name, fail, warn)


PROMPT = 'prompt: p\nvariants: {a: {user: "{{ x }}"}}\n'


def project(root: Path, config: str, cases: str = "cases: [{vars: {x: '1'}, expect: a}]") -> Path:
    (root / "prompts").mkdir()
    (root / "testcases").mkdir()
    (root / "prompts/p.yaml").write_text(PROMPT)
    (root / "testcases/p.yaml").write_text(f"prompt: p\n{cases}\n")
    (root / "llmopt.yaml").write_text(config)
    return root


def test_gates_are_read_for_all_prompts_and_for_single_ones(tmp_path: Path) -> None:
    text = """\
gates:
  input_tokens: {warn: +0%, fail: +5%}
  max_input_tokens: 800
  prompts:
    p: {input_tokens: +5%}
"""
    loaded = load(project(tmp_path, text))
    assert loaded.problems == ()
    config = loaded.suite.config
    assert config.gates["input_tokens"].warn == Bound("+0%", 0.0, relative=True)
    assert config.gates["max_input_tokens"].fail == Bound("800", 800.0)
    assert config.prompt_gates["p"]["input_tokens"].fail == Bound("+5%", 0.05, relative=True)


@pytest.mark.parametrize(
    ("gates", "place", "message"),
    [
        ("{cost: +5}", "1:15", "cost takes no limit without a unit, found '+5'"),
        ("{cst: +5%}", "1:9", "unknown key 'cst'"),
        ("{cost: [1]}", "1:15", "'cost': expected text, found a list"),
        ("{input_tokens: {}}", "1:23", "the limit is empty"),
        ("{input_tokens: {warm: +0%}}", "1:24", "unknown key 'warm'"),
        ("{prompts: {q: {cost: +5%}}}", "1:19", "gates are given for prompt 'q', which does not"),
        ("{prompts: {p: {cost: 5pt}}}", "1:29", "cost takes no limit in pt, found '5pt'"),
    ],
)
def test_wrong_gates_are_told_at_their_place(
    tmp_path: Path, gates: str, place: str, message: str
) -> None:
    problems = load(project(tmp_path, f"gates: {gates}\n")).problems
    assert [problem.where for problem in problems][:1] == [f"llmopt.yaml:{place}"]
    assert problems[0].message.startswith(message)


def test_a_case_may_set_limits_and_its_own_win(tmp_path: Path) -> None:
    cases = """\
defaults: {max_output_tokens: 20, max_latency_ms: 1500}
cases:
  - {id: own, vars: {x: "1"}, expect: a, max_output_tokens: 5, max_cost: 0.01}
  - {id: shared, vars: {x: "1"}, expect: a}
data:
  - {file: rows.csv, expect: label}
"""
    root = project(tmp_path, "traffic: {p: 5/day}\n", cases)
    (root / "testcases/rows.csv").write_text("x,label\n1,a\n")
    loaded = load(root)
    assert loaded.problems == ()
    shared = CaseLimits(max_output_tokens=20, max_latency_ms=1500)
    own = CaseLimits(max_output_tokens=5, max_latency_ms=1500, max_cost=0.01)
    assert [case.limits for case in loaded.suite.cases["p"]] == [own, shared, shared]
    assert loaded.suite.limited == {"p"}


def test_cases_without_limits_say_so(tmp_path: Path) -> None:
    suite = load(project(tmp_path, "traffic: {p: 5/day}\n")).suite
    assert suite.limited == frozenset()
    assert suite.cases["p"][0].limits is None
