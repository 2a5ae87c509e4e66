"""`score:` in all its short forms becomes one kind of tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmopt.domain import Place, ScorerSpec
from llmopt.files import scoring
from llmopt.files.problems import Report
from llmopt.files.scoring import (
    leaves,
    misfit,
    needing_expectation,
    parse_score,
    wants_text,
)
from llmopt.files.source import Source
from llmopt.files.yaml_nodes import compose


def parsed(text: str) -> ScorerSpec:
    report = Report()
    source = Source(Path("t.yaml"), "t.yaml", f"score: {text}\n")
    root = compose(source, report)
    assert root is not None
    spec = parse_score(root.entries["score"].value, source, report)
    assert report.problems() == ()
    assert spec is not None
    return spec


def bare(spec: ScorerSpec) -> Any:
    """A tree without places: name, options, parts, and a weight that is not 1."""
    tree: list[Any] = [spec.name]
    tree += [dict(spec.options)] if spec.options else []
    tree += [[bare(part) for part in spec.parts]] if spec.parts else []
    tree += [spec.weight] if spec.weight != 1 else []
    return tree[0] if len(tree) == 1 else tuple(tree)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("label", "label"),
        ("{label: }", "label"),
        ("{label: {}}", "label"),
        ("{label: {labels: [a, 1, true]}}", ("label", {"labels": ["a", "1", "true"]})),
        ("{contains: free shipping}", ("contains", {"expect": "free shipping"})),
        ("{contains: [a, 1.10]}", ("contains", {"expect": ["a", "1.10"]})),
        ("{exact: 007}", ("exact", {"expect": "007"})),
        ("{exact: {ignore_case: true}}", ("exact", {"ignore_case": True})),
        ("{regex: '\\d+'}", ("regex", {"expect": "\\d+"})),
        ("{numeric: 5}", ("numeric", {"expect": 5})),
        ("{numeric: {tolerance: 0.01}}", ("numeric", {"tolerance": 0.01})),
        ("{numeric: {tolerance: 1%}}", ("numeric", {"tolerance": "1%"})),
        ("{json: {expect: {a: 1}}}", ("json", {"expect": {"a": 1}})),
        ("{json: [1, 2]}", ("json", {"expect": [1, 2]})),
        ("{json: {schema: {type: object}}}", ("json", {"schema": {"type": "object"}})),
        (
            "{rouge: {type: rouge1, measure: recall}}",
            ("rouge", {"type": "rouge1", "measure": "recall"}),
        ),
        ("{length: {max_words: 30}}", ("length", {"max_words": 30})),
        ("{python: checks:polite}", ("python", {"function": "checks:polite"})),
        ("{python: {function: a.b:c.d}}", ("python", {"function": "a.b:c.d"})),
        ("{not: exact}", ("not", ["exact"])),
        ("{not: {contains: sorry}}", ("not", [("contains", {"expect": "sorry"})])),
        (
            "{all: [label, {contains: x, weight: 2}, {not: {contains: sorry}}]}",
            (
                "all",
                [
                    "label",
                    ("contains", {"expect": "x"}, 2.0),
                    ("not", [("contains", {"expect": "sorry"})]),
                ],
            ),
        ),
        (
            "{any: [{all: [f1, rouge], weight: 0.5}, exact]}",
            ("any", [("all", ["f1", "rouge"], 0.5), "exact"]),
        ),
    ],
)
def test_every_form_is_normalised(text: str, tree: object) -> None:
    assert bare(parsed(text)) == tree


def test_every_part_knows_its_place() -> None:
    spec = parsed("{all: [label, {not: {contains: x}}]}")
    inverted = spec.parts[1]
    assert [spec.place, spec.parts[0].place, inverted.place, inverted.parts[0].place] == [
        Place("t.yaml", 1, 9),
        Place("t.yaml", 1, 15),
        Place("t.yaml", 1, 23),
        Place("t.yaml", 1, 29),
    ]


def test_scorers_of_other_packages_pass_with_their_options_unchecked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scoring, "added_scorers", lambda: frozenset({"bleu"}))
    assert bare(parsed("bleu")) == "bleu"
    assert bare(parsed("{bleu: {order: 4, what: [ever]}}")) == (
        "bleu",
        {"order": 4, "what": ["ever"]},
    )
    assert bare(parsed("{bleu: x}")) == ("bleu", {"expect": "x"})
    assert needing_expectation(parsed("bleu")) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("label", ["label"]),
        ("{label: x}", []),
        ("{json: {schema: {}}}", []),
        ("json", ["json"]),
        ("{length: {max_words: 3}}", []),
        ("{python: a:b}", []),
        ("{not: {contains: x}}", []),
        ("{all: [label, {contains: x}, {not: f1}]}", ["label", "f1"]),
    ],
)
def test_it_is_known_which_scorers_need_an_expectation(text: str, names: list[str]) -> None:
    assert needing_expectation(parsed(text)) == names


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("label", True),
        ("{all: [label, numeric]}", True),
        ("numeric", False),
        ("json", False),
        ("{all: [label, json]}", False),
        ("{label: x}", False),
    ],
)
def test_text_scorers_take_numbers_as_they_are_written(text: str, wants: bool) -> None:  # noqa: FBT001
    assert wants_text(parsed(text)) is wants


@pytest.mark.parametrize(
    ("name", "fitting", "unfit"),
    [
        ("exact", ["a", ["a", "b"]], [{"a": 1}, 5, [1], [None]]),
        ("regex", ["a+"], ["(", ["a"], "(" * 10_000]),
        ("numeric", [5, -0.5, "1,240", "12 %", "½", "about 3"], ["many", True, [1], ""]),
        ("json", [{"a": 1}, [1], "text", 5], []),
    ],
)
def test_expectations_are_held_against_what_scorers_read(
    name: str, fitting: list[object], unfit: list[object]
) -> None:
    spec = ScorerSpec(name)
    assert [value for value in fitting if misfit(spec, value)] == []
    assert [value for value in unfit if not misfit(spec, value)] == []


def test_leaves_are_the_scorers_that_read_replies() -> None:
    spec = parsed("{all: [label, {not: {any: [f1, exact]}}]}")
    assert [leaf.name for leaf in leaves(spec)] == ["label", "f1", "exact"]
