from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import judge

from llmopt.errors import ScorerError, UsageError
from llmopt.scorers.numeric import answer_in
from llmopt.scorers.quantities import found_in, simplified


def read(text: str) -> Fraction | None:
    """The number that a reply answers with, in ones."""
    found = answer_in(simplified(text))
    return found.quantity.size if found and found.quantity else None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25", "25"),
        ("25.", "25"),
        ("25.0", "25"),
        (".5", "0.5"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("–5", "-5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("(5)", "5"),
        ("+5", "5"),
        ("~5", "5"),
        ("$12", "12"),
        ("US$12", "12"),
        ("EUR12", "12"),
        ("€12,50", "12.5"),
        ("12,50 €", "12.5"),
        ("25 apples", "25"),
        ("25kg", "25"),
        ("3rd", "3"),
        ("**25**", "25"),
        ("`25`", "25"),
        ("\\$25", "25"),
        ("12%", "0.12"),
        ("12 %", "0.12"),
        ("12.5 percent", "0.125"),
        ("12\\%", "0.12"),
        ("1,234", "1234"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1.234.567", "1234567"),
        ("1.234", "1.234"),
        ("1,5", "1.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("12,34,567", "1234567"),
        ("1 234 567", "1234567"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1’234", "1234"),
        ("1_000", "1000"),
        ("1{,}234", "1234"),
        ("1/2", "0.5"),
        ("-1/2", "-0.5"),
        ("1 1/2", "1.5"),
        ("\\frac{3}{4}", "0.75"),
        ("½", "0.5"),
        ("2½ hours", "2.5"),
        ("1.5e3", "1500"),
        ("2E-3", "0.002"),
        ("2.5 x 10^3", "2500"),
        ("2.5 × 10⁻³", "0.0025"),
        ("3 \\times 10^{4}", "30000"),
        ("10^6", "1000000"),
        ("10**3", "1000"),
        ("1.5 million", "1500000"),
        ("$2 billion", "2000000000"),
        ("7k", "7000"),
        ("٢٥", "25"),
        ("２５", "25"),
        ("共25个", "25"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: str) -> None:
    assert read(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "none", "H2O", "GPT-4", "v2", "COVID-19", "mp3", "1.2.3", "192.168.0.1", "12:30"),
        *("2024-01-05", "05/01/2024", "x^2", "5²", "2^10", "snake_5", "twenty-five"),
    ],
)
def test_digits_that_are_no_number_are_passed_over(text: str) -> None:
    assert answer_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("3-4", "3–4", "1,234,50", "1,2,3", "1/0", "5 or 6", "5 to 6 apples", "between 5 and 6"),
        *("Answer: 5 or 6", "Answer: 3-4", "5 - 6", "1e999999", "9" * 100, "$5 or $6", "1.5/2"),
    ],
)
def test_what_is_no_single_number_is_not_guessed(text: str) -> None:
    found = answer_in(text)
    assert found is not None
    assert found.quantity is None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("She had 60, sold 35, so 25 are left", 25),
        ("The answer is 25. She sold 35 of 60.", 25),
        ("Answer: 25\n\nCheck: 60 - 35 = 25, as on page 7", 25),
        ("**Answer:** 25 (of 60)", 25),
        ("**Answer:**\n\n25\n\nStep 1 of 3", 25),
        ("The final answer is therefore $25, not $35.", 25),
        ("Answer: 10 + 15 = 25", 25),
        ("The answer is 60 − 35 = 25 apples, 3 of them green", 25),
        ("The answer is 25 (10 + 15 = 25, 2 steps)", 25),
        ("Answer: 10. Wait: answer: 25. See 3 above.", 25),
        ("To find the answer: 60% of 25 is 15, and 40% is 10, so 25", 25),
        ("The answer is not 35 but 25", 25),
        ("10 + 15 = 25 apples in 2 baskets", 25),
        ("10 = 2 * 5, 25 = 5 * 5; in all 3 steps", 5),
        ("x >= 3, y <= 4, so 25", 25),
        ("10 + 15 ≈ 25 (3 digits)", 25),
        ("= **25** apples of 60", 25),
        ("= about 25, or 42 percent of all 60", 25),
        ("\\boxed{25} after 3 steps", 25),
        ("So $\\boxed{\\text{25}}$ in 3 steps", 25),
        ("10 + 15 makes it\n#### 25", 25),
        ("#### 3. Conclusion\nIt is 25", 25),
        ("<think>Is it 35? 60?</think>25", 25),
        ("Ergebnis: 25 (von 60)", 25),
        ("La respuesta es 25, de 60", 25),
        ("25 apples as of 2024-01-05, 12:30", 25),
        ("Answer: 25\n- 10 are red\n- 15 are green", 25),
        ("The H2O level in GPT-4's answer is 25", 25),
        ("1. Sell 35.\n2. Buy 15.\n3. There are 25", 25),
        ("80 90 25", 25),
        ("I'm sure: 25!!", 25),
    ],
)
def test_the_number_that_answers_is_chosen(reply: str, value: int) -> None:
    assert read(reply) == value


