"""The forms that real prompts take: long and polite, terse, in one message or in two."""

from __future__ import annotations

import json

import pytest

from llmopt.providers.embedded.fields import find_fields
from llmopt.providers.embedded.labels import find_labels
from llmopt.providers.embedded.lines import unwrapped
from llmopt.providers.embedded.reading import read
from llmopt.providers.embedded.responder import respond
from llmopt.providers.embedded.wishes import wishes_of

PRAISE = "We love this lamp, it is beautiful and sturdy."
BLAME = "The kettle leaks and the seller was rude."
LETTER = """Dear shop,

I ordered four candle holders (order CH-7719) and one arrived cracked. Please send a replacement
before 8 May 2026.

Kind regards,
Nils Aaberg"""
PROBLEM = "Ben has 40 nails. He uses 15 and buys 30 more. How many nails does he have now?"
PARK = "Lund will build a bridge in May. It replaces a ferry that is 90 years old. Boats stay."


def ask(user: str, system: str = "") -> str:
    return respond([*([("system", system)] if system else []), ("user", user)]).text


@pytest.mark.parametrize(
    "system",
    [
        "Give the mood of the message in one word: good, bad, or neutral (no mood, or both).",
        "Reply with exactly one of the words good, bad or neutral.",
        "Which mood has the message? Single word: good, bad, or neutral (facts only).",
        "Say nothing but good, bad or neutral, in lower case and without a remark.",
        "The labels are good, bad and neutral. Reply with the label alone.",
        "Choose one of: good, bad, neutral. No explanation.",
    ],
)
def test_an_offer_in_the_system_message_is_for_the_text_of_the_user(system: str) -> None:
    assert ask(PRAISE, system) == "good"
    assert ask(BLAME, system) == "bad"


@pytest.mark.parametrize(
    "order",
    [
        (
            "- glad: the buyer is pleased, thankful or recommends\n  us to"
            " others\n- cross: the buyer is"
            " angry, let down or warns others\n"
        ),
        "1. glad - pleased, thankful\n2. cross - angry, let down, or wants\n   a refund\n",
        "* **glad**: pleased or thankful\n* **cross**: angry or let down\n",
    ],
)
def test_the_meaning_of_a_bullet_is_no_label(order: str) -> None:
    prompt = f"Put the note into one of these classes:\n\n{order}\nNote: {BLAME}"
    labels = find_labels(read([("user", f"{prompt}\n\nReply with the class only.")]))
    assert [label.text for label in labels] == ["glad", "cross"]
    assert all(label.hint for label in labels)


def test_a_list_closed_by_exactly_one_of_wins_and_keeps_the_meanings() -> None:
    prompt = (
        "Is the guest happy or sad or does he ask (or joke)?\n- up: happy\n- down: sad\n\n"
        f"Text: {PRAISE}\n\nAnswer with exactly one of up, down or even."
    )
    labels = find_labels(read([("user", prompt)]))
    assert [tuple(label) for label in labels] == [("up", "happy"), ("down", "sad"), ("even", "")]


@pytest.mark.parametrize(
    "prompt",
    [
        (
            'Hello! I need your help.\n\nHere is what a guest wrote:\n\n"""\n{}\n"""\n\n'
            "Please answer with good or bad. Many thanks!"
        ),
        (
            "We read letters all day, and it would help us to know whether they"
            " are good or bad.\n\n"
            "The letter that I would like you to judge is this:\n\n{}\n\nJust one word, please."
        ),
        "Say whether the text is good or bad.\n---\n{}\n---\nOne word only.",
        "Text:\n{}\n\nIs it good or bad? Just the word.",
        "{}\n\ngood|bad:",
        "{}\n\nGood or bad?",
    ],
)
def test_the_text_is_told_from_the_talk_around_it(prompt: str) -> None:
    letter = "The room was dirty, the shower did not work.\n\nPlease never stay here.\n\nLeo Marsh"
    material = read([("user", prompt.format(letter))]).material
    assert material.replace("\n\n", "\n") == letter.replace("\n\n", "\n")


def test_a_request_inside_the_material_does_not_end_it() -> None:
    prompt = f"Extract the name as JSON.\n\nLetter:\n{LETTER}"
    assert "Please send a replacement" in read([("user", prompt)]).material
    assert read([("user", prompt)]).material.endswith("Nils Aaberg")


def test_wrapped_prose_is_put_together_and_other_lines_are_left() -> None:
    prose = "This line is so long that it was broken off before its end by\nan editor."
    assert unwrapped(prose) == [prose.replace("\n", " ")]
    for kept in ("Dear Ann,\nhow are you?", f"{'x ' * 40}\nTotal: 5", f"{'x ' * 40}\n- a bullet"):
        assert unwrapped(kept) == kept.splitlines()
    assert unwrapped("- a bullet\n  that goes on\nand a line") == [
        "- a bullet that goes on",
        "and a line",
    ]


