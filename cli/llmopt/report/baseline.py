"""The committed figures, and what an update changed in them."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.domain import Candidate, Measure
from llmopt.gate.baseline import Baseline, Entry
from llmopt.gate.baseline_file import document
from llmopt.gate.updating import Update, summary
from llmopt.report.document import json_text
from llmopt.report.layout import WIDE, folded, to_text

COLUMNS = ("in", "max", "prefix", "out", "accuracy", "$/1k")
WIDE_NAME, NARROW_NAME = 40, 24


def as_table(baseline: Baseline, *, width: int, color: bool) -> str:
    """Write the figures for a terminal, a candidate a line."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("candidate", overflow="fold", min_width=8)
    for title in COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    several = len({candidate.model for candidate in baseline.entries}) > 1
    line = WIDE_NAME if width >= WIDE else NARROW_NAME
    for entry in baseline.entries.values():
        table.add_row(_name(entry.candidate, line, model=several), *_cells(entry))
    runs = sorted({entry.run.id for entry in baseline.entries.values() if entry.run})
    models = list(dict.fromkeys(candidate.model for candidate in baseline.entries))
    notes = [
        *([f"All on {models[0]}."] if len(models) == 1 else []),
        "in, max: input tokens of a call, mean and largest. prefix: tokens that all cases share.",
        f"out, accuracy, $/1k: of {_runs(runs)}.",
        f"Price table of {baseline.price_table or 'no date'}.",
    ]
    parts: list[RenderableType] = [table, Text()]
    parts += [Text(note, style="dim") for note in notes]
    return to_text(Group(*parts), width=width, color=color)


def _runs(runs: list[str]) -> str:
    if not runs:
        return "no run yet; `llmopt baseline update --from latest` takes the latest run's figures"
    return f"run{'s' if len(runs) > 1 else ''} {', '.join(runs)}"


def _name(candidate: Candidate, line: int, *, model: bool) -> str:
    text = escape(folded(f"{candidate.prompt}/{candidate.variant}", line))
    return f"{text}\n[dim]{escape(folded(candidate.model, line))}[/dim]" if model else text


def _cells(entry: Entry) -> tuple[str, ...]:
    cost = _mean(entry, "cost")
    return (
        numbers.tokens(entry.input_tokens, exact=entry.exact),
        ("" if entry.exact else "~") + numbers.count(entry.max_input_tokens),
        numbers.count(entry.static_prefix_tokens),
        _dash(numbers.tokens(_mean(entry, "output_tokens"))),
        _dash(numbers.percent(_mean(entry, "accuracy"), digits=1)),
        _dash(numbers.dollars(None if cost is None else cost * 1000)),
    )


def _mean(entry: Entry, measure: Measure) -> float | None:
    found = entry.run.measures.get(measure) if entry.run else None
    return found.mean if found else None


def _dash(text: str) -> str:
    return "–" if text == numbers.UNKNOWN else text


def as_json(baseline: Baseline) -> str:
    """Write the figures as they are kept."""
    return json_text(document(baseline))


def update_text(update: Update, name: str) -> str:
    """Say in three lines what an update changed."""
    return "".join(f"{line}\n" for line in summary(update, name))


def update_json(update: Update, name: str) -> str:
    """Write what an update changed as one JSON document."""
    return json_text(
        {
            "schema_version": 1,
            "file": name,
            "candidates": len(update.after.entries),
            "added": _records(update.added),
            "removed": _records(update.removed),
            "renamed": [
                {**_record(new), "was": _record(old)} for new, old in update.renamed.items()
            ],
            "changed": [
                {
                    **_record(after.candidate),
                    "input_tokens": {
                        "before": before.input_tokens,
                        "after": after.input_tokens,
                    },
                }
                for before, after in update.changed
            ],
            "run_figures_taken": _records(update.taken),
            "run_figures_kept": _records(update.kept),
            "run_figures_refused": [
                {**_record(candidate), "reason": why} for candidate, why in update.refused.items()
            ],
        }
    )


def _records(candidates: Iterable[Candidate]) -> list[dict[str, str]]:
    return [_record(candidate) for candidate in candidates]


def _record(candidate: Candidate) -> dict[str, str]:
    return dict(candidate._asdict())
