"""Accuracy over price as an inline SVG: which candidate is cheap, which is right, which is both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from llmopt import numbers
from llmopt.decide.figures import Figures

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 18, 14, 44
RADIUS = 9


@dataclass(frozen=True, slots=True)
class Dot:
    """A candidate in the picture: `number` is its row in the table, `kind` its verdict."""

    number: int
    figures: Figures
    kind: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """A linear way from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        """Return round values, about five."""
        rough = (self.high - self.low) / 5
        size = 10 ** math.floor(math.log10(rough))
        step = next(n * size for n in (1, 2, 2.5, 5, 10) if n * size >= rough)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]


def price_of(rows: Sequence[Figures]) -> tuple[str, list[float | None]]:
    """Return what the horizontal axis shows: dollars where all are priced, else tokens."""
    if rows and all(row.cost_per_1k_calls for row in rows):
        return "dollars per 1,000 calls", [row.cost_per_1k_calls for row in rows]
    return "tokens a trial", [row.avg_total_tokens for row in rows]


def picture(dots: Sequence[Dot]) -> str:
    """Draw the candidates of one prompt; nothing where no two figures are known."""
    unit, prices = price_of([dot.figures for dot in dots])
    shown = [
        (dot, price, dot.figures.avg_accuracy)
        for dot, price in zip(dots, prices, strict=True)
        if price is not None and dot.figures.avg_accuracy is not None
    ]
    if not shown:
        return ""
    across = _Scale(0, max(price for _, price, _ in shown) * 1.08 or 1, LEFT, WIDTH - RIGHT)
    lows = [dot.figures.accuracy_ci.low for dot, *_ in shown if dot.figures.accuracy_ci]
    floor = max(0.0, math.floor((min(lows, default=0.0) - 0.02) * 10) / 10)
    up = _Scale(min(floor, 0.9), 1, HEIGHT - BOTTOM, TOP)
    parts = [*_axes(across, up, unit), *_frontier(shown, across, up)]
    parts += [_dot(dot, across(price), accuracy, up) for dot, price, accuracy in shown]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="accuracy over {unit}">{"".join(parts)}</svg>'
    )


def _axes(across: _Scale, up: _Scale, unit: str) -> Iterator[str]:
    for value in up.ticks():
        y = up(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="end" x="{LEFT - 8}" y="{y + 4}">{numbers.percent(value)}</text>'
    write = numbers.dollars if unit.startswith("dollars") else _plain
    for value in across.ticks():
        x = across(value)
        yield f'<text class="mid" x="{x}" y="{HEIGHT - BOTTOM + 18}">{write(value)}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="mid" x="{middle}" y="{HEIGHT - 6}">{unit}</text>'


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:g}"


def _frontier(
    shown: Sequence[tuple[Dot, float, float]], across: _Scale, up: _Scale
) -> Iterator[str]:
    """Join the candidates that no other beats on both, from cheap to dear."""
    best = sorted((price, accuracy) for dot, price, accuracy in shown if dot.figures.pareto)
    if len(best) > 1:
        points = " ".join(f"{across(price)},{up(accuracy)}" for price, accuracy in best)
        yield f'<polyline class="frontier" points="{points}"/>'


def _dot(dot: Dot, x: float, accuracy: float, up: _Scale) -> str:
    y, name = up(accuracy), escape(str(dot.figures.candidate))
    whisker = ""
    if interval := dot.figures.accuracy_ci:
        top, bottom = up(interval.high), up(max(interval.low, up.low))
        whisker = f'<line class="whisker" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'
    shape = (
        f'<rect x="{x - RADIUS}" y="{y - RADIUS}" width="{2 * RADIUS}" height="{2 * RADIUS}"/>'
        if dot.kind == "baseline"
        else f'<circle cx="{x}" cy="{y}" r="{RADIUS + 1}"/>'
    )
    return (
        f'<g class="{escape(dot.kind)}"><title>{name}: {numbers.percent(accuracy, digits=1)}'
        f'</title>{whisker}{shape}<text class="mid" x="{x}" y="{y + 4}">{dot.number}</text></g>'
    )