@pytest.mark.parametrize(
    "order",
    [
        (
            "Return a JSON object with these fields:\n\n- name: the full name of"
            " who signed, or null\n"
            "- order_number: as text, or null\n- phone: the telephone number, or null\n"
            "- deadline: the day by which it is needed, YYYY-MM-DD"
        ),
        (
            "Reply with JSON only.\n* `name` - the writer\n* `order_number` - as written\n"
            "* `phone` - if given\n* `deadline` - date (YYYY-MM-DD)"
        ),
        (
            'Return only {"name": string or null, "order_number": string or'
            ' null, "phone": string or'
            ' null, "deadline": "YYYY-MM-DD" or null}'
        ),
        (
            'Fill in:\n{"name": full name as signed,\n "order_number": as written, if any,\n'
            ' "phone": telephone number,\n "deadline": YYYY-MM-DD}'
        ),
        "Give me JSON with the keys name, order_number, phone and deadline (YYYY-MM-DD).",
        (
            "Please reply in JSON. Tell us who wrote (under the key name), which order it is about"
            " (under the key order_number), a telephone number (under the key"
            " phone) and the last day"
            " in the form YYYY-MM-DD (under the key deadline)."
        ),
    ],
)
def test_fields_are_filled_however_they_are_described(order: str) -> None:
    assert json.loads(ask(f"{order}\n\nThis is the letter:\n\n{LETTER}")) == {
        "name": "Nils Aaberg",
        "order_number": "CH-7719",
        "phone": None,
        "deadline": "2026-05-08",
    }


@pytest.mark.parametrize(
    "hint",
    [
        "one of refund, replacement, or other",
        "what is wanted: refund|replacement|other",
        '"refund" | "replacement" | "other"',
        "refund, replacement or other (one of refund, replacement and other)",
    ],
)
def test_the_choices_of_a_field_are_read(hint: str) -> None:
    order = f'Reply with JSON: {{"request": {hint}, "name": string}}'
    field = find_fields(read([("user", f"{order}\n\nText: {LETTER}")]))[0]
    assert [label.text for label in field.options] == ["refund", "replacement", "other"]
    assert json.loads(ask(f"{order}\n\nText: {LETTER}"))["request"] == "replacement"


@pytest.mark.parametrize("hint", ["string or null", "YYYY-MM-DD", "the street and/or the town"])
def test_a_kind_of_value_is_no_choice(hint: str) -> None:
    prompt = f'Reply with JSON: {{"place": {hint}}}\n\nText: x'
    assert find_fields(read([("user", prompt)]))[0].options == ()


def test_an_order_number_is_no_telephone_number() -> None:
    assert json.loads(ask('Return {"phone": string}\n\nText: order 77-1042')) == {"phone": None}


@pytest.mark.parametrize(
    "shown",
    [
        (
            "Example problem:\nAda has 9 pens. She loses 2. How many pens are left?\n\n"
            "Example solution:\nStep 1: Seven are left, as 9 - 2 = 7.\nAnswer: 7\n\n"
        ),
        (
            "First problem: Ada has 9 pens. She loses 2. How many pens are left?\n"
            "First solution: 9 - 2 = 7\nAnswer: 7\n\n"
        ),
    ],
)
def test_the_problem_after_a_worked_example_is_solved(shown: str) -> None:
    end = 'Now solve this one and finish with a line of the form "Answer: <number>".\n\nProblem:\n'
    prompt = f"Please write down every step, as it is done here.\n\n{shown}{end}{PROBLEM}"
    assert ask(prompt) == "40 - 15 = 25\n25 + 30 = 55\nAnswer: 55"


@pytest.mark.parametrize(
    ("order", "reply"),
    [
        ("Give only the final number.", "55"),
        ("No working, just the number.", "55"),
        ('Reply only "Answer: <number>", no unit.', "Answer: 55"),
        ("Reply in the form 'Result: <number>' and with nothing else.", "Result: 55"),
    ],
)
def test_a_number_is_given_in_the_form_asked_for(order: str, reply: str) -> None:
    assert ask(f"{PROBLEM}\n{order}") == reply
    assert ask(PROBLEM, f"Solve the problem. {order}") == reply


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        ("If the context does not tell, please reply with the words: not given", "not given"),
        ("Answer from the text only; if it does not say, reply: no answer", "no answer"),
        ("Where the answer is not in the text, say 'unknown'.", "unknown"),
        ('If it cannot be answered, answer "no idea" and nothing more.', "no idea"),
        ("Should it not contain the answer, reply exactly: not there", "not there"),
    ],
)
def test_a_dictated_refusal_is_read_with_and_without_quotes(order: str, refusal: str) -> None:
    assert wishes_of(read([("user", f"{order}\nText: {PARK}")])).unknown == refusal


