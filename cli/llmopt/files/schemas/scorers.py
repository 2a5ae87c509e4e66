"""The options of the built-in scorers."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from llmopt.files.problems import shorten
from llmopt.files.schemas.base import Params, Strict, Texts, mistake


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise mistake(
            f"'{shorten(pattern)}' is not a regular expression: {error}",
            "in YAML, write patterns in single quotes",
        ) from None
    return pattern


def _check_tolerance(value: object) -> float | str:
    number = str(value).removesuffix("%") if isinstance(value, str) else value
    try:
        size = float(number) if not isinstance(number, bool) else -1.0  # type: ignore[arg-type]
    except (TypeError, ValueError):
        size = -1.0
    if not 0 <= size < float("inf"):
        raise mistake(
            f"'{shorten(value)}' is not a tolerance", "write a number such as 0.01, or 1%"
        )
    return value if isinstance(value, str) and value.endswith("%") else size


def _check_number(value: object) -> object:
    if not is_number(value):
        raise mistake(f"expected a number, found '{shorten(value)}'")
    return value


def _check_function(text: str) -> str:
    if not re.fullmatch(r"[^\W\d][\w.]*:[^\W\d][\w.]*", text):
        raise mistake(f"'{shorten(text)}' does not name a function", "write module:function")
    return text


def _check_scale(value: object) -> object:
    if value == "yes/no":
        return value
    if not (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(end, int | float) and not isinstance(end, bool) for end in value)
        and value[0] < value[1]
    ):
        raise mistake(
            f"'{shorten(value)}' is not a scale", "write [1, 5], worst and best, or yes/no"
        )
    return value


def _check_criteria(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(value, dict) or not value:
        raise mistake(
            "criteria are a mapping from names to what each asks",
            "for example criteria: {polite: The reply is polite.}",
        )
    for name, one in value.items():
        weighed = isinstance(one, dict) and set(one) == {"text", "weight"}
        text, weight = (one["text"], one["weight"]) if weighed else (one, 1)
        if not isinstance(text, str) or not text.strip():
            raise mistake(
                f"criterion '{shorten(name)}' needs a text, or {{text: ..., weight: ...}}"
            )
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < 1e9:
            raise mistake(f"the weight of criterion '{shorten(name)}' must be a number above 0")
    return value


def _check_labels(value: dict[str, float]) -> dict[str, float]:
    if len(value) < 2 or not all(0 <= worth <= 1 for worth in value.values()):
        raise mistake(
            "labels are two words or more with what each is worth, from 0 to 1",
            "for example labels: {poor: 0, fair: 0.5, good: 1}",
        )
    return value


def is_number(value: object) -> bool:
    """Whether a value is a number, or text with one in it (`1,240`, `12 %`, `½`)."""
    if isinstance(value, str):
        return any(character.isnumeric() for character in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


Pattern = Annotated[str, AfterValidator(_check_pattern)]
Number = Annotated[
    Any, BeforeValidator(_check_number), WithJsonSchema({"type": ["number", "string"]})
]
Tolerance = Annotated[
    Any,
    BeforeValidator(_check_tolerance),
    WithJsonSchema({"type": ["number", "string"], "examples": [0.01, "1%"]}),
]


class Exact(Strict):
    """1 when the reply is the expected text, or one of them."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")
    ignore_case: bool = Field(default=False)


class Label(Strict):
    """1 when the label that the reply gives is the expected one."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")
    labels: list[str] | None = Field(
        default=None, min_length=1, description="Default: all that the prompt's cases expect."
    )
    ignore_case: bool = Field(default=True)


class Contains(Strict):
    """The share of the expected texts that stand in the reply."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")
    ignore_case: bool = Field(default=True)


class Regex(Strict):
    """1 when the pattern is found in the reply."""

    expect: Pattern | None = Field(default=None, description="A Python pattern.")
    ignore_case: bool = Field(default=False)


class Numeric(Strict):
    """1 when the reply's number is the expected one, within the tolerance."""

    expect: Number | None = Field(default=None, description="Instead of the case's.")
    tolerance: Tolerance = Field(
        default=0, description='Absolute (0.01) or relative ("1%"); default: exact.'
    )


