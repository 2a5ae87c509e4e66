"""What the cases of a prompt can show, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.markup import escape
from rich.table import Table

from llmopt import numbers
from llmopt.decide.judgement import POWER, Rule
from llmopt.decide.power import Power
from llmopt.report.document import json_text
from llmopt.report.layout import to_text


@dataclass(frozen=True, slots=True)
class PowerReport:
    """The plan for one prompt: its rows, and where their discordance comes from.

    `cases` counts what `unit` says: cases, or clusters where cases have groups.
    """

    prompt: str
    rule: Rule
    cases: int
    unit: Literal["case", "cluster"]
    run_id: str | None
    rows: Sequence[Power]
    anytime_floor: int | None


def as_table(plan: PowerReport, *, width: int, color: bool) -> str:
    """Write the plan for a terminal, what it means first."""
    points, noun = _points(plan.rule.margin), f"{plan.unit}s"
    source = f"as in run {plan.run_id}" if plan.run_id else "assumed: none is seen in a run"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    there = f"{numbers.count(plan.cases)} {plan.unit if plan.cases == 1 else noun}"
    for title in ("candidate", "discordance", f"{noun} for {points}", f"margin with {there}"):
        table.add_column(title, justify="left" if title == "candidate" else "right")
    for row in plan.rows:
        table.add_row(
            escape(f"{row.candidate.variant} on {row.candidate.model}") if row.candidate else "any",
            numbers.percent(row.discordance, digits=1),
            "none would do" if row.cases_needed is None else numbers.count(row.cases_needed),
            _margin(row.provable_margin),
        )
    return (
        f"{plan.prompt}: {there}; discordance {source}\n\n"
        + to_text(table, width=width, color=color)
        + f"\nIf candidate and baseline are equally accurate: {POWER:.0%} power, one look at the "
        f"end.\n{_floor(plan, points)}\n"
    )


def as_json(plan: PowerReport) -> str:
    """Write one JSON document; margins and discordances in 0..1."""
    document = {
        "schema_version": 1,
        "prompt": plan.prompt,
        "run": plan.run_id,
        "cases": plan.cases,
        "unit": plan.unit,
        "margin": plan.rule.margin,
        "alpha": plan.rule.alpha,
        "power": POWER,
        "anytime_floor": plan.anytime_floor,
        "candidates": [
            {
                "variant": row.candidate.variant if row.candidate else None,
                "model": row.candidate.model if row.candidate else None,
                "discordance": row.discordance,
                "cases_needed": row.cases_needed,
                "provable_margin": row.provable_margin,
            }
            for row in plan.rows
        ],
    }
    return json_text(document)


def _points(margin: float) -> str:
    size = f"{margin * 100:g}"
    return f"{size} point{'' if size == '1' else 's'}"


def _margin(margin: float | None) -> str:
    return "none" if margin is None else f"{margin * 100:.1f} points"


def _floor(plan: PowerReport, points: str) -> str:
    if plan.anytime_floor is None:
        return "With --until-decided a margin of 0 is never proven by equal answers."
    return (
        f"With --until-decided the fewest {plan.unit}s that adopt at {points} are "
        f"{numbers.count(plan.anytime_floor)} (traffic)."
    )
