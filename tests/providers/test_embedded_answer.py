from __future__ import annotations

import pytest

from llmopt.providers.embedded.responder import respond

CONTEXT = (
    "Tidewell was founded in Galway in 2011 by Orla Byrne. She wanted cheaper tide charts. "
    "The firm employs 48 people and sold 3,200 charts last year. A chart costs 9 euros. "
    "The shop is not open on Sundays. It moved to Cork because the rent was too high."
)


def ask(question: str, order: str = "Answer in a few words.") -> str:
    return respond([("user", f"Context: {CONTEXT}\n\nQuestion: {question}\n{order}")]).text


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("Who founded Tidewell?", "Orla Byrne"),
        ("When was Tidewell founded?", "2011"),
        ("Where was Tidewell founded?", "Galway"),
        ("How many people does the firm employ?", "48"),
        ("How many charts were sold last year?", "3,200"),
        ("How much does a chart cost?", "9 euros"),
        ("Why did it move to Cork?", "because the rent was too high"),
    ],
)
def test_a_short_answer_is_the_kind_of_span_asked_for(question: str, span: str) -> None:
    assert ask(question) == span


def test_without_a_wish_for_brevity_the_sentence_is_the_answer() -> None:
    order = "Please answer the question from the context, in a full and friendly sentence."
    assert ask("How much does a chart cost?", order) == "A chart costs 9 euros."


def test_a_pronoun_stands_for_the_names_before_it() -> None:
    text = "Context: The Elm Bridge opened in 1932. It was designed by Ada Finch.\n"
    reply = respond([("user", f"{text}Question: Who designed the Elm Bridge?\nAnswer:")])
    assert reply.text == "Ada Finch"


def test_yes_and_no_follow_the_denial_in_the_text() -> None:
    assert ask("Is the shop open on Sundays?", "Answer yes or no.") == "no"
    assert ask("Was Tidewell founded in Galway?", "Answer yes or no.") == "yes"


def test_what_the_text_does_not_say_is_refused() -> None:
    assert ask("Who painted the ceiling?") == "I cannot tell from the text."


def test_the_refusal_that_the_prompt_dictates_is_used() -> None:
    order = 'If the answer is not in the context, reply "unknown".'
    assert ask("Who painted the ceiling?", order) == "unknown"


def test_nothing_is_known_outside_the_text() -> None:
    assert respond([("user", "What is the capital of Norway?")]).text == (
        "I cannot tell from the text."
    )


def test_documents_in_the_system_message_answer_the_user() -> None:
    system = "Use only these documents.\n[1] Refunds take 14 days.\n[2] Express costs 12 euros."
    messages = [("system", f"Context:\n{system}"), ("user", "How long do refunds take?")]
    assert "14 days" in respond(messages).text
