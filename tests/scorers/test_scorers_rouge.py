from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from tests.scorers.judging import judge

from llmopt.errors import UsageError

WORDS = st.lists(
    st.sampled_from(
        [
            "the",
            "cats",
            "were",
            "sitting",
            "mats",
            "on",
            "dog-house",
            "3.5",
            "it's",
            "_x_",
            "running,",
            "ran",
        ]
    )
).map(" ".join)


@given(WORDS, WORDS, st.sampled_from(["rouge1", "rouge2", "rougeL"]))
def test_english_is_scored_as_the_package_does(reply: str, expect: str, kind: str) -> None:
    figures = RougeScorer([kind], use_stemmer=True).score(expect, reply)[kind]
    for measure, value in zip(("precision", "recall", "f"), figures, strict=True):
        assert judge("rouge", reply, expect, type=kind, measure=measure).value == value


@pytest.mark.parametrize(
    ("reply", "expect", "options", "value"),
    [
        ("the cat sat", "the cat sat", {}, 1),
        ("the cat", "the cat sat down", {"measure": "recall"}, 0.5),
        ("the cat", "the cat sat down", {"measure": "precision"}, 1),
        ("cat the", "the cat", {"type": "rouge1"}, 1),
        ("cat the", "the cat", {"type": "rouge2"}, 0),
        ("cat the", "the cat", {}, 0.5),
        ("dog", ["cat", "dog"], {}, 1),
        ("größe über", "über größe", {"type": "rouge1"}, 1),
        ("кошка сидит", "кошка сидит", {}, 1),
        ("猫坐着", "猫坐", {"measure": "recall"}, 1),
        ("", "cat", {}, 0),
        ("cat", "", {}, 0),
    ],
)
def test_rouge_measures_overlap(
    reply: str, expect: Any, options: dict[str, Any], value: float
) -> None:
    assert judge("rouge", reply, expect, **options).value == pytest.approx(value)


def test_a_reply_beyond_the_bound_says_that_it_was_cut() -> None:
    score = judge("rouge", "word " * 5_001, "word")
    assert score.reason == "rougeL f 0.00 against 'word', its first 5,000 words"


@pytest.mark.parametrize(
    ("options", "hint"),
    [({"type": "rougel"}, "did you mean 'rougeL'?"), ({"measure": "f1"}, "did you mean 'f'?")],
)
def test_an_unknown_variant_is_refused_with_a_hint(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        judge("rouge", "x", "x", **options)
    assert caught.value.hint == hint
