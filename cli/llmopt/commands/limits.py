"""The limits of gates as flags: `--input-tokens +0%`, `--max-input-tokens 800`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from llmopt.domain import Limit


def _flag(name: str, example: str, words: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        f"--{name}", metavar="LIMIT", help=f"{words} For example {example}."
    )
    return option


InputTokens = Annotated[str | None, _flag("input-tokens", "+0%", "How far input tokens may grow.")]
Cost = Annotated[str | None, _flag("cost", "+5%", "How far the cost of a call may grow.")]
MaxInputTokens = Annotated[
    str | None, _flag("max-input-tokens", "800", "Tokens that no case may exceed.")
]
MinAccuracy = Annotated[
    str | None, _flag("min-accuracy", "90%", "With --gate: what accuracy may not be below.")
]


def given_limits(flags: Mapping[str, str | None]) -> dict[str, Limit]:
    """Read the limits among `flags`, by the name that `gates:` gives them.

    Raises:
        UsageError: a text that is no limit.
    """
    from llmopt.errors import UsageError
    from llmopt.files.limits import LimitError, parse_limit

    limits: dict[str, Limit] = {}
    for name, text in flags.items():
        if text is None:
            continue
        try:
            limits[name] = parse_limit(name, text)
        except LimitError as error:
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag}: {error.message}", hint=error.hint) from None
    return limits
