from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Measure = Literal[
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "cost",
    "accuracy",
    "latency",
    "latency_p50",
    "latency_p95",
]


class Bound(NamedTuple):
    """How far a figure may go, as a number and as it is written (`+5%`, `-2pt`, `800`).

    Of a change: a share of the baseline where `relative`, else an amount in the
    measure's unit (tokens, dollars a call, 0..1, milliseconds). Of an absolute
    limit: the figure itself.
    """

    text: str
    amount: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What `gates:` says of one measure: beyond `warn` a warning, beyond `fail` the gate fails.

    `name` is the key it stands under: the measure for a change against the baseline,
    `max_...` or `min_...` where `absolute`. At least one bound is there.
    """

    name: str
    measure: Measure
    absolute: bool
    fail: Bound | None
    warn: Bound | None = None


@dataclass(frozen=True, slots=True)
class CaseLimits:
    """What a test case allows a trial: tokens, dollars, milliseconds; None is no limit."""

    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    max_cost: float | None = None
    max_latency_ms: float | None = None
