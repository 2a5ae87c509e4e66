"""What prompts and texts weigh, in every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.measure.discount import Dearer, Discount
from llmopt.measure.footprint import Footprint, Unmeasured
from llmopt.measure.texts import TextFootprint
from llmopt.report import rows as csv_rows
from llmopt.report.caching import as_values, caching_sentence, dearer_sentence, dearer_values
from llmopt.report.document import json_text
from llmopt.report.layout import WIDE, folded, to_text
from llmopt.report.markdown import escape as plain
from llmopt.report.targets import Formats

NOTABLE_WINDOW = 0.1
"""Share of a context window from which the table mentions it."""


@dataclass(frozen=True, slots=True)
class TokenReport:
    """What was counted, and what a reader must know beside it.

    `baselines` maps a prompt to its baseline variant, `sources` to its file.
    """

    prompts: tuple[Footprint, ...]
    unmeasured: tuple[Unmeasured, ...]
    texts: tuple[TextFootprint, ...]
    baselines: dict[str, str]
    sources: dict[str, str]
    price_table_date: str | None
    notes: tuple[str, ...]
    discounts: tuple[Discount, ...] = ()
    """Of each of `prompts`, where asked for: what its provider's prompt cache is worth."""
    dearer: tuple[Dearer, ...] = ()


def as_json(report: TokenReport) -> str:
    """Write one JSON document; what is unknown is null."""
    document = {
        "schema_version": 1,
        "price_table_date": report.price_table_date,
        "notes": list(report.notes),
        "items": list(items(report)),
        "prompt_caching": [as_values(one) for one in report.discounts],
        "dearer_when_cached": [dearer_values(one) for one in report.dearer],
        "unmeasured": [
            {"prompt": one.prompt, "variant": one.variant, "source": one.place.file}
            for one in report.unmeasured
        ],
    }
    return json_text(document)


def as_csv(report: TokenReport) -> str:
    """Write one row per variant and model, or text and model."""
    return csv_rows.as_csv(list(items(report)), ITEM)


ITEM = (
    "source", "prompt", "variant", "model", "cases", "tokens", "p95_tokens", "max_tokens", "exact",
    "static_prefix_tokens", "context_window", "dollars_per_call", "dollars_per_month",
)  # fmt: skip


def items(report: TokenReport) -> Iterator[dict[str, Any]]:
    """Yield every figure under the contract's names; `tokens` is the mean over the cases."""
    for one in report.prompts:
        yield {
            "source": report.sources[one.candidate.prompt],
            **one.candidate._asdict(),
            "cases": one.cases,
            "tokens": one.mean_tokens,
            "p95_tokens": one.p95_tokens,
            "max_tokens": one.max_tokens,
            "exact": one.exact,
            "static_prefix_tokens": one.static_prefix_tokens,
            "context_window": one.context_window,
            "dollars_per_call": one.dollars_per_call,
            "dollars_per_month": one.dollars_per_month,
        }
    for text in report.texts:
        yield {
            "source": text.source,
            "prompt": None,
            "variant": None,
            "model": text.model,
            "cases": None,
            "tokens": text.tokens,
            "p95_tokens": text.tokens,
            "max_tokens": text.tokens,
            "exact": text.exact,
            "static_prefix_tokens": None,
            "context_window": text.context_window,
            "dollars_per_call": text.dollars,
            "dollars_per_month": None,
        }


COLUMNS = ("mean", "p95", "max", "static", "$/1k calls", "$/month", "vs base")


def as_table(report: TokenReport, *, width: int, color: bool) -> str:
    """Write one table per prompt, and one for texts, for a terminal."""
    parts: list[RenderableType] = []
    for prompt, rows in _by_prompt(report):
        parts += [Text(_heading(prompt, rows), style="bold")]
        parts += [_table("variant", COLUMNS, _rows(report, rows), wide=width >= WIDE), Text()]
    if report.texts:
        cells = [(t.source, t.model, _text_cells(t)) for t in report.texts]
        columns = ("characters", "tokens", "$ as input")
        parts += [_table("text", columns, cells, wide=width >= WIDE), Text()]
    parts += [Text(f"{dearer_sentence(one)}\n", style="yellow") for one in report.dearer]
    parts += [Text(f"{caching_sentence(one)}\n") for one in report.discounts]
    parts += [Text(line, style="dim") for line in notes(report)]
    return to_text(Group(*parts), width=width, color=color).rstrip("\n") + "\n"


def as_markdown(report: TokenReport) -> str:
    """Write the same tables for pull requests and wikis."""
    lines: list[str] = []
    for prompt, rows in _by_prompt(report):
        lines += [f"### {plain(_heading(prompt, rows))}", ""]
        lines += _markdown(("variant", "model", *COLUMNS), _rows(report, rows))
    if report.texts:
        columns = ("text", "model", "characters", "tokens", "$ as input")
        lines += _markdown(columns, [(t.source, t.model, _text_cells(t)) for t in report.texts])
    sentences = [*map(dearer_sentence, report.dearer), *map(caching_sentence, report.discounts)]
    lines += [f"- {plain(sentence)}" for sentence in sentences]
    lines += [""] if sentences else []
    return "\n".join([*lines, *(plain(note) for note in notes(report))]).rstrip("\n") + "\n"


