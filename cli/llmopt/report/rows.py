"""Rows of figures as CSV and as a Markdown table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from llmopt.report.markdown import escape

_FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d[\d.]*\s*(?:%|pt|ms|s)?$)")
"""What a spreadsheet begins to compute at; figures and limits with a sign are none of it."""


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Write one line a row under its columns' names; None is an empty field.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield what `as_csv` writes line by line, so that no more than one row is held."""
    for row in chain((columns,), rows):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([_harmless(value) for value in row])
        yield text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def as_markdown(columns: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """Write a table; the first `texts` columns are aligned left, the figures after them right."""
    rule = ["---"] * texts + ["---:"] * (len(columns) - texts)
    return "".join(f"{line(cells)}\n" for cells in (columns, rule, *rows))


def line(cells: Sequence[str]) -> str:
    """Write one row of a table; its cells are shown as they stand."""
    return f"| {' | '.join(map(escape, cells))} |"


def bullets(sentences: Iterable[str]) -> list[str]:
    """Write a list; its sentences are shown as they stand."""
    return [f"- {escape(sentence)}" for sentence in sentences]
