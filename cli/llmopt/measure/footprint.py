from __future__ import annotations

from dataclasses import dataclass

from llmopt.domain import Candidate, Place


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a candidate's input weighs over its prompt's cases, counted offline.

    Token figures include the chat overhead; `exact` is False where the model's
    tokenizer is not published and they are estimates. `static_prefix_tokens` is the
    longest token prefix that all cases share. Dollars are None where the price is
    not known, `dollars_per_month` also where no traffic is declared; they price the
    input alone, uncached.
    """

    candidate: Candidate
    place: Place
    cases: int
    mean_tokens: float
    p95_tokens: float
    max_tokens: int
    exact: bool
    static_prefix_tokens: int
    context_window: int | None
    dollars_per_call: float | None
    dollars_per_month: float | None
