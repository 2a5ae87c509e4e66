from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import judge

from llmopt.errors import ScorerError, UsageError
from llmopt.scorers.length import count_sentences, count_words
from llmopt.scorers.text import short


@pytest.mark.parametrize(
    ("reply", "expect", "options", "value", "reason"),
    [
        ("Paris", "Paris", {}, 1, "is 'Paris'"),
        (" Paris\n", "Paris", {}, 1, "is 'Paris'"),
        ("Cafe\u0301", "Café", {}, 1, "is 'Café'"),
        ("42", 42, {}, 1, "is '42'"),
        ("true", True, {}, 1, "is 'true'"),
        ("", "", {}, 1, "is ''"),
        ("Paris.", "Paris", {}, 0, "expected 'Paris', got 'Paris.'"),
        (
            "paris",
            "Paris",
            {},
            0,
            "expected 'Paris', got 'paris' (only upper and lower case differ)",
        ),
        ("paris", "Paris", {"ignore_case": True}, 1, "is 'paris'"),
        ("Lutetia", ["Paris", "Lutetia"], {}, 1, "is 'Lutetia'"),
        ("Lyon", ["Paris", "Lutetia"], {}, 0, "expected one of 'Paris', 'Lutetia', got 'Lyon'"),
    ],
)
def test_exact_compares_whole_replies(
    reply: str, expect: Any, options: dict[str, Any], value: float, reason: str
) -> None:
    score = judge("exact", reply, expect, **options)
    assert (score.value, score.reason) == (value, reason)


@pytest.mark.parametrize(
    ("reply", "expect", "options", "value"),
    [
        ("We offer Free Shipping.", "free shipping", {}, 1),
        ("We offer free\n  shipping.", "free shipping", {}, 1),
        ("We don’t ship – sorry", ["don't", "ship - sorry"], {}, 1),
        ("We offer Free Shipping.", "free shipping", {"ignore_case": False}, 0),
        ("one two three", ["one", "three", "four", "five"], {}, 0.5),
        ("interlibrary loans", "library", {}, 1),
        ("12.50 €", 12.5, {}, 1),
        ("Straße", "strasse", {}, 1),
        ("", "x", {}, 0),
    ],
)
def test_contains_scores_the_share_of_texts_found(
    reply: str, expect: Any, options: dict[str, Any], value: float
) -> None:
    assert judge("contains", reply, expect, **options).value == value


def test_contains_names_what_is_missing() -> None:
    found = judge("contains", "one two", ["one", "three", "four", "five", "six"])
    assert found.reason == "1 of 5 texts found; missing 'three', 'four', 'five' and 1 more"
    assert judge("contains", "one", "two").reason == "no 'two' in the reply"
    assert judge("contains", "one", "ONE").reason == "'ONE' in the reply"


@pytest.mark.parametrize(
    ("reply", "pattern", "options", "value"),
    [
        ("at 17.30 sharp", r"17[.:]30", {}, 1),
        ("at 17h30", r"17[.:]30", {}, 0),
        ("  yes\n", "^yes$", {}, 1),
        ("YES", "yes", {}, 0),
        ("YES", "yes", {"ignore_case": True}, 1),
        ("YES", "(?i)yes", {}, 1),
        ("a\nb", "a.b", {}, 0),
        ("a\nb", "(?s)a.b", {}, 1),
        ("25", 25, {}, 1),
    ],
)
def test_regex_searches_the_reply(
    reply: str, pattern: Any, options: dict[str, Any], value: float
) -> None:
    assert judge("regex", reply, pattern, **options).value == value


def test_regex_says_how_far_it_looked() -> None:
    assert judge("regex", "no", "yes").reason == "no match for yes in the reply"
    late = judge("regex", "x" * 50_000 + "yes", "yes")
    assert (late.value, late.reason) == (0, "no match for yes in its first 50,000 characters")


@pytest.mark.parametrize(
    "pattern", ["(", "*", "(?P<a>x)(?P<a>y)", "a{99999999999}", "", ["a", "b"]]
)
def test_what_is_no_pattern_is_refused(pattern: Any) -> None:
    with pytest.raises(ScorerError, match="case 'c1'"):
        judge("regex", "x", pattern)


