"""Every perturbation by its name; a value goes in, the same value written less tidily comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from llmopt.domain import Case, Perturbation
from llmopt.evaluate.perturbations.draws import Draws
from llmopt.evaluate.perturbations.habits import case as capitals
from llmopt.evaluate.perturbations.habits import punctuation, whitespace
from llmopt.evaluate.perturbations.lookalikes import lookalikes
from llmopt.evaluate.perturbations.order import order_of_items, order_of_text
from llmopt.evaluate.perturbations.spans import quoted_by
from llmopt.evaluate.perturbations.typos import typos

TEXT: Mapping[Perturbation, Callable[[str, Draws, Iterable[str]], str]] = {
    "typos": typos,
    "case": capitals,
    "whitespace": whitespace,
    "punctuation": punctuation,
    "order": lambda text, draws, _: order_of_text(text, draws),
    "lookalikes": lookalikes,
}


def perturb(name: Perturbation, value: Any, draws: Draws, keep: Iterable[str] = ()) -> Any:  # noqa: ANN401 - any JSON value
    """Perturb a text, or the order of a list; anything else stays as it is."""
    if isinstance(value, str):
        return TEXT[name](value, draws, keep)
    if isinstance(value, list) and name == "order":
        return order_of_items(value, draws)
    return value


def changes(
    case: Case, chosen: Mapping[str, Iterable[Perturbation]], name: Perturbation, *, seed: int
) -> dict[str, Any]:
    """Return the variables of a case that a perturbation changes, with their new values.

    `chosen` says which variables may be perturbed, and how. The seed, the case's id,
    the variable and the perturbation decide what comes out; nothing else does. Texts
    that the expectation quotes are left as they are.
    """
    keep = quoted_by(case.expect)
    changed: dict[str, Any] = {}
    for variable, names in chosen.items():
        if name not in names or variable not in case.vars:
            continue
        value = case.vars[variable]
        found = perturb(name, value, Draws(seed, case.id, variable, name), keep)
        if found != value:
            changed[variable] = found
    return changed
