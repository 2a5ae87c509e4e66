"""The figures that a project is held against, whatever they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from llmopt.domain import Candidate, Measure, Price
from llmopt.stats.interval import Interval


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Which cases: how many, and digests of what they send and of what they expect."""

    count: int
    inputs: str
    expectations: str

    def same(self, other: CaseSet) -> bool:
        """Whether both send and expect the same, in whatever order."""
        return (self.inputs, self.expectations) == (other.inputs, other.expectations)


class Measured(NamedTuple):
    """A figure measured on replies: its mean, its 95 % interval, over `n` cases."""

    mean: float
    interval: Interval
    n: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a run showed of a candidate; dollars a call, milliseconds, 0..1.

    `request` is a digest of what was asked besides the cases: template, parameters,
    model. `price` is what `cost` was worked out with, `price_table` its day. `measures`
    holds what is known.
    """

    id: str
    date: str
    price_table: str | None
    price: Price | None
    request: str
    cases: CaseSet
    measures: Mapping[Measure, Measured]


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate's input, counted offline over its prompt's cases.

    `template` is a digest of what its messages say, `message_tokens` the tokens of
    each message's template. `run` is None where no run's figures were taken.
    """

    candidate: Candidate
    template: str
    message_tokens: tuple[int, ...]
    tokenizer: str
    input_tokens: float
    max_input_tokens: int
    static_prefix_tokens: int
    run: RunFigures | None = None

    @property
    def exact(self) -> bool:
        return not (self.tokenizer.startswith("~") or self.tokenizer.endswith("(assumed)"))


class PromptState(NamedTuple):
    """A prompt: the variant that the team runs today, and its cases."""

    baseline: str
    cases: CaseSet


@dataclass(frozen=True, slots=True)
class Baseline:
    """Figures of a whole project. `prices` maps a model's name to its rates, None: unknown."""

    prompts: Mapping[str, PromptState] = field(default_factory=dict)
    prices: Mapping[str, Price | None] = field(default_factory=dict)
    entries: Mapping[Candidate, Entry] = field(default_factory=dict)
    price_table: str | None = None
