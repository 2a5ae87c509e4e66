from __future__ import annotations

import json
from typing import Any

import pytest

from llmopt.providers.embedded.fields import find_fields
from llmopt.providers.embedded.reading import read
from llmopt.providers.embedded.responder import respond


def filled(order: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(respond([("user", f"{order}\n\nText: {text}")]).text)
    return found


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("Extract the name, email and phone as JSON.", ["name", "email", "phone"]),
        ('Return JSON: {"order_id": string, "total": number}', ["order_id", "total"]),
        ("Reply with JSON with the keys city and date.", ["city", "date"]),
        (
            "Extract these fields as JSON:\n- sender: who wrote it\n- due date",
            ["sender", "due date"],
        ),
        ("Parse to JSON with fields name (string), nights (number).", ["name", "nights"]),
        ("Extract from the text below: name, age. Answer in JSON.", ["name", "age"]),
        ("Turn the mail into {city, date} and reply with JSON only.", ["city", "date"]),
        ("Write a poem.", []),
    ],
)
def test_fields_are_found_however_they_are_named(prompt: str, names: list[str]) -> None:
    assert [field.name for field in find_fields(read([("user", prompt)]))] == names


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("email", "Write to jo.lund@mail.example today.", "jo.lund@mail.example"),
        ("phone", "Call 555-010-2233 after noon.", "555-010-2233"),
        ("name", "Hello, my name is Lena Ortiz and I am lost.", "Lena Ortiz"),
        ("sender", "Dear Kim,\nsee you soon.\nBest regards,\nPriya Nair", "Priya Nair"),
        ("recipient", "Dear Kim,\nsee you soon.\nBest regards,\nPriya Nair", "Kim"),
        ("company", "The invoice came from Brightwater Ltd last week.", "Brightwater Ltd"),
        ("order_number", "My order 48213 never came.", "48213"),
        ("invoice_id", "See invoice INV-2031 of March.", "INV-2031"),
        ("total", "That makes $1,250.50 in all.", 1250.5),
        ("currency", "That makes $1,250.50 in all.", "USD"),
        ("due_date", "Issued 2024-02-01, due 2024-03-01.", "2024-03-01"),
        ("quantity", "I would like 12 desk lamps.", 12),
        ("product", "I ordered two desk lamps for my office.", "desk lamps"),
        ("city", "She lives in Graz with two cats.", "Graz"),
        ("age", "Peter, 34 years old, is a baker.", 34),
        ("favourite_smell", "Peter is a baker.", None),
    ],
)
def test_a_field_is_filled_by_its_shape_and_its_cues(field: str, text: str, value: object) -> None:
    assert filled(f'Return only JSON with the key "{field}".', text) == {field: value}


def test_a_written_field_wins_over_shapes() -> None:
    text = "Name: Ana Wu\nSeen by Raj Patel\nTotal: $45.00 (paid)"
    assert filled("Extract the name and total as JSON.", text) == {"name": "Ana Wu", "total": 45.0}


def test_dates_are_normalised_only_when_asked() -> None:
    text = "The course starts on March 3, 2024."
    assert filled('Return JSON: {"date": "YYYY-MM-DD"}', text) == {"date": "2024-03-03"}
    assert filled('Return JSON: {"date": string}', text) == {"date": "March 3, 2024"}


def test_a_field_with_choices_takes_one_of_them() -> None:
    order = 'Output JSON {"sentiment": "good" | "bad", "urgent": true/false}.'
    assert filled(order, "An awful trip.")["sentiment"] == "bad"


def test_the_fields_of_worked_examples_are_filled() -> None:
    shown = 'Text: order 771 by Ana Wu\nJSON: {"order": "771", "customer": "Ana Wu"}\n\n'
    reply = respond([("user", f"{shown}Text: order 802 by Raj Patel\nJSON:")]).text
    assert json.loads(reply) == {"order": "802", "customer": "Raj Patel"}


def test_without_json_the_answer_is_in_words() -> None:
    prompt = "Extract the name and email from the text.\n\nText: my name is Lena Ortiz."
    assert respond([("user", prompt)]).text == "Name: Lena Ortiz\nEmail: not given"
