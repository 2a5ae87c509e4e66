"""What holds for every scorer that looks at text, whatever a model may reply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import a_case, a_scorer

from llmopt.domain import Score
from llmopt.scorers.base import Scorer

LABELS = ("positive", "negative", "not positive", "1", "C++")
SCORERS: dict[str, tuple[Scorer, Any]] = {
    "exact": (a_scorer("exact"), "yes"),
    "label": (a_scorer("label", labels=LABELS), "positive"),
    "contains": (a_scorer("contains"), ["yes", "no", "25"]),
    "regex": (a_scorer("regex"), r"\byes\b|\d+"),
    "numeric": (a_scorer("numeric", tolerance="1%"), 25),
    "json": (a_scorer("json", strict_types=False), {"a": 1, "b": [1, {"c": "x"}]}),
    "json schema": (
        a_scorer("json", schema={"type": "object", "properties": {"a": {"type": "string"}}}),
        None,
    ),
    "f1": (a_scorer("f1"), ["the cat", "25"]),
    "rouge": (a_scorer("rouge"), "the cat sat on 25 mats"),
    "length": (a_scorer("length", max_words=5, max_sentences=2), None),
}
PIECES = st.sampled_from(
    [
        *("positive", "negative", "not", "answer:", "25", "1,234", "%", "=", "1/2", "e9", "½", "-"),
        *("{", "}", '"a"', ":", "[", "]", "\\", '{"a": 1}', "\n", "?", "**", "`", "é", "e\u0301"),
        *("</think>", "\ud800", "\x00", "\u202e", "10^9", "x10^999", "1e400", "overall", "or", "("),
        *(".", "正"),
    ]
)
REPLIES = st.text() | st.lists(PIECES, max_size=30).map("".join) | st.lists(PIECES).map(" ".join)

N = 100_000
LONG = [" ", "\n", "9", "9 ", "1,", "1.", "1-", "1/", "{", '{"', '{"a":', "{}", '{"a":1}', "[", '"']
LONG += [
    "a",
    "\\",
    ". ",
    "...",
    "e.g. ",
    "answer ",
    "answer: ",
    "answer is ",
    "= ",
    "overall ",
    "_",
]
LONG += [
    "positive ",
    "positive, ",
    "positive\n",
    "not ",
    "whether ",
    "**",
    "n't ",
    "label as ",
    "?",
]
LONG += ["10^", "½", "1 234 ", "5 or ", "5+", "</think>", "\ud800", "e\u0301", "正", "- ", "\n- "]


def checked(name: str, reply: str) -> Score:
    scorer, expect = SCORERS[name]
    score = scorer.score(reply, a_case(expect))
    assert isinstance(score, Score)
    assert 0 <= score.value <= 1
    assert score.reason
    assert len(score.reason) <= 400
    assert score.reason.isprintable()
    return score


@pytest.mark.parametrize("name", SCORERS)
@given(reply=REPLIES)
def test_every_reply_gets_a_score_and_a_printable_reason(name: str, reply: str) -> None:
    assert checked(name, reply) == checked(name, reply)


@pytest.mark.parametrize("name", SCORERS)
@pytest.mark.parametrize("piece", LONG)
def test_a_long_monotonous_reply_gets_a_score(name: str, piece: str) -> None:
    # Were the work to grow with the square of the length, this would take hours.
    checked(name, piece * (N // len(piece)) + "x")
