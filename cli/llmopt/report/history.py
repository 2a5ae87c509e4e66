"""The list of kept runs, in every format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from llmopt.domain import Run
from llmopt.report import rows
from llmopt.report.document import json_text
from llmopt.report.layout import WIDE, to_text

Listed = tuple[Run, int, int]
"""A run with the number of its trials and of the failed ones."""

COLUMNS = ("id", "status", "started_at", "prompts", "models", "trials", "errors")


def as_table(listed: Sequence[Listed], *, width: int, color: bool) -> str:
    """Write the runs for a terminal."""
    if not listed:
        return "no runs yet: `llmopt eval` makes one\n"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    # The id begins with the time; where columns are dear that is enough.
    columns = [c for c in COLUMNS if width >= WIDE or c != "started_at"]
    for column in columns:
        wraps = column in {"prompts", "models"}
        table.add_column(
            "started (UTC)" if column == "started_at" else column,
            justify="right" if column in {"trials", "errors"} else "left",
            no_wrap=not wraps,
            overflow="fold",
        )
    for record in map(_record, listed):
        record["started_at"] = str(record["started_at"])[:16].replace("T", " ")
        table.add_row(*(escape(str(record[column])) for column in columns))
    return to_text(table, width=width, color=color)


def as_json(listed: Sequence[Listed]) -> str:
    """Write the runs as one JSON document."""
    records = [
        {**_record(entry), "prompts": _prompts(entry[0]), "models": _models(entry[0])}
        for entry in listed
    ]
    return json_text({"schema_version": 1, "runs": records})


def as_csv(listed: Sequence[Listed]) -> str:
    """Write one row per run."""
    return rows.as_csv([_record(entry) for entry in listed], COLUMNS)


def as_markdown(listed: Sequence[Listed]) -> str:
    """Write one table."""
    cells = [[str(record[column]) for column in COLUMNS] for record in map(_record, listed)]
    return rows.as_markdown(COLUMNS, cells, texts=len(COLUMNS))


FORMATS: Mapping[str, Callable[[Sequence[Listed]], str]] = {
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}


def _record(listed: Listed) -> dict[str, object]:
    run, trials, errors = listed
    return {
        "id": run.id,
        "status": run.status,
        "started_at": run.started_at,
        "prompts": ", ".join(_prompts(run)),
        "models": ", ".join(_models(run)),
        "trials": trials,
        "errors": errors,
    }


def _prompts(run: Run) -> list[str]:
    return list(dict.fromkeys(candidate.prompt for candidate in run.candidates))


def _models(run: Run) -> list[str]:
    return list(dict.fromkeys(candidate.model for candidate in run.candidates))