@pytest.mark.parametrize(
    ("reply", "expect", "options", "right"),
    [
        ("25", 25, {}, 1),
        ("25", 25.0, {}, 1),
        ("25", "25 apples", {}, 1),
        ("25.0001", 25, {}, 0),
        ("0.1", 0.1, {}, 1),
        ("0.30", 0.3, {}, 1),
        ("1,234.5", 1234.5, {}, 1),
        ("1234.5", "1,234.50", {}, 1),
        ("25.01", 25, {"tolerance": 0.01}, 1),
        ("25.011", 25, {"tolerance": 0.01}, 0),
        ("24.99", 25, {"tolerance": "0.01"}, 1),
        ("99", 100, {"tolerance": "1%"}, 1),
        ("98.9", 100, {"tolerance": "1%"}, 0),
        ("-99", -100, {"tolerance": "1%"}, 1),
        ("0.001", 0, {"tolerance": "1%"}, 0),
        ("12%", 0.12, {}, 1),
        ("12%", 12, {}, 1),
        ("57%", 0.57, {}, 1),
        ("0.12", "12%", {}, 1),
        ("12", "12%", {}, 1),
        ("12%", "12%", {}, 1),
        ("0.12%", "12%", {}, 0),
        ("1200", "12%", {}, 0),
        ("13%", 0.12, {"tolerance": 0.01}, 1),
        ("14%", 0.12, {"tolerance": 0.01}, 0),
        ("12.4%", "12%", {"tolerance": 0.5}, 1),
        ("1.5 million", 1500000, {}, 1),
        ("1.5 million", 1.5, {}, 1),
        ("1500000", "1.5 million", {}, 1),
        ("1.5 billion", "1.5 million", {}, 0),
        ("1/2", 0.5, {}, 1),
        ("0.333", "1/3", {"tolerance": 0.001}, 1),
        ("0.333", "1/3", {}, 0),
        ("-5", 5, {}, 0),
        ("(5)", -5, {}, 0),
        ("8/10", 8, {}, 0),
        ("about 25, maybe", 25, {}, 1),
        ("no idea", 25, {}, 0),
    ],
)
def test_a_number_is_right_within_the_tolerance(
    reply: str, expect: Any, options: dict[str, Any], right: int
) -> None:
    assert judge("numeric", reply, expect, **options).value == right


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("The answer is 25 apples", "found 25"),
        ("24 apples", "expected 25, found 24"),
        ("none", "expected 25, no number found in 'none'"),
        ("24-25", "expected 25; '24-25' is no single number"),
    ],
)
def test_the_reason_names_the_number(reply: str, reason: str) -> None:
    assert judge("numeric", reply, 25).reason == reason


@pytest.mark.parametrize("expect", ["many", "3-4", "1 or 2", True, float("nan"), [1], {}])
def test_an_expectation_that_is_no_number_is_the_suites_fault(expect: Any) -> None:
    with pytest.raises(ScorerError, match="case 'c1'"):
        judge("numeric", "25", expect)


@pytest.mark.parametrize("tolerance", [-1, "-1%", "much", True, [1], None])
def test_a_tolerance_is_a_size(tolerance: Any) -> None:
    with pytest.raises(UsageError, match="'tolerance' is a number from 0 or a percentage"):
        judge("numeric", "25", 25, tolerance=tolerance)


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.one_of(st.integers(-(10**40), 10**40), FINITE))
def test_a_number_as_python_writes_it_is_right(number: float) -> None:
    assert judge("numeric", str(number), number).value == 1


@given(st.decimals(-(10**12), 10**12, places=2))
def test_grouping_changes_no_number(number: Any) -> None:
    english = f"{number:,}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert judge("numeric", f"It costs {english} euros", float(number)).value == 1
    assert judge("numeric", f"It costs {continental} euros", float(number)).value == 1


@given(st.integers(0, 10**9), st.text(alphabet="abc ,.!?\n", max_size=40))
def test_words_around_a_number_change_nothing(number: int, words: str) -> None:
    assert judge("numeric", f"{words} Answer: {number} {words}", number).value == 1


@given(st.text(alphabet="0123456789.,-−/:e%^ ½k+'$=", max_size=60))
def test_numbers_are_found_in_order_and_apart(text: str) -> None:
    end = 0
    for found in found_in(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
