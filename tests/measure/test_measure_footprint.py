from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.conftest import Project

from llmopt.api.project import load
from llmopt.domain import (
    Case,
    Config,
    Message,
    MessageTemplate,
    Model,
    Place,
    Price,
    Prompt,
    ScorerSpec,
    Suite,
    Variant,
)
from llmopt.errors import InputError
from llmopt.files.template import compile_template, compile_variant
from llmopt.measure.footprint import footprints, measure
from llmopt.measure.prefix import Shared
from llmopt.tokens.counting import counter_for

GPT = Model("openai/gpt-4o", "gpt", price=Price(input=2.5, output=10))
HERE = Place("p.yaml", 4, 11)


def test_a_variant_weighs_what_its_rendered_cases_count(project: Project) -> None:
    suite = load(project.root)
    counter = counter_for("openai/gpt-4o")
    for found in footprints(suite, [GPT]):
        variant = suite.prompts["mood"].variants[found.candidate.variant]
        renderer = compile_variant(variant, "jinja")
        counts = [counter.messages(renderer.render(c.vars)).tokens for c in suite.cases["mood"]]
        assert found.mean_tokens == sum(counts) / len(counts)
        assert found.max_tokens == max(counts)
        assert max(counts) >= found.p95_tokens >= found.mean_tokens
        assert found.cases == 4
        assert found.exact
        assert found.dollars_per_call == pytest.approx(found.mean_tokens * 2.5e-6)
        assert found.dollars_per_month is None


def test_dollars_a_month_need_declared_traffic(project: Project) -> None:
    project.write("llmopt.yaml", "traffic: {mood: 1000/day}\n")
    for found in footprints(load(project.root), [GPT]):
        assert found.dollars_per_call is not None
        assert found.dollars_per_month == pytest.approx(found.dollars_per_call * 1000 * 365.25 / 12)


def test_an_unknown_price_is_unknown_not_zero(project: Project) -> None:
    project.write("llmopt.yaml", "traffic: {mood: 1000/day}\n")
    for found in footprints(load(project.root), [Model("openai/my-own", "mine")]):
        assert found.dollars_per_call is None
        assert found.dollars_per_month is None


def test_long_inputs_are_priced_at_their_own_rate(project: Project) -> None:
    project.write("prompts/mood.yaml", "prompt: mood\nvariants: {a: {user: '{{ text }}'}}\n")
    project.write(
        "testcases/mood.yaml",
        "prompt: mood\nscore: label\ncases:\n"
        f"  - {{vars: {{text: '{'word ' * 250_000}'}}, expect: a}}\n"
        "  - {vars: {text: short}, expect: b}\n",
    )
    model = Model("google/gemini-2.5-pro", "gemini")
    (found,) = footprints(load(project.root), [model])
    flat = found.mean_tokens * 1.25e-6
    assert found.dollars_per_call is not None
    assert found.dollars_per_call > 1.5 * flat


def test_models_that_count_alike_are_counted_alike(project: Project) -> None:
    found = footprints(load(project.root), [GPT, Model("anthropic/claude-haiku-4-5", "haiku")])
    assert [f.candidate.model for f in found] == ["gpt", "haiku"] * 2
    assert [f.exact for f in found] == [True, False] * 2


def test_a_variant_without_variables_needs_no_case(project: Project) -> None:
    project.write("prompts/fixed.yaml", "prompt: fixed\nvariants: {a: {user: Tell a joke.}}\n")
    (found,) = footprints(load(project.root), [GPT], prompts=["fixed"])
    assert found.cases == 0
    assert found.mean_tokens == found.max_tokens == found.static_prefix_tokens


def test_a_variant_with_variables_and_no_case_is_named_not_dropped(project: Project) -> None:
    project.write("prompts/bare.yaml", "prompt: bare\nvariants: {a: {user: '{{ text }}'}}\n")
    found = measure(load(project.root), [GPT], prompts=["bare"])
    assert found.footprints == ()
    assert [(u.prompt, u.variant) for u in found.unmeasured] == [("bare", "a")]


def test_cases_that_cannot_be_rendered_are_told_with_their_places(project: Project) -> None:
    project.write(
        "prompts/mood.yaml", "prompt: mood\nvariants: {a: {user: '{{ text | upper + 1 }}'}}\n"
    )
    with pytest.raises(InputError) as caught:
        footprints(load(project.root), [GPT])
    problems = caught.value.problems
    assert len(problems) == 4
    assert {problem.file for problem in problems} == {"testcases/mood.yaml"}
    assert [problem.line for problem in problems] == [4, 5, 6, 7]


def template(*texts: str) -> Variant:
    return Variant("a", tuple(_message(text) for text in texts), {}, HERE)


def _message(text: str) -> MessageTemplate:
    uses = sorted(compile_template(text, "jinja").uses, key=lambda use: use.offset)
    return MessageTemplate("user", text, HERE, tuple((use.name, HERE) for use in uses))


