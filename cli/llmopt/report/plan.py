"""What a run is about to do, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt import numbers
from llmopt.decide.judgement import Rule
from llmopt.evaluate.plan import Plan
from llmopt.stats.eprocess import equal_cases


def plan_lines(plan: Plan) -> Iterator[str]:
    """Say how many trials of what will run where."""
    models = ", ".join(model.name for model in plan.models)
    candidates, trials = numbers.count(len(plan.candidates)), numbers.count(plan.trials)
    yield f"plan: {candidates} candidates, {trials} trials at most, on {models}"


def floor_lines(plan: Plan, rule: Rule) -> Iterator[str]:
    """Say, by prompt, the fewest cases that can decide, and where a suite has no more to save."""
    for prompt, order in plan.order.items():
        group = [p for p in plan.candidates if p.candidate.prompt == prompt]
        population = plan.population[prompt] if rule.target == "suite" else None
        needed = equal_cases(rule.margin, rule.alpha, max(1, len(group) - 1), population=population)
        yield f"{prompt}: {_floor(needed, rule)}; there are {numbers.count(len(order))}" + _advice(
            needed, len(order), rule
        )


def _floor(needed: int | None, rule: Rule) -> str:
    points = f"{rule.margin * 100:g} points"
    if needed is None:
        return "equal answers alone never prove non-inferiority at a margin of 0"
    return f"equal answers are proven at {points} after {numbers.count(needed)} cases"


def _advice(needed: int | None, cases: int, rule: Rule) -> str:
    if needed is None or needed < cases / 2:
        return ""
    if needed <= cases:
        return ": little to save"
    remedy = "a wider --margin or more cases"
    return ": too few to adopt what answers alike; " + (
        remedy if rule.target == "suite" else f"{remedy}, or --target suite"
    )
