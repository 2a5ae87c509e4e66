"""What `llmopt doctor` saw, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from rich.markup import escape
from rich.table import Table

from llmopt.report.document import json_text
from llmopt.report.layout import to_text

STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


class Line(Protocol):
    """One thing that was looked at."""

    @property
    def area(self) -> str: ...
    @property
    def status(self) -> Literal["ok", "warning", "error"]: ...
    @property
    def text(self) -> str: ...
    @property
    def hint(self) -> str | None: ...


def worst(lines: Sequence[Line]) -> Literal["ok", "warning", "error"]:
    """Return the status of the whole."""
    found = {line.status for line in lines}
    return "error" if "error" in found else "warning" if "warning" in found else "ok"


def as_table(lines: Sequence[Line], *, width: int, color: bool) -> str:
    """Write a line each, its hint below it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        text = escape(line.text)
        if line.hint:
            text += f"\n[dim]hint: {escape(line.hint)}[/dim]"
        table.add_row(f"[{STYLES[line.status]}]{line.status}[/]", line.area, text)
    return to_text(table, width=width, color=color)


def as_json(lines: Sequence[Line]) -> str:
    """Write one JSON document."""
    document = {
        "schema_version": 1,
        "status": worst(lines),
        "checks": [
            {"area": line.area, "status": line.status, "message": line.text, "hint": line.hint}
            for line in lines
        ],
    }
    return json_text(document)
