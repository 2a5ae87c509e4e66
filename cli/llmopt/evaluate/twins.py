"""Perturbed twins: which cases of a run are asked once more, their input less tidy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from llmopt.domain import PERTURBATIONS, Case, Perturbation, Robustness
from llmopt.errors import UsageError
from llmopt.evaluate.choosing import LOOKED_AT, choose
from llmopt.evaluate.perturbations.perturb import changes
from llmopt.files.robustness import fits


class Twin(NamedTuple):
    """A case with its input perturbed: how (`number` counts perturbations), and what is new."""

    number: int
    perturbation: Perturbation
    changed: Mapping[str, Any]
    case: Case


@dataclass(frozen=True, slots=True)
class Twins:
    """The perturbed twins of one prompt's cases.

    `declared`: the cases say what is perturbed; else `variables` was chosen for all
    of them, and `left` says why not the others. `masks` has one byte a case, in the
    order of the plan: bit i is set where perturbation i changes the case. `unchanged`
    counts, by perturbation, the cases that it was chosen for and does not change:
    they have no twin.
    """

    declared: bool
    variables: Robustness
    left: Mapping[str, str]
    masks: bytes
    unchanged: Mapping[Perturbation, int]

    @property
    def cases(self) -> int:
        """Cases that have a twin at least."""
        return sum(mask > 0 for mask in self.masks)

    @property
    def trials(self) -> int:
        """Trials of one candidate."""
        return sum(mask.bit_count() for mask in self.masks)

    def of(self, case: Case, position: int, *, seed: int) -> Iterator[Twin]:
        """Yield the twins of the case at a position."""
        for number, name in enumerate(PERTURBATIONS):
            if self.masks[position] >> number & 1:
                changed = changes(case, self._chosen(case), name, seed=seed)
                yield Twin(number, name, changed, replace(case, vars={**case.vars, **changed}))

    def _chosen(self, case: Case) -> Robustness:
        return _chosen(case, self.variables, declared=self.declared)


def lay_out(
    cases: Sequence[Case],
    whole: Sequence[int],
    used: Collection[str],
    *,
    limit: int | None = None,
    seed: int,
) -> Twins:
    """Find out which perturbations change which cases of a prompt.

    `whole` is the order of all cases, of which the first `limit` are run: what is
    chosen does not depend on how few that are. Only variables in `used`, those of the
    candidates' templates, are perturbed.
    """
    order = whole[:limit]
    declared: dict[str, dict[Perturbation, None]] = {}
    for index in order:
        for variable, names in (cases[index].robustness or {}).items():
            declared.setdefault(variable, {}).update(dict.fromkeys(names))
    if declared:
        variables = {name: tuple(names) for name, names in declared.items() if name in used}
        left = {name: "no variant of this run uses it" for name in declared if name not in used}
    else:
        sample = [cases[index] for index in whole[:LOOKED_AT]]
        asked = [case for case in sample if case.robustness is None]
        choice = choose(asked, sorted(used))
        variables, left = dict(choice.chosen), dict(choice.left)
    masks = bytearray()
    unchanged: Counter[Perturbation] = Counter()
    for index in order:
        case = cases[index]
        chosen = _chosen(case, variables, declared=bool(declared))
        mask = 0
        for number, name in enumerate(PERTURBATIONS):
            if not any(name in names and fits(name, case.vars[v]) for v, names in chosen.items()):
                continue
            if changes(case, chosen, name, seed=seed):
                mask |= 1 << number
            else:
                unchanged[name] += 1
        masks.append(mask)
    return Twins(bool(declared), variables, left, bytes(masks), dict(unchanged))


def _chosen(case: Case, variables: Robustness, *, declared: bool) -> Robustness:
    """What is perturbed in one case: of its variables those that are perturbed at all."""
    undeclared = {} if declared or case.robustness is not None else variables
    own = case.robustness or undeclared
    return {v: names for v, names in own.items() if v in variables and v in case.vars}


def check_twins(twins: Mapping[str, Twins]) -> None:
    """Refuse a run that is to be perturbed, and has nothing that can be.

    Raises:
        UsageError: no case of any prompt has a twin.
    """
    if any(one.trials for one in twins.values()):
        return
    reasons = [
        f"{variable} ({why})" for one in twins.values() for variable, why in one.left.items()
    ]
    raise UsageError(
        "--robustness finds nothing to perturb"
        + (f": {', '.join(reasons[:8])}" if reasons else ""),
        hint="name the variables in the test cases: `defaults: {robustness: {VARIABLE: all}}`",
    )
