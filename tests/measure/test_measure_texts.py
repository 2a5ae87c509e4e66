from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import Model
from llmopt.measure import texts
from llmopt.measure.texts import weigh_text
from llmopt.tokens.counting import counter_for

MODELS = [Model("openai/gpt-4o", "new"), Model("openai/gpt-4", "old")]


def in_pieces(text: str, size: int) -> Iterator[str]:
    return (text[i : i + size] for i in range(0, len(text), size))


@given(
    st.lists(
        st.sampled_from(
            [
                "word",
                " ",
                "\n",
                "\n\n",
                "A",
                "1234",
                ".",
                "/",
                "'s",
                "  ",
                "\r\n",
                "é",
                "中",
                "\t",
                "-",
            ]
        ),
        max_size=200,
    ).map("".join),
    st.integers(1, 40),
)
def test_pieces_add_up_to_the_whole(text: str, size: int) -> None:
    with patch.object(texts, "PIECE", 24), patch.object(texts, "LONGEST", 10_000):
        found = weigh_text("t", in_pieces(text, size), MODELS)
    for model, one in zip(MODELS, found, strict=True):
        assert one.tokens == len(counter_for(model.id).encode(text))
        assert one.exact
        assert one.characters == len(text)


def test_a_text_without_a_place_to_cut_is_an_estimate() -> None:
    with patch.object(texts, "PIECE", 24), patch.object(texts, "LONGEST", 100):
        (found,) = weigh_text("t", in_pieces("x" * 1000, 10), MODELS[:1])
    assert not found.exact


@pytest.mark.parametrize("text", ["", "word"])
def test_short_texts_need_no_cut(text: str) -> None:
    (found,) = weigh_text("t", [text], MODELS[:1])
    assert found.tokens == len(counter_for("openai/gpt-4o").encode(text))
    assert found.dollars == pytest.approx(found.tokens * 2.5e-6)