class Json(Strict):
    """The share of the expected object's fields that are right, or a JSON Schema to hold."""

    expect: Any = Field(default=None, description="Instead of the case's.")
    schema_: dict[str, Any] | None = Field(
        default=None, alias="schema", description="A JSON Schema that the reply must hold."
    )
    strict_types: bool = Field(default=True, description='Whether 5 and "5" differ.')


class F1(Strict):
    """The F1 of the reply's words against the expected ones."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")


class Rouge(Strict):
    """ROUGE of the reply against the expected text."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")
    type: Literal["rouge1", "rouge2", "rougeL"] = Field(default="rougeL")
    measure: Literal["f", "recall", "precision"] = Field(default="f")


class Length(Strict):
    """1 when the reply keeps to all limits; needs no expectation."""

    max_words: int | None = Field(default=None, ge=1)
    min_words: int | None = Field(default=None, ge=1)
    max_chars: int | None = Field(default=None, ge=1)
    max_sentences: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if not self.model_fields_set:
            raise mistake("'length' needs a limit", "for example length: {max_words: 30}")
        return self


class Python(Strict):
    """What a function of yours returns, 0 to 1."""

    function: Annotated[str, AfterValidator(_check_function)] = Field(
        description="module:function.", examples=["checks:polite"]
    )


class Similarity(Strict):
    """How close the reply's meaning is to the expected text, by the cosine of their vectors."""

    expect: Texts | None = Field(default=None, description="Instead of the case's.")
    model: str | None = Field(
        default=None,
        min_length=1,
        description="By id or name; default: embedding_model of llmopt.yaml.",
        examples=["openai/text-embedding-3-small"],
    )
    threshold: float | None = Field(
        default=None, gt=0, le=1, description="1 from this cosine on, else 0; default: the cosine."
    )


class Judge(Strict):
    """What a language model makes of the reply, by your rubric."""

    rubric: str | None = Field(
        default=None,
        min_length=1,
        description="What a good reply is.",
        examples=["The reply answers the question and promises nothing."],
    )
    criteria: (
        Annotated[
            Any,
            BeforeValidator(_check_criteria),
            WithJsonSchema({"type": "object", "examples": [{"polite": "The reply is polite."}]}),
        ]
        | None
    ) = Field(default=None, description="Names and what each asks; {text, weight} weighs one.")
    scale: (
        Annotated[
            Any,
            BeforeValidator(_check_scale),
            WithJsonSchema({"type": ["array", "string"], "examples": [[1, 5], "yes/no"]}),
        ]
        | None
    ) = Field(default=None, description="[worst, best] or yes/no; default: [1, 5].")
    labels: Annotated[dict[str, float], AfterValidator(_check_labels)] | None = Field(
        default=None, description="Words and what each is worth; instead of a scale."
    )
    compare: Literal["baseline"] | None = Field(
        default=None, description="Compare with the baseline's reply: win 1, tie 0.5, loss 0."
    )
    model: str | None = Field(
        default=None,
        min_length=1,
        description="The judge, by id or name; default: judge_model of llmopt.yaml.",
        examples=["anthropic/claude-haiku-4-5"],
    )
    params: Params = Field(default=Params(), description="Sent with every question to the judge.")
    vars: list[str] | None = Field(
        default=None, description="The case's variables that the judge sees; default: all."
    )
    expect: Any = Field(default=None, description="A reference, instead of the case's.")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.rubric and not self.criteria:
            raise mistake("'judge' needs a rubric", "for example judge: {rubric: It is polite.}")
        if self.scale is not None and self.labels is not None:
            raise mistake("'judge' takes a scale or labels, not both")
        if self.compare and (self.criteria or self.scale is not None or self.labels):
            raise mistake("a judge that compares grades nothing", "give it a rubric alone")
        return self


OPTIONS: dict[str, type[Strict]] = {
    "exact": Exact,
    "label": Label,
    "contains": Contains,
    "regex": Regex,
    "numeric": Numeric,
    "json": Json,
    "f1": F1,
    "rouge": Rouge,
    "length": Length,
    "python": Python,
    "similarity": Similarity,
    "judge": Judge,
}
COMBINERS = {
    "all": "The weighted mean of the parts' scores.",
    "any": "The best of the parts' scores.",
    "not": "1 minus the score of the part.",
}
