from __future__ import annotations

import pytest

from llmopt.providers.embedded.feeling import feeling
from llmopt.providers.embedded.responder import respond


def ask(user: str, system: str = "") -> str:
    messages = [("system", system)] if system else []
    return respond([*messages, ("user", user)]).text


def sentiment(text: str) -> str:
    return ask(f"Sentiment (positive/negative/neutral): {text}")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A lovely, sturdy chair.", "positive"),
        ("The zipper broke and the shop ignored me.", "negative"),
        ("The parcel holds two screws.", "neutral"),
    ],
)
def test_feeling_words_decide_a_sentiment(text: str, label: str) -> None:
    assert sentiment(text) == label


def test_a_negation_turns_the_words_after_it() -> None:
    assert sentiment("The soup was not good.") == "negative"
    assert sentiment("It is not bad at all.") == "positive"


def test_a_denied_function_is_a_failing() -> None:
    assert sentiment("The drawer won't close.") == "negative"


def test_but_weighs_its_second_half() -> None:
    assert feeling("The screen is good, but the sound is bad.").total < 0
    assert feeling("The sound is bad, but the screen is good.").total > -1


def test_a_conceded_clause_weighs_less() -> None:
    assert sentiment("Although the box was damaged, the lamp is beautiful.") == "positive"


def test_emphasis_strengthens_and_hedging_weakens() -> None:
    plain = feeling("It is good.").total
    assert feeling("It is very good.").total > plain > feeling("It is slightly good.").total


def test_without_evidence_neutral_is_chosen_when_offered_else_the_first_label() -> None:
    assert sentiment("Six by four metres.") == "neutral"
    assert ask("Sentiment (negative/positive): Six by four metres.") == "negative"
    assert ask("Topics: law, art, other.\nText: xyzzy") == "other"
    assert ask("Topics: law, art.\nText: xyzzy") == "law"


def test_labels_are_spelled_as_the_prompt_spells_them() -> None:
    assert ask("a joy -> POS\na bore -> NEG\nwhat a wonderful day ->") == "POS"
    assert ask("Awful food.", "Reply with A for positive, B for negative.") == "B"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I was charged twice, please refund my card.", "billing"),
        ("Where is my parcel? The courier never came.", "shipping"),
        ("I forgot my password and cannot log in.", "account"),
        ("Do you have a shop in Leeds?", "other"),
    ],
)
def test_topics_go_by_their_words(text: str, label: str) -> None:
    system = "Labels: billing, shipping, account, other. Reply with the label only."
    assert ask(text, system) == label


def test_the_meaning_given_for_a_label_counts() -> None:
    prompt = "Pick a team:\n- Alpha: printers and toner\n- Beta: payroll and holidays\n\nText: "
    assert ask(f"{prompt}My holidays are not listed.\n\nOnly the team name.") == "Beta"


def test_worked_examples_teach_labels_that_mean_nothing_by_themselves() -> None:
    shown = "the cat purrs -> K1\nthe engine roars -> K2\n"
    assert ask(f"{shown}an old engine ->") == "K2"
    assert ask(f"{shown}a sleepy cat ->") == "K1"


def test_yes_or_no_asks_whether_the_text_speaks_of_something() -> None:
    prompt = "Does the review mention the price? Answer yes or no.\n\nReview: "
    assert ask(f"{prompt}A lamp at a fair price.") == "yes"
    assert ask(f"{prompt}A bright lamp.") == "no"


def test_stars_follow_the_feeling() -> None:
    prompt = "Rate the review from 1 to 5 stars. Only the number.\n\nReview: "
    assert ask(f"{prompt}Terrible, awful, broken.") == "1"
    assert ask(f"{prompt}It is a box.") == "3"
    assert ask(f"{prompt}Wonderful, perfect, I love it.") == "5"


def test_a_verbose_prompt_gets_a_sentence_and_a_terse_one_a_word() -> None:
    verbose = (
        "Please read the following customer review with care and decide whether its sentiment "
        "is positive, negative or neutral. Think of the tone.\n\nReview: A lovely chair."
    )
    assert ask(verbose) == "The sentiment is positive."
    assert ask(f"{verbose}\n\nAnswer with one word.") == "positive"


def test_an_explanation_is_given_where_asked_for() -> None:
    prompt = "Classify the review as positive or negative and explain why.\n\nReview: A rude crew."
    assert ask(prompt) == 'The answer is negative. The text says "rude".'


def test_the_form_that_the_prompt_shows_is_kept() -> None:
    prompt = "Is the text positive or negative? Output format: Label: <label>\n\nText: A joy."
    assert ask(prompt) == "Label: positive"
    tagged = "Is the text positive or negative? Put the answer in <answer> tags.\n\nText: A joy."
    assert ask(tagged) == "<answer>positive</answer>"
