from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.scorers.judging import judge

from llmopt.errors import ScorerError, UsageError

ORDER = {"name": "Ada", "total": 12.5, "paid": True, "note": None}
ORDER_TEXT = '{"name": "Ada", "total": 12.5, "paid": true, "note": null}'


@pytest.mark.parametrize(
    "reply",
    [
        ORDER_TEXT,
        f"```json\n{ORDER_TEXT}\n```",
        f"```\n{ORDER_TEXT}\n```\nI hope this helps!",
        f"Here you are: {ORDER_TEXT}. Anything else?",
        f"Use {{braces}} and {{ }} like \\frac{{1}}{{2}}: {ORDER_TEXT}",
        f'The template {{"name": <text>, "total": <number>}} gives {ORDER_TEXT}',
        f'"Quotes" and a lone " before {ORDER_TEXT}',
        f"it's {ORDER_TEXT}",
        f"[{ORDER_TEXT}]",
        f"{{}} {ORDER_TEXT}",
        f'Given {{"email": "..."}} the form is {ORDER_TEXT}',
        f"{ORDER_TEXT} {{" + '"name": "Eve"}',
        "<think>{" + f'"name": "Eve"}}</think>{ORDER_TEXT}',
        ORDER_TEXT.replace(", ", ",\n  "),
        ORDER_TEXT.replace("12.5", "1.25e1"),
        ORDER_TEXT.replace("Ada", "\\u0041da"),
        '{"note": null, "paid": true, "total": 12.50, "name": "Ada", "mood": "{}"}',
    ],
)
def test_the_object_is_found_whatever_stands_around_it(reply: str) -> None:
    score = judge("json", reply, ORDER)
    assert score.value == 1, score.reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "no JSON object in the reply: ''"),
        ("Ada paid 12.50", "no JSON object in the reply: 'Ada paid 12.50'"),
        ("{'name': 'Ada'}", "no JSON object in the reply: "),
        ('{"name": "Ada",}', "no valid JSON object: Expecting property name "),
        ('{"name": "Ada", "total": 12.5', "the JSON object is cut off: "),
        ('{"name": "Ada", "note": "and th', "the JSON object is cut off: "),
        ('{"items": [{"name": "Ada"}, {"na', "the JSON object is cut off: "),
        ('{"total": NaN}', "no valid JSON object: NaN is not JSON: "),
        ("[1, 2]", "no JSON object in the reply: '[1, 2]'"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "no valid JSON object: it is nested too deeply: "),
    ],
)
def test_what_is_no_json_object_scores_nothing(reply: str, reason: str) -> None:
    score = judge("json", reply, ORDER)
    assert score.value == 0
    assert score.reason.startswith(reason)


@pytest.mark.parametrize(
    ("said", "share", "reason"),
    [
        (ORDER, 1, "4 of 4 fields right"),
        (
            {**ORDER, "total": "12.50"},
            0.75,
            "3 of 4 fields right; total: expected 12.5, got '12.50' (text, not a number)",
        ),
        (
            {**ORDER, "name": 7},
            0.75,
            "3 of 4 fields right; name: expected 'Ada', got 7 (a number, not text)",
        ),
        ({**ORDER, "paid": 1}, 0.75, "3 of 4 fields right; paid: expected true, got 1"),
        ({**ORDER, "paid": "true"}, 0.75, "3 of 4 fields right; paid: expected true, got 'true'"),
        ({**ORDER, "note": {}}, 0.75, "3 of 4 fields right; note: expected null, got an object"),
        ({**ORDER, "note": [1]}, 0.75, "3 of 4 fields right; note: expected null, got a list of 1"),
        ({"name": "Ada", "total": 12.5, "paid": True}, 0.75, "3 of 4 fields right; note: missing"),
        ({**ORDER, "mood": 1}, 1, "4 of 4 fields right; not asked for: 'mood'"),
        (
            {"x": 1},
            0,
            (
                "0 of 4 fields right; name: missing; total: missing; paid: missing; 1 more wrong; "
                "not asked for: 'x'"
            ),
        ),
    ],
)
def test_fields_are_compared_one_by_one(said: Any, share: float, reason: str) -> None:
    score = judge("json", json.dumps(said), ORDER)
    assert (score.value, score.reason) == (share, reason)


