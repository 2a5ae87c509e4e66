from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import a_case, judge

from llmopt.domain import Score, ScorerSpec
from llmopt.scorers.label import find
from llmopt.scorers.registry import build

MOODS = ("positive", "negative", "neutral")
FIT = ("relevant", "not relevant")
YES_NO = ("yes", "no")
STARS = ("1", "2", "3", "4", "5")
LANGUAGES = ("C", "C++", "C#", "Java")


def found(reply: str, labels: tuple[str, ...], *, ignore_case: bool = True) -> str | None:
    return find(reply, labels, ignore_case=ignore_case).label


@pytest.mark.parametrize(
    "reply",
    [
        "positive",
        "Positive",
        "POSITIVE.",
        "  positive\n",
        "**Positive**",
        "`positive`",
        "_positive_",
        "*Positive.*",
        '"positive"',
        "“Positive”",
        "'positive'",
        "# Positive",
        "> positive",
        "- positive",
        "-> positive",
        "[positive]",
        "<positive>",
        "ｐｏｓｉｔｉｖｅ",
        "Positive 👍",
        "It is positive.",
        "The review is clearly positive!",
        "I would call this positive, because the writer recommends it.",
        "Sentiment: positive",
        "**Sentiment:** Positive",
        "Label = positive",
        "label→positive",
        "Answer - positive",
        "Answer:\n\npositive",
        "**Answer:**\n\n**positive**",
        '{"label": "positive"}',
        '{"label": "positive", "reason": "no negative words"}',
        '```json\n{"sentiment": "positive", "score": 0.9}\n```',
        "\\boxed{positive}",
        "\\boxed{\\text{positive}}",
        "<answer>positive</answer>",
        "<label>positive</label>\n<why>nothing negative</why>",
        "<think>Negative? The end is neutral.</think>\n\npositive",
        "<thinking>negative words...</thinking> Positive",
        "Answer: positive\nConfidence: 0.7",
        "Positive. There are negative remarks about delivery, though.",
        "Positive, although the delivery was negative.",
        "Positive - the negative points are minor.",
        "Positive (despite one negative remark)",
        "Positive because the negative remarks are minor",
        "positive\n\nThe negative remarks are minor.",
        "The negative remarks are minor.\n\npositive",
        "The negative remarks are minor.\n\n**Positive**",
        "The price is a negative point, the rest is praise.\nAnswer: positive",
        "The price is a negative point, the rest is praise. Label: positive.",
        "Some negative words, some neutral ones. Overall, the sentiment is positive.",
        "Negative about the price, but overall positive.",
        "One negative remark; therefore: positive.",
        "First it reads negative. My final answer: positive",
        "Label: positive\nReason: overall the negative remarks are minor.",
        "Label: positive. The negative remarks are minor.",
        "not negative but positive",
        "It isn't negative, it's positive.",
        "It isn’t neutral; positive.",
        "positive, not negative",
        "positive rather than negative",
        "positive instead of neutral",
        "more positive than negative",
        "It cannot be called negative or neutral. It is positive.",
        "neither negative nor neutral: positive",
        "There is nothing negative here, so positive",
        "no doubt positive",
        "not only positive, but glowing",
        "positive, negative or neutral? → positive",
        "positive, negative or neutral? -> positive",
        "positive/negative/neutral: positive",
        "Is it positive, negative or neutral? It is positive.",
        "Classify as positive, negative, or neutral.\n\nThe writer is happy: positive.",
        "Options:\n- positive\n- negative\n- neutral\n\nAnswer: positive",
        "Options: (a) positive (b) negative (c) neutral\nAnswer: (a) positive",
        "1. positive\n2. negative\n3. neutral\n\nI choose positive.",
        "**positive** | negative | neutral",
        "negative / neutral / **positive**",
        "Is this negative? No, it is positive.",
        "You ask whether the review is negative. It is positive.",
        "**Negative** points: price.\n**Neutral** points: none.\n\nOverall: **positive**",
        "I would classify this as positive. The neutral tone misleads.",
        "Desk: positive\nThere is one neutral remark.",
        "negative: no\nneutral: no\npositive: yes",
        '{"negative": false, "neutral": false, "positive": true}',
        "positive positive positive",
        "I don't think it is negative, it is positive.",
        "Nothing in the text suggests that it is negative; positive.",
        "If the staff had been rude it would be negative. It is positive.",
        "The customer does not complain and is positive.",
        "It is not boring, so it is positive.",
        "There are negative points and neutral remarks, but I'd go with positive.",
        "There is a neutral remark, yet I'd call it positive.",
        "Sentiment (positive/negative/neutral): positive",
        "Sure! Here is the classification:\n\n**Positive**\n\nThere is no negative language.",
        "Positive!\nReason: the negative words are quoted.",
    ],
)
def test_the_answer_is_found_in_chatty_replies(reply: str) -> None:
    assert found(reply, MOODS) == "positive"


