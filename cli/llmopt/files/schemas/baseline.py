"""The schema of `llmopt.baseline.json`, which llmopt writes and teams commit."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from llmopt.files.schemas.base import Strict, mistake

BASELINE_VERSION = 1


class MeasureEntry(Strict):
    """A figure that was measured on replies: its mean, its 95 % interval, over `n` cases."""

    mean: float
    low: float
    high: float
    n: int = Field(ge=1)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.low > self.high:
            raise mistake(
                "'low' must not be above 'high'", "`llmopt baseline update` writes it anew"
            )
        return self


class RunEntry(Strict):
    """What a run showed of a candidate, and what the run was made of."""

    id: str
    date: str
    price_table: str | None = None
    input_price: float | None = None
    output_price: float | None = None
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
    max_input_tokens: int = Field(ge=0)
    static_prefix_tokens: int = Field(ge=0)
    message_tokens: list[int] = Field(default=[])
    run: RunEntry | None = None


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

    input: float | None = None
    output: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None


class BaselineFile(Strict):
    """The committed figures."""

    schema_version: int
    price_table: str | None = None
    models: dict[str, BaselinePrice]
    prompts: dict[str, BaselinePrompt]
