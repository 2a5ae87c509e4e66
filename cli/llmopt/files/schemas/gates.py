"""The schema of `gates:` in `llmopt.yaml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from llmopt.domain import Limit
from llmopt.files.limits import KINDS, LimitError, parse_limit
from llmopt.files.schemas.base import MAPPING, TEXT, Strict, mistake


class Thresholds(Strict):
    """A limit in two steps: beyond `warn` a warning, beyond `fail` the gate fails."""

    warn: str | None = Field(default=None, description="Only a warning.", examples=["+0%"])
    fail: str | None = Field(default=None, description="The gate fails.", examples=["+5%"])


GateValue = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[Thresholds, Tag(MAPPING)],
    Discriminator(lambda value: MAPPING if isinstance(value, dict) else TEXT),
]


def _gate(description: str, *examples: str) -> GateValue | None:
    """The field of a limit; the value stands for "not given"."""
    field: GateValue | None = Field(
        default=None, description=description, examples=[*examples, {"warn": examples[0]}]
    )
    return field


class PromptGates(Strict):
    """Limits, by measure: a change against the baseline, or a figure of its own (max_, min_)."""

    input_tokens: GateValue | None = _gate("Tokens sent, average over the cases.", "+0%", "+20")
    output_tokens: GateValue | None = _gate("Tokens of a reply, on average.", "+10%")
    total_tokens: GateValue | None = _gate("Both together.", "+5%")
    cost: GateValue | None = _gate("Dollars a call at today's prices.", "+5%")
    accuracy: GateValue | None = _gate("Points that may be lost.", "-2pt")
    latency: GateValue | None = _gate("Milliseconds of a trial, on average.", "+20%", "+200ms")
    latency_p50: GateValue | None = _gate("The median latency.", "+20%")
    latency_p95: GateValue | None = _gate("The 95th percentile.", "+20%", "+1s")
    max_input_tokens: GateValue | None = _gate("No case may send more tokens.", "800")
    max_output_tokens: GateValue | None = _gate("No reply may be longer.", "200")
    max_total_tokens: GateValue | None = _gate("No trial may take more tokens.", "1000")
    max_cost: GateValue | None = _gate("No trial may cost more dollars.", "0.002")
    max_latency_p95: GateValue | None = _gate("The 95th percentile of latency.", "2s")
    min_accuracy: GateValue | None = _gate("Accuracy may not be below.", "90%")

    @field_validator(*KINDS)
    @classmethod
    def _is_a_limit(cls, value: GateValue | None, info: ValidationInfo) -> GateValue | None:
        if value is not None and info.field_name is not None:
            try:
                _limit(info.field_name, value)
            except LimitError as error:
                raise mistake(error.message, error.hint) from None
        return value

    def limits(self) -> dict[str, Limit]:
        """The limits that are given, by name."""
        given = {name: getattr(self, name) for name in KINDS}
        return {name: _limit(name, value) for name, value in given.items() if value is not None}


class GatesEntry(PromptGates):
    """What CI enforces against the baseline, by measure; for all prompts, and for single ones."""

    prompts: dict[str, PromptGates] = Field(
        default={},
        description="Limits of single prompts, in place of the general ones.",
        examples=[{"sentiment": {"input_tokens": "+5%"}}],
    )


def _limit(name: str, value: str | Thresholds) -> Limit:
    if isinstance(value, str):
        return parse_limit(name, value)
    return parse_limit(name, value.fail, value.warn)