@pytest.mark.parametrize(
    "reply",
    [
        "positive and negative",
        "positive, negative",
        "positive/negative",
        "positive or negative",
        "Answer: positive and negative",
        "Label: positive/neutral",
        "Both positive and negative remarks.",
        "The tone is negative; the ending is positive.",
        "positive\nnegative",
        "- positive\n- negative\n- neutral",
        "Positive: 3\nNegative: 4",
        "**Positive** points: staff.\n**Negative** points: price.",
        "Label: positive\n\nText: another review\nLabel: negative",
        "positive\n\nText: another review\nLabel: negative",
        "Answer: positive\n\nQ: and this one?\nAnswer: neutral",
        "Somewhere between positive and neutral",
        "Sentiment of the start: negative. Sentiment of the end: positive.",
        "maybe positive, maybe not so neutral, perhaps negative",
        '{"positive": 0.6, "negative": 0.4}',
        "Text: nice\nSentiment: positive\n\nText: bad\nSentiment: negative",
        "The sentiment is predominantly negative, with some positive elements.",
        "I'm positive that this is negative",
        "Positive. Fine.\nNegative. Late.",
        "The overall negative tone hides a positive verdict.",
    ],
)
def test_where_two_labels_are_plausible_none_is_guessed(reply: str) -> None:
    finding = find(reply, MOODS, ignore_case=True)
    assert finding.label is None
    assert finding.note.startswith("ambiguous: ")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   \n",
        "I cannot tell.",
        "positively charming",
        "positive-ish",
        "non-positive",
        "semi-positive",
        "seropositive",
        "label_positive_v2",
        "pos",
        "It is not positive.",
        "It isn't really positive",
        "not at all positive",
        "not so positive",
        "I don't think this is positive.",
        "This does not seem to be positive",
        "I wouldn't say that it is positive.",
        "There is nothing in the text to suggest it's positive.",
        "There is not enough information to call it positive.",
        "I am not sure if this is meant to be positive",
        "hardly positive",
        "neither positive nor negative",
        "I can't say whether it is positive.",
        "Is it positive?",
        "Is it positive? Yes.",
        "<think>positive</think>",
        "Answer: unclear",
    ],
)
def test_where_no_label_is_asserted_none_is_found(reply: str) -> None:
    finding = find(reply, MOODS, ignore_case=True)
    assert finding.label is None
    assert finding.note.startswith(("no label found", "ambiguous"))


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("relevant", "relevant"),
        ("not relevant", "not relevant"),
        ("Not relevant.", "not relevant"),
        ("NOT-RELEVANT", "not relevant"),
        ("not_relevant", "not relevant"),
        ("not\nrelevant", "not relevant"),
        ("**Not** relevant", "not relevant"),
        ("The passage is not relevant to the question.", "not relevant"),
        ("The passage is relevant to the question.", "relevant"),
        ("It isn't relevant", "not relevant"),
        ("It is not really relevant", None),
        ("Is it on topic? No. Relevant: the second one.", "relevant"),
        ("irrelevant", None),
        ("relevant or not relevant", None),
        ("relevant or not relevant? not relevant", "not relevant"),
    ],
)
def test_of_labels_that_contain_each_other_the_longest_counts(
    reply: str, label: str | None
) -> None:
    assert found(reply, FIT) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("Yes", "yes"),
        ("No.", "no"),
        ("Yes, there is no problem.", "yes"),
        ("No, it does not qualify. Yes-men would disagree.", "no"),
        ("No – the tenant pays.", "no"),
        ("There is no reason to doubt that: yes", "yes"),
        ("Yes and no", None),
        ("nothing, none, nobody", None),
        ("No problem, yes", None),
        ("The answer is yes, no", None),
        ("yesterday", None),
    ],
)
def test_labels_that_are_everyday_words_need_to_stand_out(reply: str, label: str | None) -> None:
    assert found(reply, YES_NO) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("4", "4"),
        ("4/5", "4"),
        ("1/2/3/4/5", None),
        ("1 / 2 / 3", None),
        ("4 out of 5", "4"),
        ("4 of 5 stars", "4"),
        ("I rate it 4 out of 5.", "4"),
        ("4 stars", "4"),
        ("4.5", None),
        ("4,5", None),
        ("14", None),
        ("3 or 4", None),
        ("Rating: 4", "4"),
        ("2024-05-04", None),
        ("4.", "4"),
        ("4, because it works", "4"),
        ("1. The staff was great.", None),
        ("1. The staff was great.\n2. The food too.\n\nRating: 4", "4"),
    ],
)
def test_ratings_are_labels_too(reply: str, label: str | None) -> None:
    assert found(reply, STARS) == label


