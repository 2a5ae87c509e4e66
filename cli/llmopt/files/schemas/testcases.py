"""The schema of a test-case file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema

from llmopt.domain import Perturbation
from llmopt.files.schemas.base import LIST, MAPPING, TEXT, Name, Strict, Texts, mistake

SCORE_MARK = "x-score"
"""Stands in a generated schema where `documents` puts the definition of scorers."""

Score = Annotated[Any, WithJsonSchema({SCORE_MARK: True})]
"""Checked by `scoring`, which knows the scorers; `documents` adds the definition."""


def _only_false(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it
    if value:
        raise mistake(
            "'robustness' takes false or a mapping, and true says nothing",
            "write robustness: {VARIABLE: all}, or leave it out",
        )
    return value


# The names in full, so that a wrong one is answered with those that there are.
_Chosen = Annotated[
    Annotated[
        Literal["all", "typos", "case", "whitespace", "punctuation", "order", "lookalikes"],
        Tag(TEXT),
    ]
    | Annotated[list[Perturbation], Field(min_length=1), Tag(LIST)],
    Discriminator(lambda value: LIST if isinstance(value, list) else TEXT),
]
Robustness = Annotated[
    Annotated[bool, AfterValidator(_only_false), WithJsonSchema({"const": False}), Tag(TEXT)]
    | Annotated[dict[str, _Chosen], Tag(MAPPING)],
    Discriminator(lambda value: TEXT if isinstance(value, bool) else MAPPING),
]
"""What `--robustness` perturbs: a variable's perturbations by its name, or false for nothing."""

_ROBUSTNESS = {"text": ["typos", "case"]}


class LimitsOfCase(Strict):
    """What a trial of a case may take at most."""

    max_input_tokens: int | None = Field(
        default=None, ge=1, description="Tokens sent.", examples=[800]
    )
    max_output_tokens: int | None = Field(
        default=None, ge=0, description="Tokens of the reply.", examples=[20]
    )
    max_cost: float | None = Field(
        default=None, ge=0, description="Dollars of a trial.", examples=[0.002]
    )
    max_latency_ms: float | None = Field(
        default=None, gt=0, description="Milliseconds of a trial.", examples=[1500]
    )


class CaseEntry(LimitsOfCase):
    """One test case."""

    id: str | None = Field(
        default=None,
        min_length=1,
        description="Names the case in results; default: case-1, case-2, ...",
        examples=["late-but-fine"],
    )
    vars: dict[str, Any] = Field(
        default_factory=dict,
        description="Values for the templates' variables.",
        examples=[{"text": "Came two days late, works perfectly."}],
    )
    expect: Any = Field(
        default=None, description="What the reply should be.", examples=["positive"]
    )
    score: Score = Field(default=None, description="Overrides the file's scorer.")
    tags: Texts = Field(
        default_factory=list, description="For `eval --tag`.", examples=[["reviews"]]
    )
    group: str | None = Field(
        default=None,
        description="Cases of one group are not independent (same document, same customer).",
    )
    robustness: Robustness | None = Field(
        default=None,
        description="For `eval --robustness`: perturbations by variable, or false for none.",
        examples=[_ROBUSTNESS],
    )


class Defaults(LimitsOfCase):
    """What all cases of the file share: values that a case gives itself win, tags add up."""

    tags: Texts = Field(default=[], description="Added to every case's tags.")
    group: str | None = Field(default=None, description="The group of cases that name none.")
    vars: dict[str, Any] = Field(default={}, description="Variables of every case.")
    robustness: Robustness | None = Field(
        default=None,
        description="The perturbations of cases and data that name none.",
        examples=[_ROBUSTNESS],
    )


class DataEntry(Strict):
    """Rows of a CSV or JSONL file as test cases; keys name the file's columns."""

    file: str = Field(
        min_length=1,
        description="A .csv, .tsv or .jsonl file, from this file's folder.",
        examples=["reviews.csv"],
    )
    id: str | None = Field(
        default=None,
        description="The column with the case's id; default: file name and row number.",
    )
    vars: dict[str, str] | None = Field(
        default=None,
        description="Variable: column. Default: every other column under its own name.",
        examples=[{"text": "body"}],
    )
    expect: str | None = Field(default=None, description="The column with the expectation.")
    tags: str | None = Field(default=None, description="The column with tags, separated by commas.")
    group: str | None = Field(default=None, description="The column with the group.")
    score: Score = Field(default=None, description="Overrides the file's scorer.")
    robustness: Robustness | None = Field(
        default=None, description="Perturbations of the rows' variables, or false for none."
    )


class TestcasesFile(Strict):
    """The test cases of one prompt."""

    __test__ = False  # not a test class, whatever pytest reads into its name

    prompt: Name = Field(description="The prompt that is tested.", examples=["sentiment"])
    score: Score = Field(default=None, description="How replies are judged; default: exact.")
    defaults: Defaults = Field(default=Defaults(), description="What all cases share.")
    cases: list[CaseEntry] = Field(default=[], description="Cases written out here.")
    data: list[DataEntry] = Field(
        default=[],
        description="Cases from CSV or JSONL rows.",
        examples=[[{"file": "reviews.csv", "vars": {"text": "body"}, "expect": "label"}]],
    )
