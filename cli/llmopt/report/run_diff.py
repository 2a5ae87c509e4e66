"""What changed from one run to another, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from llmopt import numbers
from llmopt.domain import Candidate, Run
from llmopt.gate.run_changes import CandidateChanges, Cases, Change
from llmopt.gate.run_diff import SAME_PRICE, CandidateDiff, Finding, Moved, RunDiff
from llmopt.report import rows
from llmopt.report.document import json_text
from llmopt.report.layout import MIN_WIDTH, to_text
from llmopt.report.markdown import escape as escape_markdown
from llmopt.report.targets import Formats
from llmopt.stats.interval import Interval

WORDS: Mapping[Finding, str] = {
    "identical": "the same in every case",
    "higher": "higher",
    "lower": "lower",
    "not shown": "no difference shown",
    "too few": "too few cases",
    "unknown": "unknown",
    "repriced": "the price changed",
    "price unknown": "price not kept",
}
LABELS = {
    "accuracy": "accuracy",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
    "total_tokens": "total tokens",
    "cost_per_1k_calls": "$ per 1k calls",
    SAME_PRICE: "  at B's prices",
    "latency_ms": "latency",
}
COLUMNS = ("", "A", "B", "change", "95% interval", "shown")
CSV_COLUMNS = (
    "prompt", "variant", "model", "was_variant", "was_model", "measure", "before", "after",
    "delta", "delta_low", "delta_high", "change", "cases", "finding", "template_changed",
    "params_changed", "model_changed", "price_changed", "cases_compared", "cases_changed",
    "cases_added", "cases_removed", "errors_before", "errors_after",
)  # fmt: skip
LONGEST = 60
"""Characters of a value that is shown in a sentence."""


def as_table(found: RunDiff, *, width: int, color: bool) -> str:
    """Write for a terminal: what changed around the figures first, then candidate by candidate."""
    lines = [_folded(text, width) for text in _head(found)]
    for one in found.candidates:
        lines += ["", _folded(str(one.candidate), width)]
        lines += [_folded(text, width, indent="  ") for text in _sentences(one)]
        if one.cases.compared:
            table = to_text(_table(one.moved), width=width, color=color)
            lines += ["", table.rstrip("\n")]
    lines += ["", *(_folded(text, width) for text in _closing(found))]
    return "\n".join(lines) + "\n"


def _folded(text: str, width: int, indent: str = "") -> str:
    return fill(
        text,
        max(width, MIN_WIDTH),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
    )


def _table(moved: Sequence[Moved]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, title in enumerate(COLUMNS):
        table.add_column(title, justify="left" if place in {0, 5} else "right", no_wrap=place < 5)
    for row in moved:
        table.add_row(*map(escape, _cells(row)))
    return table


def as_json(found: RunDiff) -> str:
    """Write one JSON document; what is unknown is null."""
    return json_text(
        {
            "schema_version": 1,
            "before": _run(found.before),
            "after": _run(found.after),
            "anytime": found.anytime,
            "changes": [one._asdict() for one in found.changes],
            "candidates": [_record(one) for one in found.candidates],
            "only_before": [one._asdict() for one in found.only_before],
            "only_after": [one._asdict() for one in found.only_after],
        }
    )


def as_csv(found: RunDiff) -> str:
    """Write one row a candidate and measure; what is unknown is an empty field."""
    records = [
        _flat(candidate, moved) for candidate in found.candidates for moved in candidate.moved
    ]
    return rows.as_csv(records, CSV_COLUMNS)


def as_markdown(found: RunDiff) -> str:
    """Write the same as the table, for pull requests and wikis."""
    lines = [f"### Runs {found.before.id} and {found.after.id}", "", *rows.bullets(_head(found))]
    for one in found.candidates:
        lines += ["", f"#### {escape_markdown(str(one.candidate))}", ""]
        lines += rows.bullets(_sentences(one))
        if one.cases.compared:
            cells = [_cells(row) for row in one.moved]
            lines += ["", rows.as_markdown(COLUMNS, cells).rstrip("\n")]
    return "\n".join([*lines, "", *rows.bullets(_closing(found)), ""])


FORMATS: Formats[RunDiff] = Formats({"json": as_json, "csv": as_csv, "markdown": as_markdown})


def _head(found: RunDiff) -> Iterator[str]:
    """Yield which runs these are, and what changed around all candidates."""
    for letter, run in (("A", found.before), ("B", found.after)):
        yield f"{letter}: {run.id}, {run.status}"
    for change in found.changes:
        yield _changed(change)
    for letter, only in (("A", found.only_before), ("B", found.only_after)):
        for candidate in only:
            yield f"only in {letter}: {candidate}"


def _sentences(one: CandidateDiff) -> Iterator[str]:
    """Yield what of a candidate is not what it was, and which cases are compared."""
    if one.was:
        yield f"asks what A called {_name(one.was, one.candidate)}"
    yield from _own(one.changes)
    yield _compared(one.cases)
    if any(one.errors):
        yield "trials that failed: {} in A, {} in B".format(*map(numbers.count, one.errors))
    for row in one.moved:
        for verb, names, total in (
            ("score higher in B", row.gained, row.gains),
            ("score lower in B", row.lost, row.losses),
        ):
            if names:
                yield f"{verb}: {_some(names, total)}"


def _own(changes: CandidateChanges) -> Iterator[str]:
    unknown = [
        word
        for word, value in (
            ("template", changes.template),
            ("params", changes.params),
            ("price", changes.price),
        )
        if value is None
    ]
    if changes.template:
        yield "the template changed"
    for change in changes.params or ():
        yield f"params: {_changed(change)}"
    for change in changes.model:
        yield f"model: {_changed(change)}"
    if changes.price:
        yield "the model's price changed: what that moved is no doing of the prompt"
    if unknown:
        yield f"not kept by one of the runs, so unknown here: {', '.join(unknown)}"


def _compared(cases: Cases) -> str:
    parts = [f"cases compared: {numbers.count(cases.compared)}"]
    kinds = (
        ("changed", cases.changed or 0),
        ("only in B", cases.added),
        ("only in A", cases.removed),
    )
    keys = ("changed", "added", "removed")
    for key, (word, count) in zip(keys, kinds, strict=True):
        if count:
            parts.append(f"{numbers.count(count)} {word} ({_some(cases.examples[key], count)})")
    if cases.changed is None:
        parts.append("whether any of them changed is not known")
    return "; ".join(parts)


def _closing(found: RunDiff) -> Iterator[str]:
    if not found.candidates:
        yield "no candidate is in both runs, so there is nothing to compare"
        return
    yield "Figures are those of the cases that both runs asked alike and answered."
    yield "Each interval is for itself: of twenty that nothing moved, one shows a difference."
    yield "No difference shown is not proof that there is none."
    yield "Latency also moves with machine and hour, which no interval here knows."
    if found.anytime:
        yield (
            "A run may have ended anywhere (partial, or --until-decided): accuracy is held to "
            "evidence that bears that, the other intervals are not."
        )


def _changed(change: Change) -> str:
    return f"{change.what}: {_value(change.before)} → {_value(change.after)}"


def _value(value: object) -> str:
    if value is None or value in ([], ""):
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _name(one: Candidate, other: Candidate) -> str:
    return one.variant if one.model == other.model else f"{one.variant} on {one.model}"


def _some(names: Sequence[str], total: int) -> str:
    left = total - len(names)
    return ", ".join(names) + (f" and {numbers.count(left)} more" if left > 0 else "")


def _cells(row: Moved) -> tuple[str, ...]:
    """Return a row of the table, as text."""
    write = _WRITERS[row.measure]
    label = LABELS[row.measure]
    if row.finding == "unknown":
        return (label, numbers.UNKNOWN, numbers.UNKNOWN, "", "", "")
    if row.measure == "accuracy":
        change, interval = numbers.points(row.delta), _points(row.delta_ci)
    else:
        change = numbers.change(row.change)
        interval = _interval(row.delta_ci, row.before)
    shown = WORDS[row.finding]
    return (label, write(row.before), write(row.after), change, interval, shown)


def _points(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{numbers.points(interval.low)} to {numbers.points(interval.high)}"


def _interval(interval: Interval | None, before: float | None) -> str:
    """Write an interval as shares of what was before."""
    if interval is None or not before:
        return ""
    return f"{numbers.change(interval.low / before)} to {numbers.change(interval.high / before)}"


def _accuracy(value: float | None) -> str:
    return numbers.percent(value, digits=1)


_WRITERS: Mapping[str, Callable[[float | None], str]] = {
    "accuracy": _accuracy,
    "input_tokens": numbers.tokens,
    "output_tokens": numbers.tokens,
    "total_tokens": numbers.tokens,
    "cost_per_1k_calls": numbers.dollars,
    SAME_PRICE: numbers.dollars,
    "latency_ms": numbers.milliseconds,
}


def _run(run: Run) -> dict[str, Any]:
    return {"id": run.id, "status": run.status, "started_at": run.started_at, "seed": run.seed}


def _record(one: CandidateDiff) -> dict[str, Any]:
    changes, cases = one.changes, one.cases
    return {
        **one.candidate._asdict(),
        "was": None if one.was is None else one.was._asdict(),
        "changes": {
            "template": changes.template,
            "params": None
            if changes.params is None
            else [change._asdict() for change in changes.params],
            "model": [change._asdict() for change in changes.model],
            "price": changes.price,
        },
        "cases": {
            "compared": cases.compared,
            "changed": cases.changed,
            "added": cases.added,
            "removed": cases.removed,
            "examples": {kind: list(names) for kind, names in cases.examples.items()},
        },
        "errors": {"before": one.errors[0], "after": one.errors[1]},
        "measures": [_measure(row) for row in one.moved],
    }


def _measure(row: Moved) -> dict[str, Any]:
    record = row._asdict()
    if row.measure != "accuracy":
        for key in ("p_different", "gains", "losses", "gained", "lost"):
            del record[key]
    return record


def _flat(one: CandidateDiff, row: Moved) -> dict[str, Any]:
    changes, cases = one.changes, one.cases
    low, high = row.delta_ci or (None, None)
    return {
        **one.candidate._asdict(),
        "was_variant": one.was and one.was.variant,
        "was_model": one.was and one.was.model,
        **row._asdict(),
        "delta_low": low,
        "delta_high": high,
        "template_changed": changes.template,
        "params_changed": None if changes.params is None else bool(changes.params),
        "model_changed": bool(changes.model),
        "price_changed": changes.price,
        "cases_compared": cases.compared,
        "cases_changed": cases.changed,
        "cases_added": cases.added,
        "cases_removed": cases.removed,
        "errors_before": one.errors[0],
        "errors_after": one.errors[1],
    }
