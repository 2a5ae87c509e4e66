"""What a run is about to do, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt import numbers
from llmopt.decide.judgement import Rule
from llmopt.domain.ladders import families
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.units import units
from llmopt.stats.eprocess import equal_cases


def plan_lines(plan: Plan) -> Iterator[str]:
    """Say how many trials of what will run where."""
    models = ", ".join(model.name for model in plan.models)
    candidates, trials = numbers.count(len(plan.candidates)), numbers.count(plan.trials)
    yield f"plan: {candidates} candidates, {trials} trials at most, on {models}"


def floor_lines(plan: Plan, rule: Rule) -> Iterator[str]:
    """Say, by prompt, the fewest cases that can decide, and where a suite has no more to save.

    For traffic, where a cluster counts as one, they are clusters.
    """
    for prompt, order in plan.order.items():
        baseline = plan.baselines.get(prompt)
        rivals = [
            p.candidate
            for p in plan.candidates
            if p.candidate.prompt == prompt and p.candidate != baseline
        ]
        shares = max(1, len(families(rivals, plan.ladders.get(prompt, ()))))
        population = plan.population[prompt] if rule.target == "suite" else None
        needed = equal_cases(rule.margin, rule.alpha, shares, population=population)
        there = len(units(plan, prompt, by_cluster=rule.target == "traffic"))
        noun = "cases" if there == len(order) else "clusters"
        yield (
            f"{prompt}: {_floor(needed, rule, noun)}; there are {numbers.count(there)}"
            + (f" of {numbers.count(len(order))} cases" if noun == "clusters" else "")
            + _advice(needed, there, rule, noun)
        )


def _floor(needed: int | None, rule: Rule, noun: str) -> str:
    points = f"{rule.margin * 100:g} points"
    if needed is None:
        return "equal answers alone never prove non-inferiority at a margin of 0"
    return f"equal answers are proven at {points} after {numbers.count(needed)} {noun}"


def _advice(needed: int | None, there: int, rule: Rule, noun: str) -> str:
    if needed is None or needed < there / 2:
        return ""
    if needed <= there:
        return ": little to save"
    remedy = f"a wider --margin or more {noun}"
    return ": too few to adopt what answers alike; " + (
        remedy if rule.target == "suite" else f"{remedy}, or --target suite"
    )


def robustness_lines(plan: Plan) -> Iterator[str]:
    """Say, by prompt, what is perturbed and why, and how many trials that takes."""
    for prompt, twins in plan.twins.items():
        rows = sum(p.candidate.prompt == prompt for p in plan.candidates)
        ways: dict[tuple[str, ...], list[str]] = {}
        for name, how in twins.variables.items():
            ways.setdefault(how, []).append(name)
        chosen = "; ".join(f"{', '.join(who)} by {', '.join(how)}" for how, who in ways.items())
        why = " (chosen here: the cases declare none)" if chosen and not twins.declared else ""
        most = numbers.count(twins.trials * rows)
        yield f"robustness: {prompt}: {chosen or 'nothing to perturb'}{why}: {most} trials at most"
        if twins.left:
            left = ", ".join(f"{name} ({why})" for name, why in twins.left.items())
            yield f"  left alone: {left}"
        if twins.unchanged:
            same = ", ".join(
                f"{how} {numbers.count(cases)}" for how, cases in twins.unchanged.items()
            )
            yield f"  cases that stay as they are, and are not asked again: {same}"
