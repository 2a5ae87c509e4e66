"""The efficiency table and what stands around it, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict
from llmopt.numbers import UNKNOWN
from llmopt.report.headline import explanations, first_headlines
from llmopt.report.layout import MIN_WIDTH, WIDE, folded, to_text
from llmopt.report.order import by_prompt, footnotes, heading, with_model
from llmopt.report.robustness import cells, columns, examples, present, sentences
from llmopt.store.tallies import StoredFailure

SHOWN_FAILURES = 5
DECISIONS = {"adopt": "adopt", "reject": "reject", "inconclusive": "open", "baseline": "base"}
WIDE_NAME, NARROW_NAME = 24, 13
"""Characters of a name that stand on one line."""
MIN_NAME = 9
LEAST_TELLING = ("eff.", "p50", "out", "in")
COLUMNS = ("verdict", "change", "accuracy", "in", "out", "total", "eff.", "$/1k", "p50", "")


def report(result: Result, *, width: int, color: bool) -> str:
    """Write a run's efficiency tables, one per prompt, for a terminal `width` columns wide."""
    parts: list[RenderableType] = [Text(line) for line in first_headlines(result)]
    parts += [Text()] if parts else []
    for prompt, rows in by_prompt(result.candidates):
        table, left = efficiency_table(result, rows, width=max(width, MIN_WIDTH))
        parts += [Text(heading(result, prompt, rows), style="bold"), table]
        parts += [Text(f"No room here for: {', '.join(left)}.", style="dim")] if left else []
        parts += [Text()]
        parts += _robustness(result, prompt, rows, wide=width >= WIDE)
    parts += [Text(note, style="dim") for note in footnotes(result, brief=True)]
    parts += [Text(line, style="red") for line in failures(result)]
    if result.details:
        parts += [part for text in explanations(result) for part in _paragraph(text)]
        parts += [Text("\n" + paragraph) for paragraph in examples(result)]
    return to_text(Group(*parts), width=width, color=color)


def efficiency_table(
    result: Result, rows: Sequence[Figures], *, width: int
) -> tuple[Table, list[str]]:
    """Lay out one prompt's candidates, best first; name the columns that `width` has no room for.

    Names keep theirs: figures that nobody can tell apart are worth nothing.
    """
    wide = width >= WIDE
    figures = [_figures(one, result.verdicts.get(one.candidate)) for one in rows]
    left = _without_room(figures, width)
    padding = (0, 1, 0, 0) if wide else (0, 0, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)
    table.add_column("candidate", overflow="fold", min_width=MIN_NAME)
    for title in COLUMNS:
        if title not in left:
            table.add_column(title, justify="right", no_wrap=True)
    models = with_model(rows)
    line = WIDE_NAME if wide else NARROW_NAME
    for one, cells_ in zip(rows, figures, strict=True):
        shown = [text for title, text in zip(COLUMNS, cells_, strict=True) if title not in left]
        name = _name(one, models=models, line=line)
        table.add_row(name, *shown, style="bold" if one.pareto else None)
    return table, left


def _without_room(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the columns that must go, the least telling first."""
    sizes = {
        title: 1 + max(map(cell_len, (title, *(row[place] for row in rows))))
        for place, title in enumerate(COLUMNS)
    }
    left: list[str] = []
    for title in LEAST_TELLING:
        if MIN_NAME + sum(sizes.values()) <= width:
            break
        left.append(title)
        del sizes[title]
    return left


def _figures(figures: Figures, verdict: Verdict | None) -> tuple[str, ...]:
    exact = figures.tokens_exact
    return (
        DECISIONS[verdict.decision] if verdict else "",
        _saving(figures),
        accuracy(figures),
        _dash(numbers.tokens(figures.avg_input_tokens, exact=exact)),
        _dash(numbers.tokens(figures.avg_output_tokens, exact=exact)),
        _dash(numbers.tokens(figures.avg_total_tokens, exact=exact)),
        _dash(numbers.score(figures.efficiency_score)),
        numbers.dollars(figures.cost_per_1k_calls).removeprefix("$"),
        _dash(numbers.milliseconds(figures.latency_p50_ms)),
        "◆" if figures.pareto else "",
    )


def _paragraph(text: str) -> Iterator[RenderableType]:
    """Lay out a heading and its lines, what does not fit on one indented like it."""
    head, *lines = text.split("\n")
    yield Text("\n" + head)
    yield from (Padding(Text(line.strip()), (0, 0, 0, 2), expand=False) for line in lines)


def _robustness(
    result: Result, prompt: str, rows: Sequence[Figures], *, wide: bool
) -> Iterator[RenderableType]:
    """Yield what a prompt's perturbed trials show, if it has any."""
    rows = [figures for figures in rows if figures.candidate in result.robustness]
    if not rows:
        return
    names, models = present(result, rows), with_model(rows)
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0) if wide else 0, pad_edge=False, show_edge=False
    )
    table.add_column("candidate", overflow="fold", min_width=8)
    for title in columns(names):
        table.add_column(title, justify="right", no_wrap=True)
    for figures in rows:
        name = _name(figures, models=models, line=WIDE_NAME if wide else NARROW_NAME)
        table.add_row(name, *cells(result.robustness[figures.candidate], names))
    yield Text(f"{prompt}: robustness", style="bold")
    yield table
    yield Text()
    yield from (Text(line) for line in sentences(result, rows))
    yield Text()


def _name(figures: Figures, *, models: bool, line: int) -> str:
    name = escape(folded(figures.candidate.variant, line))
    if models:
        name += f"\n[dim]{escape(folded(figures.candidate.model, line))}[/dim]"
    return name


def _dash(text: str) -> str:
    """Write a figure that is not there short: many in a row would not fit the line."""
    return "–" if text == UNKNOWN else text


def _saving(figures: Figures) -> str:
    return "" if figures.token_saving is None else numbers.change(-figures.token_saving)


def accuracy(figures: Figures) -> str:
    """Write an accuracy with its interval, in percent: `94% [90–97]`."""
    if figures.avg_accuracy is None or figures.accuracy_ci is None:
        return UNKNOWN
    low, high = (f"{end * 100:.0f}" for end in figures.accuracy_ci)
    return f"{numbers.percent(figures.avg_accuracy)} [{low}–{high}]"


def failures(result: Result) -> Iterable[str]:
    """Say how many trials failed, and show the first few causes, each told once."""
    if not result.errors:
        return
    yield f"{numbers.count(result.errors)} of {numbers.count(result.trials)} trials failed:"
    causes = grouped(result.failures)[:SHOWN_FAILURES]
    for count, failure in causes:
        such = f" (and {_others(count - 1)})" if count > 1 else ""
        how = f" ({failure.perturbation})" if failure.perturbation else ""
        where = f"{failure.candidate}, case {failure.case}{how}{such}"
        yield f"  {failure.kind}: {where}: {failure.message}"
    if others := result.errors - sum(count for count, _ in causes):
        yield f"  and {_others(others)}"


def _others(count: int) -> str:
    return f"{numbers.count(count)} other{'s' if count > 1 else ''}"


def grouped(failures: Sequence[StoredFailure]) -> list[tuple[int, StoredFailure]]:
    """Return failures of one kind and message as one, the first, with how many; most first."""
    causes: dict[tuple[str, str], list[StoredFailure]] = {}
    for failure in failures:
        causes.setdefault((failure.kind, failure.message), []).append(failure)
    return sorted(((len(all_), all_[0]) for all_ in causes.values()), key=lambda one: -one[0])
