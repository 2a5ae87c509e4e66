from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from llmopt.domain import (
    PERTURBATIONS,
    Candidate,
    Case,
    Model,
    Prompt,
    ScorerSpec,
    Suite,
    TrialKey,
    Variant,
)
from llmopt.errors import UsageError
from llmopt.evaluate.twins import Twin, Twins, check_twins, lay_out
from llmopt.files.template import Renderer, compile_variant

PERTURBED = 1 << 40
"""Numbers of perturbed trials begin here: past those of any other trial."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a suite to run; empty or None means everything.

    `limit` takes the first cases of the seeded order, so it is a random sample
    that stays the same for the same seed. `robustness` asks for perturbed twins of
    the cases besides.
    """

    prompts: Sequence[str] = ()
    variants: Sequence[str] = ()
    tags: Sequence[str] = ()
    limit: int | None = None
    repeat: int = 1
    seed: int = 0
    robustness: bool = False


@dataclass(frozen=True, slots=True)
class PlannedCandidate:
    """A candidate ready to run: its template compiled, its parameters merged."""

    index: int
    candidate: Candidate
    model: Model
    params: Mapping[str, Any]
    renderer: Renderer
    template_hash: str
    """Of all that decides what is sent, besides the case."""
    message_hash: str
    """Of the messages alone, without parameters and model."""


class Task(NamedTuple):
    """One trial to be run; `number` orders it in the plan, whatever runs first."""

    number: int
    planned: PlannedCandidate
    case: Case
    repeat: int
    twin: Twin | None = None
    """Set where `case` is a perturbed one."""

    @property
    def key(self) -> TrialKey:
        perturbation = self.twin.perturbation if self.twin else None
        return TrialKey(*self.planned.candidate, self.case.id, self.repeat, perturbation)

    @property
    def fingerprint(self) -> int:
        """56 bits of what is asked and expected: equal means that a kept trial still holds.

        The candidate's part and the case's can be told apart: `case_part`.
        """
        case = self.case
        content = (case.id, case.vars, case.expect, scorer_values(case.score))
        return _part(_canonical(content)) ^ _part(self.planned.template_hash)


def case_part(fingerprint: int, template_hash: str) -> int:
    """Return the part of a fingerprint that is the case's: its variables, expectation, scorer."""
    return fingerprint ^ _part(template_hash)


def _part(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest())


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every trial of a run, in an order known beforehand and never held in memory.

    `order` gives, by prompt, the indices of the chosen cases in the seeded order
    that all candidates share; `population` how many cases they were drawn from,
    `ladders` those steps of a prompt's ladder that are run.
    `twins` says, by prompt, which cases are asked perturbed as well; those trials
    come after all others and are counted apart.
    """

    suite: Suite
    selection: Selection
    candidates: tuple[PlannedCandidate, ...]
    order: Mapping[str, Sequence[int]]
    population: Mapping[str, int]
    baselines: Mapping[str, Candidate]
    twins: Mapping[str, Twins] = field(default_factory=dict)
    ladders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple({p.model.name: p.model for p in self.candidates}.values())

    @property
    def trials(self) -> int:
        cases = sum(len(self.order[planned.candidate.prompt]) for planned in self.candidates)
        return cases * self.selection.repeat

    @property
    def perturbed_trials(self) -> int:
        """Trials of perturbed cases, over all candidates."""
        prompts = (planned.candidate.prompt for planned in self.candidates)
        return sum(self.twins[prompt].trials for prompt in prompts if prompt in self.twins)

    def planned(self, candidate: Candidate) -> PlannedCandidate:
        return next(p for p in self.candidates if p.candidate == candidate)

    def tasks(self, model: str) -> Iterator[Task]:
        """Yield a model's trials case by case, so that its variants are compared early."""
        for prompt, indices in self.order.items():
            own = [
                p for p in self.candidates if p.candidate.prompt == prompt and p.model.name == model
            ]
            for position, index in enumerate(indices if own else ()):
                case = self.suite.cases[prompt][index]
                for repeat in range(self.selection.repeat):
                    for planned in own:
                        yield Task(self._number(position, repeat, planned), planned, case, repeat)

    def perturbed(self, model: str) -> Iterator[Task]:
        """Yield a model's trials of perturbed cases, case by case."""
        for prompt, twins in self.twins.items():
            own = [
                p for p in self.candidates if p.candidate.prompt == prompt and p.model.name == model
            ]
            for position, index in enumerate(self.order[prompt] if own else ()):
                if not twins.masks[position]:
                    continue
                case = self.suite.cases[prompt][index]
                for twin in twins.of(case, position, seed=self.selection.seed):
                    row = position * len(PERTURBATIONS) + twin.number
                    for planned in own:
                        number = PERTURBED + row * len(self.candidates) + planned.index
                        yield Task(number, planned, twin.case, 0, twin)

    def repeats(self, planned: PlannedCandidate, position: int) -> list[Task]:
        """Return the trials of one candidate on the case at a position of the order."""
        prompt = planned.candidate.prompt
        case = self.suite.cases[prompt][self.order[prompt][position]]
        return [
            Task(self._number(position, repeat, planned), planned, case, repeat)
            for repeat in range(self.selection.repeat)
        ]

    def slot(self, number: int) -> tuple[bool, int]:
        """Return what a trial's number says besides its case: wherever that stands in the order.

        Trials of one case have different slots: each is of a candidate, and a repeat or a
        perturbation.
        """
        if number >= PERTURBED:
            return True, (number - PERTURBED) % (len(PERTURBATIONS) * len(self.candidates))
        return False, number % (self.selection.repeat * len(self.candidates))

    def _number(self, position: int, repeat: int, planned: PlannedCandidate) -> int:
        row = position * self.selection.repeat + repeat
        return row * len(self.candidates) + planned.index


