"""`robustness:` of test-case files: what is perturbed, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from llmopt.domain import PERTURBATIONS, Perturbation, Robustness
from llmopt.files.problems import did_you_mean, hints, kind_of, listing, shorten

Written = bool | Mapping[str, Literal["all"] | Perturbation | list[Perturbation]] | None
"""As a file says it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a file chose; `named` holds what it names one by one and must therefore fit."""

    robustness: Robustness
    named: Robustness

    def misfit(self, values: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the first variable whose value cannot be perturbed as named, and why."""
        for variable, names in self.named.items():
            value = values.get(variable)
            odd = next((name for name in names if not fits(name, value)), None)
            if odd:
                return variable, (
                    f"variable '{shorten(variable)}' is {kind_of(value)}, which '{odd}' cannot "
                    "perturb"
                )
        return None


def fits(name: Perturbation, value: object) -> bool:
    """Whether a value can be perturbed: text in every way, a list in its order."""
    return value is None or isinstance(value, str) or (name == "order" and isinstance(value, list))


def choice(written: Written) -> Choice | None:
    """Read what a file says; None where it says nothing."""
    if written is None:
        return None
    if isinstance(written, bool):
        return Choice({}, {})
    named = {
        variable: (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
        for variable, names in written.items()
        if names != "all"
    }
    return Choice({variable: named.get(variable, PERTURBATIONS) for variable in written}, named)


def unknown(variable: str, known: Iterable[str], *, who: str) -> tuple[str, str | None]:
    """Say that a variable to perturb is not there: message and hint."""
    names = sorted(known)
    return (
        f"'robustness' names variable '{shorten(variable)}', which {who}",
        hints(did_you_mean(variable, names), f"variables are: {listing(names) or 'none'}"),
    )
