"""The part of the SARIF 2.1.0 schema that llmopt writes.

Names, types and required keys are those of the OASIS standard (sections 3.13 to 3.57); a key that
is not here is one that llmopt does not write, and so a mistake.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}


def thing(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def items(of: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


MESSAGE = thing(("text",), text=TEXT)
BAG = {"type": "object"}
REGION = thing(
    ("startLine",),
    startLine={"type": "integer", "minimum": 1},
    startColumn={"type": "integer", "minimum": 1},
)
ARTIFACT = thing(
    ("uri",),
    uri={"type": "string", "format": "uri-reference", "pattern": r"^[^\\ ]+$"},
    uriBaseId={"const": "%SRCROOT%"},
)
PHYSICAL = thing(("artifactLocation", "region"), artifactLocation=ARTIFACT, region=REGION)
RULE = thing(
    ("id", "name", "shortDescription", "fullDescription", "help"),
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
)
RESULT = thing(
    ("ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"),
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations={**items(thing(("physicalLocation",), physicalLocation=PHYSICAL), 1), "maxItems": 1},
    relatedLocations=items(
        thing(("id", "physicalLocation"), id={"type": "integer", "minimum": 0},
              message=MESSAGE, physicalLocation=PHYSICAL)
    ),
    partialFingerprints={"type": "object", "additionalProperties": TEXT, "minProperties": 1},
    properties=BAG,
)  # fmt: skip
RUN = thing(
    ("tool", "results"),
    tool=thing(
        ("driver",),
        driver=thing(
            ("name", "semanticVersion", "rules"),
            name={"const": "llmopt"},
            semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
            rules={**items(RULE), "uniqueItems": True},
        ),
    ),
    automationDetails=thing(("id",), id=TEXT),
    invocations=items(
        thing(
            ("executionSuccessful",),
            executionSuccessful={"type": "boolean"},
            exitCode={"type": "integer"},
        )
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=items(RESULT),
    properties=BAG,
)
SARIF = thing(
    ("$schema", "version", "runs"),
    **{
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": items(RUN),
    },
)
