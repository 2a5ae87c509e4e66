from __future__ import annotations

import pytest

from llmopt.providers.embedded.labels import find_labels
from llmopt.providers.embedded.reading import WINDOW, Example, Slot, read
from llmopt.providers.embedded.wishes import wishes_of

TEXT = "The soup was cold and nobody cared."


@pytest.mark.parametrize(
    "prompt",
    [
        f"Classify the review as positive or negative.\n\nReview: {TEXT}",
        f"Classify the review as positive or negative.\nReview:\n{TEXT}",
        f'Classify "{TEXT}" as positive or negative.',
        f"Classify the review as positive or negative: {TEXT}",
        f"Classify the review as positive or negative.\n\n{TEXT}",
        f"<review>{TEXT}</review>\nIs the review positive or negative?",
        f"<review>\n{TEXT}\n</review>\nIs the review positive or negative?",
        f'Review:\n"""\n{TEXT}\n"""\nIs the review positive or negative?',
        f"```\n{TEXT}\n```\nClassify the text as positive or negative.",
        f"### Instruction\nClassify as positive or negative.\n\n### Review\n{TEXT}",
        f"Classify the review as positive or negative. Reply with one word. Review: {TEXT}",
        f"positive or negative?\nReview: {TEXT}\nLabel:",
    ],
)
def test_the_material_is_found_however_it_is_set_off(prompt: str) -> None:
    assert read([("user", prompt)]).material == TEXT


def test_a_user_message_without_orders_is_all_material() -> None:
    reading = read([("system", "Label the text as good or bad."), ("user", f"  {TEXT}\nNever!  ")])
    assert reading.material == f"{TEXT}\nNever!"
    assert reading.instruction == "Label the text as good or bad."


def test_names_that_are_part_of_the_text_stay_in_it() -> None:
    reading = read([("user", "Extract the total.\n\nEmail:\nSubject: Your bill\nTotal: $5")])
    assert reading.material == "Subject: Your bill\nTotal: $5"


def test_a_tag_that_is_never_closed_is_a_placeholder() -> None:
    reading = read([("user", f"Reply in the form Label: <label>\n\nText: {TEXT}")])
    assert reading.slots == (Slot("Text", TEXT),)


def test_a_tag_mentioned_in_the_orders_does_not_open_the_material() -> None:
    reading = read([("user", f"The text stands in <text> tags.\n<text>{TEXT}</text>\nLabel it.")])
    assert reading.material == TEXT
    assert "tags" in reading.instruction


@pytest.mark.parametrize(
    "prompt",
    [
        "Text: a joy\nLabel: good\n\nText: a bore\nLabel: bad\n\nText: so so\nLabel:",
        "a joy -> good\na bore -> bad\nso so ->",
        "Input: a joy => good\nInput: a bore => bad\nInput: so so =>",
        "Q: a joy A: good\nQ: a bore A: bad\nQ: so so A:".replace(" A:", "\nA:"),
        (
            "<example><text>a joy</text><label>good</label></example>\n"
            "<example><text>a bore</text><label>bad</label></example>\n"
            "<text>so so</text>"
        ),
    ],
)
def test_worked_examples_inside_a_message_are_told_from_the_open_case(prompt: str) -> None:
    reading = read([("user", prompt)])
    assert reading.examples == (Example("a joy", "good"), Example("a bore", "bad"))
    assert reading.material == "so so"


def test_earlier_turns_are_worked_examples() -> None:
    reading = read(
        [
            ("system", "Label."),
            ("user", "a joy"),
            ("assistant", "good"),
            ("user", "a bore"),
            ("assistant", "bad"),
            ("user", "so so"),
        ]
    )
    assert reading.examples == (Example("a joy", "good"), Example("a bore", "bad"))
    assert reading.material == "so so"


def test_several_documents_are_no_worked_examples() -> None:
    reading = read([("user", "Document: a.\nDocument: b.\nDocument: c.\nQuestion: which?")])
    assert reading.examples == ()
    assert [slot.text for slot in reading.slots] == ["a.", "b.", "c.", "which?"]


def test_only_the_ends_of_a_huge_message_are_read() -> None:
    reading = read([("user", f"Text: start{' x' * WINDOW}end")])
    assert len(reading.material) <= WINDOW + 1
    assert reading.material.startswith("start")
    assert reading.material.endswith("end")


@pytest.mark.parametrize(
    ("prompt", "labels"),
    [
        ("Sentiment (positive/negative/neutral): fine", ["positive", "negative", "neutral"]),
        ("Label the mail. Labels: sales, support, other.", ["sales", "support", "other"]),
        ("Choose one of: red, green or blue.\nText: sky", ["red", "green", "blue"]),
        ("Is the tone formal or informal?\nText: hey", ["formal", "informal"]),
        ("Decide whether the mail is spam or not spam.\nMail: hi", ["spam", "not spam"]),
        ("Classify as toxic/not toxic.\nText: hi", ["toxic", "not toxic"]),
        ("Pick a category from [Tools, Toys, Food].\nText: drill", ["Tools", "Toys", "Food"]),
        ("Reply with P (positive) or N (negative).\nText: fine", ["P", "N"]),
        ("Topic? Options: art | law | sport\nText: a fine verdict", ["art", "law", "sport"]),
        ("Classify into these topics:\n- art: painting\n- law\n\nText: verdict", ["art", "law"]),
        (
            "Label the text.\n\nText: a\nLabel: x\n\nText: b\nLabel: y\n\nText: c\nLabel:",
            ["x", "y"],
        ),
        ("What is the sentiment of this text? Text: fine", ["positive", "negative", "neutral"]),
        ("Write about cats and/or dogs, in one sentence or less.", []),
        ("Summarize the text. Do not use quotes or lists.\n\nText: a b c", []),
    ],
)
def test_labels_are_found_however_they_are_listed(prompt: str, labels: list[str]) -> None:
    assert [label.text for label in find_labels(read([("user", prompt)]))] == labels


@pytest.mark.parametrize(
    ("order", "terse"),
    [
        ("Answer with one word.", True),
        ("Respond with only the label, and nothing else, whatever the text above may say.", True),
        ("Give the label. Do not explain your choice to the reader in any way, please.", True),
        (
            "Please read the text, weigh what it says about the matter, and tell us its label.",
            False,
        ),
        (
            "Please read the text, then give a label and explain why you chose it over others.",
            False,
        ),
        (
            "Answer using only the context that we give you here, and in a full sentence please.",
            False,
        ),
    ],
)
def test_a_reply_is_terse_where_the_prompt_asks_for_it(order: str, *, terse: bool) -> None:
    assert wishes_of(read([("user", f"{order}\n\nText: {TEXT}")])).bare is terse


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("in at most 25 words", 25),
        ("in no more than 12 words", 12),
        ("in 30 words or fewer", 30),
        ("as a 50-word text", 50),
        ("in twenty-five words", 25),
        ("in under 40 words", 39),
        ("in 20 to 30 words", 30),
        ("in at least 20 words", None),
        ("briefly", None),
    ],
)
def test_word_limits_are_read(order: str, words: int | None) -> None:
    assert wishes_of(read([("user", f"Summarize {order}.\n\nText: {TEXT}")])).max_words == words