@pytest.mark.parametrize(
    ("reply", "expect", "value"),
    [
        ("the cat sat", "cat sat", 1),
        ("The Cat, sat!", "a cat sat", 1),
        ("cat", "cat sat", 2 / 3),
        ("cat cat", "cat", 2 / 3),
        ("dog", "cat", 0),
        ("dog", ["cat", "a big dog", "dog"], 1),
        ("", "", 1),
        ("the", "", 1),
        ("", "cat", 0),
        ("cat", "", 0),
        ("Größe “M”", "größe m", 1),
        ("北京", "北京市", 2 * 2 / (2 + 3)),
        ("U.S.", "us", 1),
        ("well-known", "wellknown", 1),
        ("1789", 1789, 1),
    ],
)
def test_f1_compares_bags_of_words(reply: str, expect: Any, value: float) -> None:
    assert judge("f1", reply, expect).value == pytest.approx(value)


@given(st.text(), st.text())
def test_f1_does_not_care_which_text_is_the_reply(one: str, other: str) -> None:
    assert judge("f1", one, other).value == judge("f1", other, one).value


def test_f1_shows_precision_and_recall() -> None:
    reason = "F1 0.67 (precision 1.00, recall 0.50) against 'cat sat'"
    assert judge("f1", "cat", "cat sat").reason == reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one", 1),
        ("one, two", 2),
        ("- one\n- two", 2),
        ("don't e-mail 3.5", 3),
        ("— …", 0),
    ],
)
def test_words_are_runs_with_a_letter_or_a_digit(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", 0),
        ("One", 1),
        ("One.", 1),
        ("One. Two! Three? Four", 4),
        ("Really?! Yes...", 2),
        ("He said “stop.” Then he left.", 2),
        ("It costs 3.50 at shop.example now.", 1),
        ("Dr. Smith, e.g. in the U.S. now, met J. R. Ewing.", 1),
        ("So do I. You too.", 2),
        ("Heading\n\nText of one sentence.", 2),
        ("- one\n- two\n- three", 3),
        ("1. Sell it.\n2. Buy it.", 2),
        ("A line that\nis wrapped.", 1),
        ("**Bold.** Plain.", 2),
        ("你好。再见！", 2),
        ("...", 0),
    ],
)
def test_sentences_are_counted_as_people_do(text: str, sentences: int) -> None:
    assert count_sentences(text) == sentences


@pytest.mark.parametrize(
    ("limits", "value", "reason"),
    [
        ({"max_words": 4}, 1, "within the limits: 4 words, 19 characters"),
        ({"max_words": 3}, 0, "4 words, more than 3"),
        ({"min_words": 5}, 0, "4 words, fewer than 5"),
        ({"min_words": 4, "max_words": 4}, 1, "within the limits: 4 words, 19 characters"),
        ({"max_chars": 18}, 0, "19 characters, more than 18"),
        ({"max_sentences": 1}, 0, "2 sentences, more than 1"),
        ({"max_sentences": 2}, 1, "within the limits: 4 words, 19 characters, 2 sentences"),
        (
            {"max_words": 1, "max_chars": 1, "max_sentences": 1},
            0,
            "4 words, more than 1; 19 characters, more than 1; 2 sentences, more than 1",
        ),
    ],
)
def test_length_needs_every_limit_kept(limits: dict[str, Any], value: float, reason: str) -> None:
    score = judge("length", " One two. Three four\n", **limits)
    assert (score.value, score.reason) == (value, reason)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "sets no limit"),
        ({"max_words": -1}, "'max_words' is a whole number from 0, not -1"),
        ({"max_words": 1.5}, "'max_words' is a whole number from 0, not 1.5"),
        ({"max_words": True}, "'max_words' is a whole number from 0, not True"),
        ({"max_words": 3, "min_words": 4}, "asks for at least 4 and at most 3 words"),
        ({"max_word": 3}, "has no option 'max_word'"),
    ],
)
def test_length_refuses_limits_that_mean_nothing(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        judge("length", "One", **options)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" one\n two ", "one two"),
        ("x" * 81, "x" * 79 + "…"),
        ("x" * 80, "x" * 80),
        ("x" + " " * 900 + "y", "x…"),
        ("a\x1b[31mb\x00\ud800", "a\ufffd[31mb\ufffd\ufffd"),
    ],
)
def test_quoted_text_is_one_short_printable_line(text: str, line: str) -> None:
    assert short(text) == line