@pytest.mark.parametrize(
    ("question", "reply"),
    [("What does Lund build in May?", None), ("Who wrote the opera?", "not given")],
)
def test_a_polite_prompt_with_rules_asks_its_question(question: str, reply: str | None) -> None:
    prompt = (
        "I am going to give you a passage, and then a question. Please read all of it first.\n\n"
        "Please keep to these rules:\n\n- Use the passage only. Do not invent anything.\n"
        "- If the passage does not tell, reply with the words: not given\n"
        f"- A few words are enough.\n\nHere is the passage:\n\n-----\n{PARK}\n-----\n\n"
        f"And here is my question:\n\n{question}\n\nThank you very much!"
    )
    reading = read([("user", prompt)])
    assert [slot.text for slot in reading.slots] == [PARK, question]
    assert reply is None or ask(prompt) == reply


@pytest.mark.parametrize(
    ("user", "system"),
    [
        (
            f"Could you please condense this report in one sentence of 9 words at most?\n\n{PARK}",
            "",
        ),
        (PARK, "You sum up news for a ticker: one sentence, no more than 9 words."),
        (
            (
                "You are an editor. Please write a summary of the text below."
                " Our readers write to us\n"
                "when it is long, so keep to one sentence of 9 words.\n\nThe"
                " text that I mean is the following:\n\n"
                f'{PARK}\n\nPlease write only the summary, without "Here is the'
                f' summary". Thank you!'
            ),
            "",
        ),
        (f"Summarize in one sentence of at most 9 words: main point, key names.\n{PARK}", ""),
    ],
)
def test_a_summary_is_recognised_by_its_verb(user: str, system: str) -> None:
    assert ask(user, system) == "Lund will build a bridge in May."


def test_a_briefing_in_prose_is_an_order_for_a_text() -> None:
    text = ask(
        "I would be glad if you could write a text for me. I describe it below.\n\n"
        "The kind of text is this: an invitation. Please use it as it is.\n\n"
        "The topic is the following: a garden fair. Please invent nothing.\n\n"
        "The following must be included: 3 June, free seeds. Please forget nothing.\n\n"
        "Please avoid the following completely: cheap, rain.\n\n"
        "Please reply with the text only, in at most 40 words. Thank you!"
    )
    assert all(word in text for word in ("garden fair", "3 June", "free seeds"))
    assert text.startswith("You are invited")
    assert len(text.split()) <= 40


def test_desks_are_labels_where_the_order_picks_a_desk() -> None:
    prompt = f"Pick the desk for the item. Only the desk.\nDesks: sports, weather\nItem: {BLAME}"
    labels = find_labels(read([("user", prompt)]))
    assert [label.text for label in labels] == ["sports", "weather"]


def test_a_question_is_heard_after_a_lead_and_dictated_words_are_not_composed() -> None:
    order = 'I would like to know: Which king sang?\n\nIf the facts do not say so, write "no".'
    assert ask(f"Here are some facts.\n\n{PARK}\n\n{order} Be brief.") == "no"


@pytest.mark.parametrize(
    "system",
    [
        "Answer with one word.",
        "One word.",
        "Reply with the label only.",
        "Answer with one word, nothing else.",
        "Be terse.",
        "Reply with the label only, in one or two words.",
        "Only the label, in upper or lower case.",
        "You label short texts. No explanation.",
    ],
)
@pytest.mark.parametrize(
    ("slot", "answer"),
    [
        ("Sentiment (positive/negative/neutral): I love it.", "positive"),
        ("Mood (positive, negative or neutral): What a dreadful, broken thing.", "negative"),
        ("Mood [good/bad]: What a dreadful, broken thing.", "bad"),
        ("Verdict (good | bad):\nThe staff was rude.\n\nPlease never stay there.", "bad"),
        ("Department (sales/support/billing): The invoice was charged twice.", "billing"),
        ("Department (sales, support, billing): The invoice was charged twice.", "billing"),
        ("Topic (sports/politics): The goalkeeper saved the penalty in the final.", "sports"),
        ("Topic (politics or sports): The goalkeeper saved the penalty.", "sports"),
    ],
)
def test_choices_in_a_slot_s_name_are_offered_after_terse_orders(
    system: str, slot: str, answer: str
) -> None:
    assert ask(slot, system) == answer
    assert respond([("system", system), ("user", slot)], max_tokens=4).text == answer


@pytest.mark.parametrize(
    "system",
    [
        "Label the review as good or bad. One word.",
        "Is the review good or bad? One word.",
        "Reply with exactly one of the words good, bad or neutral.",
        "Choose one of these. Only the label.\n- good\n- bad",
    ],
)
@pytest.mark.parametrize("name", ["Size (small/large)", "Delivery (van, post or bike)"])
def test_labels_of_the_system_message_win_over_brackets_in_the_text(system: str, name: str) -> None:
    assert ask(f"{name}: {PRAISE}", system) == "good"
    assert ask(f"{name}: {BLAME}", system) == "bad"


def test_text_before_a_name_with_choices_stays_material() -> None:
    text = "I ordered two lamps.\nColour (red or blue): not as shown."
    assert read([("system", "Condense the text."), ("user", text)]).material == text
