from __future__ import annotations

import pytest

from llmopt.providers.embedded.responder import respond

ARTICLE = (
    "The city council approved a new park on Monday. The park, which will cover ten acres, "
    "replaces an old factory. Residents had asked the city for a park for years. Work begins "
    "in May."
)


def ask(prompt: str) -> str:
    return respond([("user", prompt)]).text


@pytest.mark.parametrize("limit", [3, 8, 12, 20, 40])
def test_a_summary_keeps_its_word_limit(limit: int) -> None:
    summary = ask(f"Summarize in at most {limit} words:\n\n{ARTICLE}")
    assert 0 < len(summary.split()) <= limit


def test_a_summary_is_made_of_the_text() -> None:
    summary = ask(f"Summarize the text in one sentence.\n\n{ARTICLE}")
    assert summary == "The city council approved a new park on Monday."


def test_a_long_sentence_loses_its_asides_first() -> None:
    text = "The park, which will cover ten acres of land, replaces an old factory."
    assert ask(f"Summarize in at most 8 words:\n\n{text}") == "The park replaces an old factory."


def test_bullets_come_as_lines() -> None:
    lines = ask(f"Summarize as 2 bullet points:\n\n{ARTICLE}").splitlines()
    assert len(lines) == 2
    assert all(line.startswith("- ") for line in lines)


def test_a_summary_of_nothing_is_refused() -> None:
    assert ask("Summarize the text below.") == "I cannot tell from the text."


def test_a_text_to_order_has_its_topic_and_what_it_must_mention() -> None:
    text = ask(
        "Write a product description for a bamboo toothbrush in at most 40 words. "
        "Mention soft bristles and recycled box."
    )
    assert "bamboo toothbrush" in text.lower()
    assert "soft bristles" in text
    assert "recycled box" in text
    assert len(text.split()) <= 40


def test_named_slots_are_an_order_too() -> None:
    text = ask("Write an e-mail.\nTopic: the picnic\nMust mention: Saturday, tea\nLength: 50 words")
    assert all(word in text for word in ("the picnic", "Saturday", "tea"))
    assert len(text.split()) <= 50


def test_sentences_with_avoided_words_are_left_out() -> None:
    prompt = "Write a product description for a lamp."
    assert "dependable" in ask(prompt)
    assert "dependable" not in ask(f"{prompt} Avoid the word dependable.")


def test_a_least_length_is_reached() -> None:
    text = ask("Write a paragraph about tea gardens of 60 to 80 words.")
    assert 60 <= len(text.split()) <= 80


def test_a_character_limit_is_kept() -> None:
    assert len(ask("Write a headline about the spring sale, at most 20 characters.")) <= 20


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        ("Tom has 48 apples. He sells 25% of them and gives 6 away. How many are left?", "30"),
        ("Anna has 3 pens. She buys 2 more. How many pens does she have?", "5"),
        ("A baker makes 4 trays of 12 muffins each. She sells 30. How many are left?", "18"),
        ("A train travels 60 km per hour for 3 hours. How far does it go?", "180"),
        ("Sue buys 3 caps at $15 each and 2 hats at $10 each. How much does she spend?", "65"),
        ("A jacket costs $80. It is 20% off. How much is it now?", "64"),
        ("24 nuts are shared equally among 6 children. How many does each child get?", "4"),
        ("Mia has 5 marbles. Leo has 3 times as many. How many have they together?", "20"),
        ("A box holds 12 eggs. How many eggs are in 7 boxes?", "84"),
        ("A box holds 12 eggs. How many boxes hold 84 eggs?", "7"),
        ("Jim pays for a $13 book with a $20 bill. How much change does he get?", "7"),
        ("There are 120 pupils. 45% are girls. How many boys are there?", "66"),
        ("Half of the 36 players left. How many players stayed?", "18"),
        ("Kim is 12. Her brother is 4 years older than Kim. How old is he?", "16"),
        ("Dan runs 5 km every day. How far does he run in 2 weeks?", "70"),
        ("Sam is twice as old as Pat. Pat is 9. How old is Sam?", "18"),
        ("If 5 pens cost $10, how much do 8 pens cost?", "16"),
        ("What is the average of 4, 8 and 12?", "8"),
        ("What is 12 * (3 + 4)?", "84"),
        ("What is 15% of 80?", "12"),
        ("What is 7 divided by 2?", "3.5"),
    ],
)
def test_simple_problems_are_worked_out(problem: str, answer: str) -> None:
    assert ask(f"{problem} Reply with only the number.") == answer


def test_steps_and_an_answer_line_are_given_where_asked_for() -> None:
    problem = "A baker makes 4 trays of 12 muffins each. She sells 30. How many are left?"
    reply = ask(f'Solve step by step. End with "Answer: N".\n\nProblem: {problem}')
    assert reply == "4 * 12 = 48\n48 - 30 = 18\nAnswer: 18"


def test_the_form_of_worked_answers_is_taken_over() -> None:
    shown = "Q: Anna has 3 pens. She buys 2. How many pens?\nA: 3 + 2 = 5. The answer is 5.\n\n"
    reply = ask(f"{shown}Q: Ben has 10 coins. He loses 4. How many coins?\nA:")
    assert reply == "10 - 4 = 6. The answer is 6."


@pytest.mark.parametrize(
    "problem",
    [
        "Seats cost $12 for adults and $8 for children. How much do 2 adults and 3 children pay?",
        "What is 5 / 0?",
    ],
)
def test_a_problem_beyond_the_rules_is_refused_not_guessed(problem: str) -> None:
    assert ask(f"Solve the math problem.\n\nProblem: {problem}") == "I cannot work this out."
