"""Markdown for pull requests, merge requests and job summaries; GitHub's kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from llmopt.report.checked import Checked, Table
from llmopt.report.prose import fold, sentences, title

MARKS = {
    "pass": "✅",
    "warn": "⚠️",
    "fail": "❌",
    "undecided": "❔",
    "skipped": "➖",
    "nothing": "❔",
}
_SPECIAL = re.compile(r"[\\`*\[\]|]|(?<!\w)_|_(?!\w)|~~")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str) -> str:
    """Return a user's text as one line that markdown shows as it stands.

    Nobody is notified by an `@name` in it, and no comment or tag can hide in it.
    """
    line = re.sub("[&<>]", lambda found: _ENTITIES[found[0]], fold(text))
    line = _SPECIAL.sub(lambda found: "".join(f"\\{sign}" for sign in found[0]), line)
    line = re.sub(r"^(\d*)([#+.)-])(?=\s|$)", r"\1\\\2", line)
    return line.replace("@", "@<!-- -->")


def as_section(checked: Checked) -> str:
    """Write everything there is: headline, table, findings, notes."""
    lines = [
        opening(checked),
        "",
        *table(checked.table),
        *table(checked.detail),
        *findings(checked),
    ]
    lines += [*notes(checked.caveats), *notes(checked.notes)]
    return "\n".join(lines).rstrip("\n") + "\n"


def opening(checked: Checked) -> str:
    """Write the headline with the outcome's mark."""
    return f"### {MARKS[checked.outcome]} {escape(checked.headline)}"


def table(found: Table | None, *, most: int | None = None) -> Iterator[str]:
    """Write a table of at most `most` rows; what was left out is counted."""
    if found is None or not found.rows:
        return
    yield row(found.columns)
    yield row(["---:" if i in found.numeric else "---" for i in range(len(found.columns))])
    for cells in found.rows[:most]:
        yield row([escape(cell) for cell in cells])
    yield ""
    left = 0 if most is None else len(found.rows) - most
    if left > 0:
        yield from (f"{left:,} more row{'s' if left > 1 else ''} not shown.", "")


def row(cells: Sequence[str]) -> str:
    """Write one row of a table, its cells escaped already."""
    return f"| {' | '.join(cells)} |"


def findings(checked: Checked) -> Iterator[str]:
    """Write each finding with its place, the worst first."""
    for finding in checked.worst_first:
        place = checked.place(finding.place)
        text = " ".join(sentences(finding))
        where = f"{place.file}:{place.line}"
        yield f"- **{escape(title(finding))}** ({escape(where)}): {escape(text)}"
    if checked.findings:
        yield ""


def notes(texts: Sequence[str]) -> Iterator[str]:
    """Write what a reader must know besides, small."""
    return chain.from_iterable((f"<sub>{escape(text)}</sub>", "") for text in texts)


def cut(text: str, limit: int, closing: str = "") -> str:
    """Return at most `limit` bytes: whole lines, a line that says so, then `closing`."""
    if len((text + closing).encode(errors="replace")) <= limit:
        return text + closing
    end = f"\n*The rest is left out: it would be over {limit // 1024} KiB.*\n{closing}"
    kept = text.encode(errors="replace")[: limit - len(end.encode())].decode(errors="ignore")
    return kept[: kept.rfind("\n") + 1] + end