Row = tuple[str, str, Sequence[str]]
"""What is counted, for which model, and the figures."""


def _by_prompt(report: TokenReport) -> Iterator[tuple[str, list[Footprint]]]:
    for prompt, rows in groupby(report.prompts, key=lambda one: one.candidate.prompt):
        yield prompt, list(rows)


def _heading(prompt: str, rows: Sequence[Footprint]) -> str:
    models = list(dict.fromkeys(one.candidate.model for one in rows))
    on = models[0] if len(models) == 1 else f"{len(models)} models"
    cases = rows[0].cases
    over = f"{numbers.count(cases)} case{'' if cases == 1 else 's'}" if cases else "no variables"
    return f"{prompt}: {over}, input tokens on {on}"


def _rows(report: TokenReport, rows: Sequence[Footprint]) -> list[Row]:
    base = {
        one.candidate.model: one
        for one in rows
        if one.candidate.variant == report.baselines[one.candidate.prompt]
    }
    return [
        (one.candidate.variant, one.candidate.model, _cells(one, base.get(one.candidate.model)))
        for one in rows
    ]


def _cells(one: Footprint, base: Footprint | None) -> list[str]:
    share = one.static_prefix_tokens / one.mean_tokens if one.mean_tokens else 0.0
    static = numbers.tokens(float(one.static_prefix_tokens), exact=one.exact).removesuffix(".0")
    per_1k = None if one.dollars_per_call is None else one.dollars_per_call * 1000
    against = "base" if one is base else ""
    if base is not None and one is not base and base.mean_tokens:
        against = numbers.change(one.mean_tokens / base.mean_tokens - 1)
    return [
        numbers.tokens(one.mean_tokens, exact=one.exact),
        numbers.tokens(one.p95_tokens, exact=one.exact),
        numbers.tokens(float(one.max_tokens), exact=one.exact).removesuffix(".0"),
        f"{static} ({numbers.percent(min(share, 1.0))})",
        numbers.dollars(per_1k),
        "" if one.dollars_per_month is None else numbers.dollars(one.dollars_per_month),
        against,
    ]


def _text_cells(text: TextFootprint) -> list[str]:
    tokens = numbers.count(text.tokens) if text.exact else f"~{numbers.count(text.tokens)}"
    return [numbers.count(text.characters), tokens, numbers.dollars(text.dollars)]


def _table(first: str, columns: Sequence[str], rows: Sequence[Row], *, wide: bool) -> Table:
    """Lay rows out; empty columns are left out, the model stands under the name if they differ."""
    kept = [i for i in range(len(columns)) if any(cells[i] for _, _, cells in rows)]
    models = len({model for _, model, _ in rows}) > 1 or first == "text"
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0) if wide else (0, 0, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    table.add_column(first, overflow="fold", min_width=8)
    for i in kept:
        table.add_column(columns[i], justify="right", no_wrap=True)
    line = 32 if wide else 18
    for name, model, cells in rows:
        shown = escape(folded(name, line))
        shown += f"\n[dim]{escape(folded(model, line))}[/dim]" if models else ""
        table.add_row(shown, *(cells[i] for i in kept))
    return table


def _markdown(columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    lines = [_line(columns), _line(["---", "---", *["---:"] * (len(columns) - 2)])]
    lines += [_line([plain(name), plain(model), *cells]) for name, model, cells in rows]
    return [*lines, ""]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def notes(report: TokenReport) -> Iterator[str]:
    """Yield what a reader must know beside the figures."""
    if report.prompts:
        yield (
            "static: the longest beginning, in tokens, that all cases share, with its share of "
            "the mean. Dollars are those of the input alone, without any discount for caching."
        )
    exact = [*(one.exact for one in report.prompts), *(one.exact for one in report.texts)]
    if not all(exact):
        yield "~: the model's tokenizer is not published, or not for its name; an estimate."
    for prompt in report.prompts:
        window = prompt.context_window
        if window and prompt.max_tokens > NOTABLE_WINDOW * window:
            share = numbers.percent(prompt.max_tokens / window)
            yield f"{prompt.candidate}: its longest case takes {share} of the context window."
    for one in report.unmeasured:
        yield f"{one.prompt}/{one.variant} has variables and no test case: nothing to count."
    costs = [*(one.dollars_per_call for one in report.prompts), *(t.dollars for t in report.texts)]
    if report.price_table_date and any(costs):
        yield f"Prices as of {report.price_table_date}."
    yield from report.notes


FORMATS: Formats[TokenReport] = Formats(
    own={"json": as_json, "csv": as_csv, "markdown": as_markdown}
)