def common(variant: Variant, *cases: dict[str, Any]) -> Any:
    shared, renderer = Shared(), compile_variant(variant, "jinja")
    for values in cases:
        shared.add(renderer.render(values), values)
    return shared.prefix(variant, "jinja", counter_for("openai/gpt-4o"))


texts = st.text(alphabet="ab \n.é", max_size=12)


@given(texts, texts, st.lists(texts, min_size=2, max_size=6, unique=True))
@example("\n", "\n", ["", "a"])
def test_the_static_prefix_is_the_longest_common_token_prefix(
    head: str, tail: str, values: list[str]
) -> None:
    counter = counter_for("openai/gpt-4o")
    variant = template("Fixed.", f"{head}{{{{ text }}}}{tail}")
    found = common(variant, *({"text": value} for value in values))
    renderer = compile_variant(variant, "jinja")  # it takes a line break off the end
    contents = [renderer.render({"text": value})[1].content for value in values]
    encoded = [counter.encode(content) for content in contents]
    least = min(
        len(list(takewhile(lambda p: p[0] == p[1], zip(encoded[0], other, strict=False))))
        for other in encoded
    )
    frame = counter.framed([Message("user", "Fixed.")]) + counter.opening("user")
    if len(set(contents)) > 1:
        assert found.tokens == frame + least
        assert not found.whole


def test_a_long_common_text_is_counted_to_its_last_token() -> None:
    counter = counter_for("openai/gpt-4o")
    head = "Answer by the rules below, point by point. " * 200
    found = common(template(head + "{{ text }}"), {"text": "one"}, {"text": "two"})
    assert found.tokens == counter.opening("user") + len(counter.encode(head.rstrip()))


def test_what_varies_first_is_named() -> None:
    variant = template("Rules.", "Rules for {{ team }}.\n  on {{ date }}: {{ text }}")
    cases = [{"team": "x", "date": day, "text": "same"} for day in ("Monday", "Friday")]
    found = common(variant, *cases)
    assert found.variable == "date"
    assert (found.message, found.role) == (1, "user")
    assert found.characters == len("Rules for x.\n  on ")


@pytest.mark.parametrize(
    "written",
    [
        '"Rules here.\\nDay: {{ date }}\\n"',
        "'It''s {{ date }}'",
        "Day {{ date }}, and\n      later",
        ">\n      Rules here and\n      more\n      {{ date }} end\n",
        "|\n      Rules\n        on {{ date }}\n",
    ],
    ids=["double quotes", "single quotes", "plain", "folded", "block"],
)
def test_the_place_of_what_varies_holds_in_every_way_to_write_it(
    project: Project, written: str
) -> None:
    text = f"prompt: mood\nvariants:\n  a:\n    user: {written}\n"
    (project.root / "prompts/mood.yaml").write_text(text)
    (project.root / "testcases/mood.yaml").write_text(
        "prompt: mood\nscore: label\ncases:\n"
        "  - {vars: {date: Monday}, expect: a}\n  - {vars: {date: Friday}, expect: b}\n"
    )
    (found,) = footprints(load(project.root), [GPT])
    place = found.prefix.place
    assert place is not None
    assert text.splitlines()[place.line - 1][place.column - 1 :].startswith("date }}")


def test_a_prompt_named_twice_is_counted_once(project: Project) -> None:
    suite = load(project.root)
    assert footprints(suite, [GPT], prompts=["mood", "mood"]) == footprints(suite, [GPT])


@given(st.lists(st.text(alphabet="ab .é\n", max_size=30), min_size=1, max_size=40))
def test_mean_p95_and_max_are_those_of_all_cases(texts: list[str]) -> None:
    model, counter = GPT, counter_for(GPT.identity)
    variant, name = template("Say: {{ text }}"), "p"
    cases = [
        Case(str(i), i, {"text": text}, None, ScorerSpec("label"), (), None, HERE)
        for i, text in enumerate(texts)
    ]
    prompt = Prompt(name, "", "a", {"a": variant}, "jinja", HERE)
    config = Config((), None, {}, {}, None)
    (found,) = footprints(Suite(Path(), config, {name: prompt}, {name: cases}, {}), [model])
    counts = [counter.messages([Message("user", f"Say: {text}")]).tokens for text in texts]
    assert found.cases == len(texts)
    assert found.mean_tokens == pytest.approx(fmean(counts))
    assert found.max_tokens == max(counts)
    assert found.p95_tokens == pytest.approx(float(np.quantile(counts, 0.95)))


def test_equal_cases_share_everything() -> None:
    found = common(template("Rules."), {}, {})
    assert found.whole
    assert found.variable is None


def test_a_single_case_shares_what_its_template_fixes() -> None:
    counter = counter_for("openai/gpt-4o")
    found = common(template("Rules: a, b, c.", "Text: {{ text }}"), {"text": "one"})
    assert not found.whole
    assert found.variable == "text"
    assert found.tokens == counter.framed([Message("user", "Rules: a, b, c.")]) + counter.opening(
        "user"
    ) + len(counter.encode("Text:"))