@pytest.mark.parametrize(
    ("expect", "said", "share"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, 1 / 2),
        ({"a": {"b": 1, "c": 2}, "d": 3}, {"a": 5, "d": 3}, 1 / 3),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1, "x": 2}, "y": 3}}, 1),
        ({"a": [1, 2, 3]}, {"a": [1, 2, 3]}, 1),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, 1 / 3),
        ({"a": [1, 2]}, {"a": [1, 2, 3, 4]}, 1 / 2),
        ({"a": [1, 2]}, {"a": "1, 2"}, 0),
        ({"a": []}, {"a": []}, 1),
        ({"a": []}, {"a": [1]}, 0),
        ({"a": {}}, {"a": {"b": 1}}, 1),
        ({"a": {}}, {"a": []}, 0),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, 1 / 2),
        ({"a": 1}, {"a": 1.0}, 1),
        ({"a": 1}, {"a": True}, 0),
        ({"a": True}, {"a": 1}, 0),
        ({"a": None}, {"a": None}, 1),
        ({"a": "x"}, {"a": "X"}, 0),
        ({"a": "x"}, {"a": "x "}, 0),
        ({"a": date(2024, 5, 1)}, {"a": "2024-05-01"}, 1),
        ({7: "x"}, {"7": "x"}, 1),
        ([1, {"a": 2}], [1, {"a": 2}], 1),
        ([1, 2], [1, 3], 1 / 2),
        ('{"a": 1}', {"a": 1}, 1),
    ],
)
def test_nested_fields_and_list_items_count_one_each(expect: Any, said: Any, share: float) -> None:
    assert judge("json", f"It is {json.dumps(said)}.", expect).value == share


@pytest.mark.parametrize(
    ("expect", "said", "right"),
    [
        ("12", 12, 1),
        (12, "12", 1),
        (12.5, "12.50", 1),
        (12, "12 pieces", 0),
        ("Ada  Lovelace", "ada lovelace\n", 1),
        ("Ada", "Adam", 0),
        (True, "true", 1),
        (True, 1, 0),
        (False, "no", 0),
        (None, "null", 1),
        (None, "", 0),
        ("x", ["x"], 0),
        (1, "snan", 0),
        ("nan", "NaN", 1),
    ],
)
def test_loose_types_look_at_what_is_meant(expect: Any, said: Any, right: int) -> None:
    loose = judge("json", json.dumps({"a": said}), {"a": expect}, strict_types=False)
    assert loose.value == right
    assert judge("json", json.dumps({"a": said}), {"a": expect}).value == 0


def test_loose_types_take_a_missing_field_for_null() -> None:
    expect = {"a": None, "b": 1}
    assert judge("json", '{"b": 1}', expect, strict_types=False).value == 1
    assert judge("json", '{"b": 1}', expect).value == 0.5


SCHEMA = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("reply", "value", "reason"),
    [
        ('{"name": "Ada", "age": 36}', 1, "conforms to the schema"),
        ('{"x": 1} {"name": "Ada", "age": 36}', 1, "conforms to the schema"),
        ('{"name": "Ada"}', 0, "against the schema: $: 'age' is a required property"),
        ('{"name": "Ada", "age": -1}', 0, "against the schema: $.age: -1 is less than the minimum"),
        ('{"name": "Ada", "age": "36"}', 0, "against the schema: $.age: '36' is not of type"),
    ],
)
def test_a_schema_alone_says_right_or_wrong(reply: str, value: float, reason: str) -> None:
    score = judge("json", reply, schema=SCHEMA)
    assert score.value == value
    assert score.reason.startswith(reason)


def test_a_schema_beside_an_expectation_has_to_hold_first() -> None:
    expect = {"name": "Ada", "age": 36}
    assert judge("json", '{"name": "Ada", "age": 35}', expect, schema=SCHEMA).value == 0.5
    assert judge("json", '{"name": "Ada", "age": "36"}', expect, schema=SCHEMA).value == 0


@pytest.mark.parametrize("schema", [{"type": "strin"}, {"minimum": "a"}, 5, [1]])
def test_what_is_no_schema_is_refused_when_the_suite_loads(schema: Any) -> None:
    with pytest.raises(UsageError, match="'schema' is"):
        judge("json", "{}", {"a": 1}, schema=schema)


@pytest.mark.parametrize("target", ["https://example.com/s.json", "#/$defs/lost"])
def test_a_schema_fetches_nothing(target: str) -> None:
    with pytest.raises(ScorerError, match="refers to what it does not hold"):
        judge("json", '{"a": 1}', {"a": 1}, schema={"$ref": target})


@pytest.mark.parametrize("expect", ["no json", "5", 5, True])
def test_an_expectation_without_fields_is_the_suites_fault(expect: Any) -> None:
    with pytest.raises(ScorerError, match="case 'c1': expected a mapping"):
        judge("json", "{}", expect)


TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), TREES, min_size=1, max_size=4)


@given(OBJECTS, st.text(alphabet="ab c.,:'\n-*`", max_size=20))
def test_an_object_equals_itself_in_any_prose(tree: dict[str, Any], prose: str) -> None:
    for strict in (True, False):
        score = judge("json", f"{prose}{json.dumps(tree)}{prose}", tree, strict_types=strict)
        assert score.value == 1, score.reason


@given(OBJECTS, OBJECTS)
def test_loose_types_never_score_lower(expect: dict[str, Any], said: dict[str, Any]) -> None:
    reply = json.dumps(said)
    strict = judge("json", reply, expect).value
    assert 0 <= strict <= judge("json", reply, expect, strict_types=False).value <= 1
