"""The schema of `llmopt.baseline.json`, which llmopt writes and teams commit."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from llmopt.files.schemas.base import Strict, mistake

BASELINE_VERSION = 1

_ANEW = "`llmopt baseline update` counts anew; restore the file from git first"
_ROUNDING = 1e-6
"""Of a figure: what is written keeps seven digits."""

Tokens = Annotated[int, Field(ge=0, le=10**12)]
Rate = Annotated[float, Field(ge=0)]


class MeasureEntry(Strict):
    """A figure that was measured on replies: its mean, its 95 % interval, over `n` cases."""

    mean: float
    low: float = Field(ge=0)
    high: float
    n: int = Field(ge=1)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not self.low <= self.mean <= self.high:
            raise mistake("'mean' must lie between 'low' and 'high'", _ANEW)
        return self


class RunEntry(Strict):
    """What a run showed of a candidate, and what the run was made of."""

    id: str
    date: str
    price_table: str | None = None
    input_price: Rate | None = None
    output_price: Rate | None = None
    request: str
    case_inputs: str
    case_expectations: str
    accuracy: MeasureEntry | None = None
    cost: MeasureEntry | None = None
    input_tokens: MeasureEntry | None = None
    latency: MeasureEntry | None = None
    latency_p50: MeasureEntry | None = None
    latency_p95: MeasureEntry | None = None
    output_tokens: MeasureEntry | None = None
    total_tokens: MeasureEntry | None = None


class FiguresEntry(Strict):
    """A candidate's input, counted offline; `message_tokens` are those of each template."""

    tokenizer: str
    input_tokens: float = Field(ge=0)
    max_input_tokens: Tokens
    static_prefix_tokens: Tokens
    message_tokens: list[Tokens] = Field(default=[])
    run: RunEntry | None = None

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        """Refuse figures that no cases have: a gate would pass what it cannot have counted."""
        if self.input_tokens > self.max_input_tokens * (1 + _ROUNDING):
            raise mistake("the mean 'input_tokens' is above 'max_input_tokens'", _ANEW)
        if self.static_prefix_tokens > self.input_tokens * (1 + _ROUNDING):
            raise mistake("'static_prefix_tokens' is above the mean 'input_tokens'", _ANEW)
        return self


class BaselineVariant(Strict):
    """A variant: a digest of its template, its models."""

    template: str
    models: dict[str, FiguresEntry]


class BaselinePrompt(Strict):
    """A prompt: the variant that the team runs, the cases it was counted over, its variants."""

    baseline: str
    cases: int = Field(ge=0)
    case_inputs: str
    case_expectations: str
    variants: dict[str, BaselineVariant]


class BaselinePrice(Strict):
    """Dollars per million tokens; null where not known."""

    input: Rate | None = None
    output: Rate | None = None
    cached_input: Rate | None = None
    cache_write: Rate | None = None


class BaselineFile(Strict):
    """The committed figures."""

    schema_version: int = Field(ge=1)
    price_table: str | None = None
    models: dict[str, BaselinePrice]
    prompts: dict[str, BaselinePrompt]
