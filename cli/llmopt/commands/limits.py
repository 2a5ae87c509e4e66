"""The limits of gates as flags: `--input-tokens +0%`, `--max-input-tokens 800`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from llmopt.domain import Limit


NAMES = (
    *("input_tokens", "output_tokens", "total_tokens", "cost"),
    *("accuracy", "latency", "latency_p50", "latency_p95"),
    *("max_input_tokens", "max_output_tokens", "max_total_tokens", "max_latency_p95"),
    "min_accuracy",
)
"""Limits that flags can give. `max_cost` is none: `eval --max-cost` is the budget of a run."""


def _limit(name: str, example: str, words: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}", metavar="LIMIT", help=f"{words} For example {example}."
    )
    return option


InputTokens = Annotated[str | None, _limit("input-tokens", "+0%", "How far input tokens may grow.")]
Cost = Annotated[str | None, _limit("cost", "+5%", "How far the cost of a call may grow.")]
MaxInputTokens = Annotated[
    str | None, _limit("max-input-tokens", "800", "Tokens that no case may exceed.")
]
OutputTokens = Annotated[str | None, _limit("output-tokens", "+10%", "How far replies may grow.")]
TotalTokens = Annotated[
    str | None, _limit("total-tokens", "+5%", "How far both together may grow.")
]
Accuracy = Annotated[str | None, _limit("accuracy", "-2pt", "What accuracy may lose.")]
Latency = Annotated[str | None, _limit("latency", "+20%", "How far the mean latency may grow.")]
LatencyP50 = Annotated[str | None, _limit("latency-p50", "+20%", "How far the median may.")]
LatencyP95 = Annotated[
    str | None, _limit("latency-p95", "+500ms", "How far the 95th percentile may.")
]
MaxOutputTokens = Annotated[
    str | None, _limit("max-output-tokens", "200", "Tokens that no reply may exceed.")
]
MaxTotalTokens = Annotated[
    str | None, _limit("max-total-tokens", "1000", "Tokens that no trial may exceed.")
]
MaxLatencyP95 = Annotated[
    str | None, _limit("max-latency-p95", "2s", "What the 95th percentile may not exceed.")
]
MinAccuracy = Annotated[
    str | None, _limit("min-accuracy", "90%", "What accuracy may not be below.")
]


def given_limits(flags: Mapping[str, Any]) -> dict[str, Limit]:
    """Read the limits among a command's parameters, by the name that `gates:` gives them.

    Raises:
        UsageError: a text that is no limit.
    """
    from llmopt.errors import UsageError
    from llmopt.files.limits import LimitError, parse_limit

    limits: dict[str, Limit] = {}
    for name in NAMES:
        text = flags.get(name)
        if text is None:
            continue
        try:
            limits[name] = parse_limit(name, text)
        except LimitError as error:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag}: {error.message}", hint=error.hint) from None
    return limits
