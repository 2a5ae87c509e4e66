"""JSON Schemas (draft 2020-12) of the files, for completion and checks in editors."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from llmopt.files.schemas.config import ConfigFile
from llmopt.files.schemas.prompt import PromptFile
from llmopt.files.schemas.scorers import COMBINERS, OPTIONS
from llmopt.files.schemas.testcases import SCORE_MARK, TestcasesFile

_FILES: dict[str, type[BaseModel]] = {
    "config": ConfigFile,
    "prompt": PromptFile,
    "testcases": TestcasesFile,
}
_TITLES = {
    "config": "llmopt.yaml",
    "prompt": "llmopt prompt",
    "testcases": "llmopt test cases",
}
_SCORE = {"$ref": "#/$defs/Score"}
# What a scorer's name may be followed by instead of options: its main setting.
_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXTS: list[dict[str, Any]] = [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]
_MAIN: dict[str, list[dict[str, Any]]] = {
    **dict.fromkeys(("exact", "label", "contains", "f1", "rouge", "similarity"), _TEXTS),
    "numeric": [{"type": ["number", "string"]}],
    "json": [{"type": "array"}, {"type": "string"}],
    "length": [],
}


def json_schema(name: Literal["config", "prompt", "testcases"]) -> dict[str, Any]:
    """The JSON Schema of one kind of file."""
    schema = _FILES[name].model_json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _TITLES[name],
    }
    result = _tidy({**head, **{key: part for key, part in schema.items() if key != "title"}})
    if name == "testcases":
        result["$defs"] |= _score_definitions()
    if name == "prompt":
        result["$defs"]["VariantEntry"]["anyOf"] = [
            {"required": ["user"]},
            {"required": ["messages"]},
        ]
    return result


def _score_definitions() -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    forms: dict[str, Any] = {}
    for name, options in OPTIONS.items():
        title = f"{name}Options"
        schema = options.model_json_schema()
        definitions[title] = _tidy(schema)
        main = _MAIN.get(name, [{"type": "string"}])
        forms[name] = {
            "description": definitions[title].get("description", ""),
            "anyOf": [*main, {"$ref": f"#/$defs/{title}"}, {"type": "null"}],
        }
    for name, description in COMBINERS.items():
        parts: dict[str, Any] = _SCORE if name == "not" else {"type": "array", "items": _SCORE}
        forms[name] = {"description": description, **parts}
    forms["weight"] = {
        "type": "number",
        "exclusiveMinimum": 0,
        "description": "How much a part of 'all' counts; default: 1.",
    }
    definitions["Score"] = {
        "description": "A scorer: its name, or its name with a setting or options.",
        "examples": ["label", {"contains": "free shipping"}, {"numeric": {"tolerance": "1%"}}],
        "anyOf": [
            {"enum": [*OPTIONS, None], "description": "A scorer without options."},
            {"type": "string", "description": "A scorer that another package adds."},
            {"type": "object", "properties": forms, "minProperties": 1, "maxProperties": 2},
        ],
    }
    return definitions


def _tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what pydantic adds for itself (titles of fields, empty defaults); put scorers in."""
    return {
        key: _tidy_part(part)
        for key, part in schema.items()
        # Where the value is a mapping, `title` is a property of that name.
        if not (key == "title" and isinstance(part, str) and "$schema" not in schema)
        and not (key == "default" and (part is None or isinstance(part, dict)))
        and key != SCORE_MARK
    } | (_SCORE if SCORE_MARK in schema else {})


def _tidy_part(part: Any) -> Any:  # noqa: ANN401 - any part of a JSON document
    if isinstance(part, list):
        return [_tidy_part(item) for item in part]
    return _tidy(part) if isinstance(part, dict) else part
