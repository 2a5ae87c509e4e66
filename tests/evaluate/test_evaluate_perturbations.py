import re
import string
import subprocess
import sys
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.domain import PERTURBATIONS, Case, Perturbation, Place, ScorerSpec
from llmopt.evaluate.perturbations.draws import Draws
from llmopt.evaluate.perturbations.lookalikes import LOOKALIKES
from llmopt.evaluate.perturbations.perturb import TEXT, changes, perturb
from llmopt.evaluate.perturbations.spans import is_kept_word, pieces
from llmopt.evaluate.perturbations.typos import NEIGHBOURS, misspelt

REVIEW = (
    'They said "two days", yet it took 14 days, and I did not get my refund of $1,249.50. '
    "Isn't there anybody at help@acme.example or https://acme.example/Returns?id=A7 who answers? "
    "I never had such trouble with NASA's `Order.Total()` before, it's a shame!"
)
KEPT = (
    "14",
    "$1,249.50.",
    "help@acme.example",
    "https://acme.example/Returns?id=A7",
    "Order.Total()",
)
texts = st.text(max_size=300)
prose = st.lists(
    st.sampled_from([*REVIEW.split(), "-", "\n", "très", "größer", "Дом", "日本語"]), max_size=60
).map(" ".join)
names = st.sampled_from(PERTURBATIONS)
seeds = st.integers(0, 10_000)


def a_case(vars: dict[str, Any], expect: Any = None) -> Case:  # noqa: A002 - the users' word
    return Case("one", 0, vars, expect, ScorerSpec("exact"), (), None, Place("f", 1, 1))


def changed(name: Perturbation, text: str, seed: int = 0, keep: tuple[str, ...] = ()) -> str:
    return str(perturb(name, text, Draws(seed), keep))


def test_every_name_has_its_function() -> None:
    assert tuple(TEXT) == PERTURBATIONS == get_args(Perturbation)


@given(names, texts | prose, seeds)
def test_the_same_seed_gives_the_same_text(name: Perturbation, text: str, seed: int) -> None:
    assert changed(name, text, seed) == changed(name, text, seed)


def test_a_seed_gives_the_same_text_in_every_process() -> None:
    code = (
        "from llmopt.evaluate.perturbations.draws import Draws\n"
        "from llmopt.evaluate.perturbations.perturb import TEXT\n"
        f"print([f({REVIEW!r}, Draws(3, n), ()) for n, f in TEXT.items()])"
    )
    run = [sys.executable, "-c", code]
    outs = {
        subprocess.run(
            run, capture_output=True, check=True, env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outs) == 1


def test_what_a_seed_gives_is_pinned() -> None:
    draws = Draws(0, "one", "text", "typos")
    assert [draws.pick(range(1000)) for _ in range(4)] == [127, 545, 236, 114]
    text = "Came two days late, works perfectly, the colour is wonderful."
    assert changed("typos", text) == text.replace("perfectly", "perectly")


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS if name != "order"])
def test_each_changes_a_review_and_spares_numbers_addresses_and_code(name: Perturbation) -> None:
    for seed in range(40):
        text = changed(name, REVIEW, seed)
        assert text != REVIEW
        assert [kept for kept in KEPT if kept not in text] == []


@pytest.mark.parametrize("name", [name for name in PERTURBATIONS if name != "order"])
def test_negations_survive(name: Perturbation) -> None:
    for seed in range(40):
        text = changed(name, REVIEW, seed)
        for word in ("not", "never", "Isn't"):
            if name == "case":
                text, word = text.casefold(), word.casefold()  # noqa: PLW2901 - either case will do
            assert re.search(rf"(?<!\w){word}(?!\w)", text), (seed, text)


@given(prose, seeds)
def test_no_typing_error_makes_a_negation_or_a_number(text: str, seed: int) -> None:
    before = [word for word in re.findall(r"\w+", text) if is_kept_word(word)]
    after = [
        word for word in re.findall(r"\w+", changed("typos", text, seed)) if is_kept_word(word)
    ]
    assert before == after


@given(st.text(string.ascii_lowercase, min_size=4, max_size=12), seeds)
def test_a_misspelt_word_is_one_error_away_and_begins_the_same(word: str, seed: int) -> None:
    wrong = misspelt(word, Draws(seed))
    assert wrong[0] == word[0]
    assert abs(len(wrong) - len(word)) <= 1
    assert sum((a != b) for a, b in zip(sorted(word), sorted(wrong), strict=False)) <= len(word)


