"""Rows of figures as CSV and as a Markdown table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Write one line a row under its columns' names; None is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_markdown(columns: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Write a table; the first `texts` columns are aligned left, the figures after them right."""
    rule = ["---"] * texts + ["---:"] * (len(columns) - texts)
    return "".join(f"{line(cells)}\n" for cells in (columns, rule, *rows))


def line(cells: Sequence[str]) -> str:
    """Write one row of a table, what would end a cell escaped."""
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