def make_plan(suite: Suite, models: Sequence[Model], selection: Selection) -> Plan:
    """Lay out a run of `selection` on `models`; the first model is the baseline's by default.

    Raises:
        UsageError: a prompt, variant or tag that the suite does not have, or nothing to run.
    """
    prompts = _chosen_prompts(suite, selection)
    _check_variants(prompts, selection)
    candidates: list[PlannedCandidate] = []
    for prompt in prompts:
        for model in models:
            for variant in prompt.variants.values():
                if _is_chosen(variant.name, selection):
                    candidates.append(_planned(len(candidates), prompt, variant, model))
    orders = {prompt.name: _order(suite, prompt.name, selection) for prompt in prompts}
    if not any(orders.values()) or not candidates:
        raise UsageError("there is nothing to run", hint=_why_nothing(selection))
    order = {name: indices[: selection.limit] for name, indices in orders.items()}
    return Plan(
        suite=suite,
        selection=selection,
        candidates=tuple(candidates),
        order=order,
        population={name: len(order) for name, order in orders.items()},
        baselines=_baselines(suite, models, candidates),
        twins=_twins(suite, candidates, orders, selection) if selection.robustness else {},
        ladders={
            prompt.name: steps
            for prompt in prompts
            if (steps := tuple(v for v in prompt.ladder if _is_chosen(v, selection)))
        },
    )


def known_prompt(suite: Suite, name: str) -> Prompt:
    """Return a prompt by its name.

    Raises:
        UsageError: the suite has none of that name.
    """
    if name not in suite.prompts:
        raise _unknown("prompt", name, suite.prompts)
    return suite.prompts[name]


def _twins(
    suite: Suite,
    candidates: Sequence[PlannedCandidate],
    orders: Mapping[str, Sequence[int]],
    selection: Selection,
) -> Mapping[str, Twins]:
    used: dict[str, set[str]] = {}
    for one in candidates:
        used.setdefault(one.candidate.prompt, set()).update(one.renderer.variables)
    found = {
        prompt: lay_out(
            suite.cases.get(prompt, ()),
            orders[prompt],
            variables,
            limit=selection.limit,
            seed=selection.seed,
        )
        for prompt, variables in used.items()
    }
    check_twins(found)
    return found


def _chosen_prompts(suite: Suite, selection: Selection) -> list[Prompt]:
    names = selection.prompts or [name for name in suite.prompts if len(suite.cases.get(name, ()))]
    return [known_prompt(suite, name) for name in dict.fromkeys(names)]


def _check_variants(prompts: Sequence[Prompt], selection: Selection) -> None:
    offered = dict.fromkeys(name for prompt in prompts for name in prompt.variants)
    for name in selection.variants:
        if name not in offered:
            raise _unknown("variant", name, offered)


def _is_chosen(variant: str, selection: Selection) -> bool:
    return not selection.variants or variant in selection.variants


def _unknown(kind: str, name: str, offered: Mapping[str, object]) -> UsageError:
    close = difflib.get_close_matches(name, offered, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are: {', '.join(offered) or 'none'}"
    return UsageError(f"unknown {kind} '{name}'", hint=hint)


def _planned(index: int, prompt: Prompt, variant: Variant, model: Model) -> PlannedCandidate:
    params = {**model.params, **variant.params}
    messages = {
        "format": prompt.format,
        "messages": [(message.role, message.text) for message in variant.messages],
        "example": variant.example.text if variant.example else None,
        "examples": [dict(example) for example in variant.examples],
    }
    content = {
        **messages,
        "params": params,
        "model": [model.id, model.base_url, model.api],
        "cache": variant.cache,
    }
    return PlannedCandidate(
        index=index,
        candidate=Candidate(prompt.name, variant.name, model.name),
        model=model,
        params=params,
        renderer=compile_variant(variant, prompt.format),
        template_hash=hashlib.sha256(_canonical(content).encode()).hexdigest(),
        message_hash=hashlib.sha256(_canonical(messages).encode()).hexdigest(),
    )


def scorer_values(spec: ScorerSpec) -> list[Any]:
    """Describe a scorer, but not where it stands in its file."""
    return [spec.name, spec.options, spec.weight, [scorer_values(part) for part in spec.parts]]


def _order(suite: Suite, prompt: str, selection: Selection) -> Sequence[int]:
    """Return case indices in seeded order: by digest, so a case added later moves no other."""
    cases = suite.cases.get(prompt, ())
    wanted = frozenset(selection.tags)
    chosen = [i for i in range(len(cases)) if not wanted or wanted & set(cases[i].tags)]

    def digest(index: int) -> bytes:
        return hashlib.blake2b(
            f"{selection.seed}/{prompt}/{index}".encode(), digest_size=8
        ).digest()

    return sorted(chosen, key=digest)


def _why_nothing(selection: Selection) -> str:
    if selection.tags:
        return f"no case carries the tag {' or '.join(selection.tags)}"
    return "a prompt needs a file in testcases/ that names it with `prompt:` and holds cases"


def _baselines(
    suite: Suite, models: Sequence[Model], planned: Sequence[PlannedCandidate]
) -> Mapping[str, Candidate]:
    """Find each prompt's baseline variant on the baseline model, where the run has it."""
    names = [model.name for model in models]
    wanted = suite.config.baseline_model
    model = wanted if wanted in names else names[0]
    there = {p.candidate for p in planned}
    found = (Candidate(name, prompt.baseline, model) for name, prompt in suite.prompts.items())
    return {candidate.prompt: candidate for candidate in found if candidate in there}
