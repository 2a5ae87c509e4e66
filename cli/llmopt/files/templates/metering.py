"""What one rendering may use up, so that no short template makes a long text."""

from __future__ import annotations

from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

from llmopt.files.templates.filling import TEXT_LIMIT

LOOP_LIMIT = 50_000
"""Rounds of all loops of one rendering together."""

METER = " meter"
"""The meter's name in the context; with its space, no template can say it."""


class Meter:
    """What a rendering has used up."""

    __slots__ = ("characters", "rounds")

    def __init__(self) -> None:
        self.characters = 0
        self.rounds = 0

    def handle(self, characters: int) -> None:
        self.characters += characters
        if self.characters > TEXT_LIMIT:
            raise SecurityError(f"the template makes more than {TEXT_LIMIT:,} characters")

    def loop(self, rounds: int) -> None:
        self.rounds += rounds
        if self.rounds > LOOP_LIMIT:
            raise SecurityError(f"the template loops more than {LOOP_LIMIT:,} times")


def meter_of(context: Context) -> Meter:
    """The meter of the rendering that a context belongs to."""
    meter: Meter = context.parent[METER]
    return meter