@pytest.mark.parametrize(
    ("reply", "labels", "label"),
    [
        ("I would take C++ here", LANGUAGES, "C++"),
        ("I would take C# here", LANGUAGES, "C#"),
        ("It's C.", LANGUAGES, "C"),
        ("**C**", LANGUAGES, "C"),
        ("C#", ("C", "Java"), None),
        ("C#", ("C++", "Java"), None),
        ("The answer is -1.", ("-1", "0", "1"), "-1"),
        ("1", ("-1", "0"), None),
        ("−1", ("-1", "0", "1"), "-1"),
        ("A-", ("A", "A-", "A+"), "A-"),
        ("Grade: A", ("A", "A-", "A+"), "A"),
        ("👍", ("👍", "👎"), "👍"),
        ("I give it a 👎!", ("👍", "👎"), "👎"),
        ("n/a", ("N/A", "yes"), "N/A"),
        ("Food and Drink", ("food & drink", "rooms"), "food & drink"),
        ("food, drink", ("food, drink", "food"), "food, drink"),
        ("yes!", ("yes!", "yes?"), "yes!"),
        ("It is a CAFE.", ("café", "bar"), "café"),
        ("It is a cafe\u0301.", ("café", "bar"), "café"),
        ("schön", ("schon", "schön"), "schön"),
        ("schon", ("schon", "schön"), "schon"),
        ("Straße", ("STRASSE", "weg"), "STRASSE"),
        ("这是正面的评价", ("正面", "负面"), "正面"),
        ("这不是正面的", ("正面", "负面"), None),
        ("긍정적입니다", ("긍정", "부정"), "긍정"),
        ("यह सकारात्मक है", ("सकारात्मक", "नकारात्मक"), "सकारात्मक"),
        ("Das ist nicht positiv, sondern negativ.", ("positiv", "negativ"), "negativ"),
        ("Antwort: negativ", ("positiv", "negativ"), "negativ"),
        ("customer service", ("customer service", "customer", "service"), "customer service"),
    ],
)
def test_labels_of_all_kinds_are_told_apart(
    reply: str, labels: tuple[str, ...], label: str | None
) -> None:
    assert found(reply, labels) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("B", "B"),
        ("b", "B"),
        ("(B)", "B"),
        ("B) Paris", "B"),
        ("B. Paris", "B"),
        ("B) Paris is a city in France", "B"),
        ("The correct answer is B.", "B"),
        ("The answer is (B) Paris.", "B"),
        ("**B) Paris**", "B"),
        ("It is a capital, so option B.", "B"),
        ("A) Rome\nB) Paris\n\nAnswer: B", "B"),
        ("A) Rome\nB) Paris", None),
        ("A is wrong, B is right.", None),
        ("It is a capital.", None),
    ],
)
def test_letters_of_a_multiple_choice_are_labels(reply: str, label: str | None) -> None:
    assert found(reply, ("A", "B", "C", "D")) == label