@pytest.mark.parametrize("name", PERTURBATIONS)
@given(text=texts | prose, seed=seeds)
def test_the_length_stays_within_bounds(name: Perturbation, text: str, seed: int) -> None:
    found = changed(name, text, seed)
    assert len(text) * 0.5 - 2 <= len(found) <= len(text) * 3 + 2


@given(texts | prose, seeds)
def test_other_white_space_leaves_every_word_whole(text: str, seed: int) -> None:
    assert changed("whitespace", text, seed).split() == text.split()


@given(texts | prose, seeds)
def test_other_capitals_are_the_same_letters(text: str, seed: int) -> None:
    assert changed("case", text, seed).casefold() == text.casefold()


@given(texts | prose, seeds)
def test_lookalikes_lead_back_to_the_text(text: str, seed: int) -> None:
    back = {after: before for before, after in LOOKALIKES.items()} | {"“": '"', "”": '"'}
    found = changed("lookalikes", text, seed)
    assert len(found) == len(text)
    for before, after in zip(text, found, strict=True):
        assert after == before or back[after] == before


@given(texts | prose, seeds)
def test_punctuation_leaves_every_letter_and_digit(text: str, seed: int) -> None:
    found = changed("punctuation", text, seed)
    assert re.findall(r"[^\W_]", found) == re.findall(r"[^\W_]", text)
    assert text.count("?") <= found.count("?")


@given(st.lists(st.integers(0, 5)), seeds)
def test_order_is_a_permutation_that_differs_if_it_can(items: list[int], seed: int) -> None:
    found = perturb("order", items, Draws(seed))
    assert sorted(found) == sorted(items)
    assert isinstance(found, list)


@given(texts | prose, seeds)
def test_the_order_of_a_text_keeps_its_characters(text: str, seed: int) -> None:
    def squeezed(one: str) -> list[str]:
        return sorted("".join(one.split()))

    assert squeezed(changed("order", text, seed)) == squeezed(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("red, green, dark blue", {"red", "green", "dark blue"}),
        ("Choose:\n- red\n- green\n- blue\n", {"- red", "- green", "- blue"}),
    ],
)
def test_lists_in_a_text_are_shuffled(text: str, parts: set[str]) -> None:
    found = {changed("order", text, seed) for seed in range(20)}
    assert len(found) > 1
    for one in found:
        lines = one.splitlines()[1:] if "\n" in text else one.split(", ")
        assert set(lines) == parts
    assert all(one.endswith("\n") == text.endswith("\n") for one in found)


@pytest.mark.parametrize(
    "text",
    ["", "one", "First do this, then wait for an hour or so, and call.", "1. boil\n2. eat", REVIEW],
)
def test_what_is_no_list_keeps_its_order(text: str) -> None:
    assert {changed("order", text, seed) for seed in range(20)} == {text}


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("text", ["", "  \n", "42", "`x = 1`", "日本"])
def test_what_has_nothing_to_change_stays_as_it_is_but_for_marks(
    name: Perturbation, text: str
) -> None:
    found = changed(name, text)
    assert found.rstrip(" \n.") == text.rstrip(" \n.")


def test_a_value_that_is_no_text_stays_as_it_is() -> None:
    for name in PERTURBATIONS:
        assert perturb(name, 7, Draws(0)) == 7
        assert perturb(name, {"a": "b c d e"}, Draws(0)) == {"a": "b c d e"}


def test_what_the_expectation_quotes_stays_as_it_is() -> None:
    case = a_case({"text": "please send Margaret Thornbury the invoice tomorrow morning"},
                  {"name": "Margaret Thornbury"})  # fmt: skip
    for name in ("typos", "case", "lookalikes"):
        for seed in range(20):
            found = changes(case, {"text": (name,)}, name, seed=seed)
            assert "Margaret Thornbury" in found["text"]


def test_only_the_chosen_variables_are_changed() -> None:
    case = a_case({"text": "works perfectly well", "other": "works perfectly well", "n": 3})
    chosen: dict[str, tuple[Perturbation, ...]] = {"text": ("typos",), "n": ("typos",)}
    assert list(changes(case, chosen, "typos", seed=0)) == ["text"]
    assert changes(case, chosen, "case", seed=0) == {}


@given(texts | prose)
def test_pieces_are_the_text_again(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


def test_neighbouring_keys_are_neighbours_of_each_other() -> None:
    lonely = [(a, b) for a, near in NEIGHBOURS.items() for b in near if a not in NEIGHBOURS[b]]
    assert lonely == []
