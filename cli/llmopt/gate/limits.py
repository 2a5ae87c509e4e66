"""Which limits hold for a prompt, and whether a figure without noise keeps them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from llmopt.decide.gates import Status
from llmopt.domain import Bound, Config, Limit
from llmopt.files.limits import parse_limit

DEFAULT = parse_limit("input_tokens", "+0%")
"""What holds where nobody set a limit."""

OFFLINE = frozenset({"input_tokens", "cost", "max_input_tokens"})
"""Limits that can be checked without asking a model."""

SLACK = 1e-6
"""Of a figure: the baseline file keeps seven digits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a project: those given as flags win over a prompt's own, those over general."""

    general: Mapping[str, Limit]
    prompts: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    flags: Mapping[str, Limit] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, flags: Mapping[str, Limit] | None = None) -> Limits:
        return cls(config.gates, config.prompt_gates, flags or {})

    @property
    def given(self) -> bool:
        """Whether anybody set a limit."""
        return bool(self.general or self.flags or any(self.prompts.values()))

    def of_prompt(self, prompt: str) -> Mapping[str, Limit]:
        """Return the limits of a prompt, by name."""
        if not self.given:
            return {DEFAULT.name: DEFAULT}
        return {**self.general, **self.prompts.get(prompt, {}), **self.flags}

    @property
    def names(self) -> set[str]:
        """The names of all limits that hold for some prompt."""
        if not self.given:
            return {DEFAULT.name}
        own = {name for limits in self.prompts.values() for name in limits}
        return {*self.general, *own, *self.flags}


def allowed(bound: Bound, baseline: float) -> float:
    """Return the largest figure that keeps a change within its bound."""
    return baseline * (1 + bound.amount) if bound.relative else baseline + bound.amount


def keeps(bound: Bound, actual: float, baseline: float | None) -> bool:
    """Tell whether a figure keeps a bound; None as baseline: the bound is absolute."""
    most = bound.amount if baseline is None else allowed(bound, baseline)
    return actual <= most or math.isclose(actual, most, rel_tol=SLACK)


def judged(limit: Limit, actual: float, baseline: float | None) -> tuple[Status, str]:
    """Return the status of a figure without noise, and the threshold that it speaks of."""
    if limit.fail and not keeps(limit.fail, actual, baseline):
        return "fail", limit.fail.text
    if limit.warn and not keeps(limit.warn, actual, baseline):
        return "warn", limit.warn.text
    return "pass", written(limit)


def written(limit: Limit) -> str:
    """Return the threshold that decides."""
    bound = limit.fail or limit.warn
    return bound.text if bound else ""
