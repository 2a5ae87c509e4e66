"""JSON Schemas describe the files as editors want them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from jsonschema import Draft202012Validator

from llmopt.files.schemas import json_schema
from llmopt.files.schemas.scorers import COMBINERS, OPTIONS

SHIPPED = Path(__file__).parents[2]
Name = Literal["config", "prompt", "testcases"]
NAMES: tuple[Name, ...] = ("config", "prompt", "testcases")


def mistakes(name: Name, text: str) -> list[str]:
    validator = Draft202012Validator(json_schema(name))
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_valid_itself(name: Name) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_file_is_described(name: Name) -> None:
    properties: dict[str, Any] = json_schema(name)["properties"]
    assert [key for key, part in properties.items() if not part.get("description")] == []


@pytest.mark.parametrize("name", NAMES)
def test_examples_hold_their_own_schema(name: Name) -> None:
    schema = json_schema(name)
    for key, part in schema["properties"].items():
        for example in part.get("examples", []):
            validator = Draft202012Validator({**part, "$defs": schema.get("$defs", {})})
            assert list(validator.iter_errors(example)) == [], key


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config", "models: [openai/gpt-5-mini, {id: a/b, price: {input: 0, output: 1.5}}]"),
        ("config", "traffic: {p: 40000/day}\ngates: {cost: +5%}"),
        ("config", "checklist: {INF201: {status: done, reason: x}}"),
        ("config", "models: [{id: a/b, params: {max_tokens: 5, top_k: 3, stop: x}}]"),
        ("prompt", "prompt: p\nvariants: {a: {user: x}}"),
        ("prompt", "prompt: p\nvariants: {a: {messages: [{role: user, content: x}]}}"),
        ("testcases", "prompt: p\nscore: label\ncases: [{vars: {a: [1]}, expect: {b: 2}}]"),
        ("testcases", "prompt: p\nscore: {all: [label, {contains: [a, b], weight: 2}]}"),
        ("testcases", "prompt: p\nscore: {not: {numeric: {tolerance: 1%}}}"),
        ("testcases", "prompt: p\nscore: some-package"),
        ("testcases", "prompt: p\ndata: [{file: r.csv, vars: {a: b}, expect: c}]"),
    ],
)
def test_what_is_right_is_accepted(name: Name, text: str) -> None:
    assert mistakes(name, text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config", "modles: []"),
        ("config", "models: [{name: x}]"),
        ("config", "models: [{id: a/b, params: {temperature: 3}}]"),
        ("config", "gates: {cst: +5%}"),
        ("prompt", "variants: {a: {user: x}}"),
        ("prompt", "prompt: p\nvariants: {a: {system: x}}"),
        ("prompt", "prompt: p\nvariants: {a: {user: x, usr: y}}"),
        ("prompt", "prompt: p\nvariants: {}"),
        ("testcases", "prompt: p\ncases: [{vars: [a]}]"),
        ("testcases", "prompt: p\nscore: {numeric: {tolerence: 1}}"),
        ("testcases", "prompt: p\nscore: {all: label}"),
        ("testcases", "prompt: p\ndata: [{vars: {a: b}}]"),
    ],
)
def test_what_is_wrong_is_refused(name: Name, text: str) -> None:
    assert mistakes(name, text)


def test_scorer_names_are_offered() -> None:
    forms = json_schema("testcases")["$defs"]["Score"]["anyOf"]
    assert set(forms[0]["enum"]) == {*OPTIONS, None}
    assert set(forms[2]["properties"]) == {*OPTIONS, *COMBINERS, "weight"}
    assert all(part.get("description") for part in forms[2]["properties"].values())


@pytest.mark.parametrize(("name", "folder"), [("prompt", "prompts"), ("testcases", "testcases")])
def test_the_shipped_files_hold_the_schemas(name: Name, folder: str) -> None:
    files = sorted((SHIPPED / folder).glob("*.yaml"))
    assert files
    for path in files:
        assert mistakes(name, path.read_text(encoding="utf-8")) == [], path.name