def test_case_counts_where_the_user_says_so() -> None:
    assert found("us", ("US", "us"), ignore_case=False) == "us"
    assert found("Positive", MOODS, ignore_case=False) is None
    assert judge("label", "POSITIVE", "positive", labels=MOODS).value == 1
    assert judge("label", "POSITIVE", "positive", labels=MOODS, ignore_case=False).value == 0


def test_spellings_of_one_label_are_one_label() -> None:
    labels = ("Positive", "positive ", "negative")
    assert judge("label", "positive", "Positive", labels=labels).value == 1
    assert judge("label", "It is positive.", "positive ", labels=labels).value == 1


def test_an_expected_answer_outside_the_labels_is_a_label_too() -> None:
    assert judge("label", "It is mixed.", "mixed", labels=MOODS).value == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("It is positive.", "found 'positive'"),
        ("Negative", "expected 'positive', found 'negative' in the reply"),
        (
            "positive or negative",
            "expected 'positive'; ambiguous: 'positive', 'negative' in 'positive or negative'",
        ),
        ("Hm.", "expected 'positive'; no label found in 'Hm.'"),
        (
            "It is not positive.",
            (
                "expected 'positive'; no label found: 'It is not positive.' only negates or asks "
                "about 'positive'"
            ),
        ),
    ],
)
def test_the_reason_names_what_was_found(reply: str, reason: str) -> None:
    assert judge("label", reply, "positive", labels=MOODS).reason == reason


LABELS = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


@given(st.lists(LABELS, min_size=1, max_size=5), st.data())
def test_a_reply_that_is_the_label_is_always_right(labels: list[str], data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    for ignore_case in (True, False):
        score = judge("label", label, label, labels=labels, ignore_case=ignore_case)
        assert score.value == 1, score.reason


@given(st.text(), st.sampled_from(MOODS))
def test_words_without_a_label_are_never_an_answer(text: str, label: str) -> None:
    reply = text.translate({ord(letter): None for letter in "pPnNｐｎ"})
    assert judge("label", reply, label, labels=MOODS).value == 0


PHRASES = st.sampled_from(
    [
        *("positive", "negative", "neutral", "not", "or", "and", "Answer:", "overall", "**", "\n"),
        *(". ", "?", ", ", "the label is", "- ", ":", "whether", "{", '"', "/", "no", "1.", "→"),
    ]
)


@given(st.lists(PHRASES, max_size=25).map(" ".join))
def test_no_label_is_favoured(reply: str) -> None:
    turned = reply
    for one, mark in zip(MOODS, "ABC", strict=True):
        turned = turned.replace(one, f"@{mark}")
    for mark, label in zip("ABC", MOODS[1:] + MOODS[:1], strict=True):
        turned = turned.replace(f"@{mark}", label)
    answer = found(reply, MOODS)
    expected = None if answer is None else MOODS[(MOODS.index(answer) + 1) % len(MOODS)]
    assert found(turned, MOODS) == expected


@given(st.lists(PHRASES, max_size=25).map(" ".join))
def test_what_is_found_stands_in_the_reply(reply: str) -> None:
    answer = found(reply, MOODS)
    assert answer is None or answer in reply


def test_the_labels_option_replaces_the_suites_answers() -> None:
    spec = ScorerSpec("label", {"labels": ["negative", "mixed"]})
    scorer = build(spec, labels=MOODS, root=Path())
    reply = "negative with a neutral ending"
    assert scorer.score(reply, a_case("negative")) == Score(1.0, "found 'negative'")
    assert judge("label", reply, "negative", labels=MOODS).value == 0
