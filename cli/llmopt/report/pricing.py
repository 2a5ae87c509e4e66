"""The price table and quotes from it, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.domain import Price
from llmopt.prices.catalogue import Listing
from llmopt.report import rows
from llmopt.report.document import json_text
from llmopt.report.layout import folded, to_text

OLD_DAYS = 90
"""Providers change prices several times a year: an older table deserves a warning."""

NAME = 28
COLUMNS = ("input", "output", "cached", "cache write", "from")


@dataclass(frozen=True, slots=True)
class Quote:
    """A model's rates: those of the table, and what stands in their place.

    `override` is the `price` in llmopt.yaml, or nothing at all for what is free. Without
    either the price is unknown; `near` are then ids that the table has.
    """

    name: str
    id: str
    listed: Listing | None
    override: Price | None
    near: tuple[str, ...] = ()

    @property
    def price(self) -> Price | None:
        """The rates that apply, below any long-context tier."""
        return self.override or (self.listed.price if self.listed else None)

    @property
    def source(self) -> str | None:
        """Whose word the rates are."""
        if self.override is not None:
            return "free" if self.override == Price(0, 0, 0, 0) else "llmopt.yaml"
        return "table" if self.listed else None


@dataclass(frozen=True, slots=True)
class PriceList:
    """The price table's release, its day and its age in days, and quotes from it."""

    version: str | None
    date: date | None
    age_days: int | None
    quotes: tuple[Quote, ...]

    @property
    def old(self) -> bool:
        return self.age_days is not None and self.age_days > OLD_DAYS


def as_table(prices: PriceList, *, width: int, color: bool) -> str:
    """Write the rates in dollars per million tokens."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("model", overflow="fold", min_width=12)
    for title in COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    for quote in prices.quotes:
        table.add_row(escape(folded(quote.name, NAME)), *_cells(quote))
        for tier in quote.listed.tiers if quote.listed and quote.override is None else ():
            above = f"  above {numbers.count(tier.above)} input tokens"
            table.add_row(Text(folded(above, NAME), style="dim"), *_rates(tier.price), "")
    head = Text(f"{_head(prices)}\n")
    notes = [Text(note) for note in ("", *notes_of(prices))]
    return to_text(Group(head, table, *notes), width=width, color=color)


def as_json(prices: PriceList) -> str:
    """Write one JSON document; dollars per million tokens, what is unknown null."""
    document = {
        "schema_version": 1,
        "table": {
            "version": prices.version,
            "date": prices.date and prices.date.isoformat(),
            "age_days": prices.age_days,
            "old": prices.old,
        },
        "models": [_record(quote) for quote in prices.quotes],
    }
    return json_text(document)


def as_csv(prices: PriceList) -> str:
    """Write one row a model, without its long-context tiers."""
    names = ("name", "id", "source", "input", "output", "cached_input", "cache_write")
    return rows.as_csv([_flat(quote) for quote in prices.quotes], (*names, "context_window"))


def as_markdown(prices: PriceList) -> str:
    """Write the rates for a wiki or a pull request."""
    cells = [[quote.name, *_cells(quote)] for quote in prices.quotes]
    table = rows.as_markdown(("model", *COLUMNS), cells)
    return "\n".join([_head(prices), "", table, *rows.bullets(notes_of(prices)), ""])


def notes_of(prices: PriceList) -> Iterator[str]:
    """Say what is unknown, overridden, or old."""
    for quote in prices.quotes:
        if quote.price is None:
            near = f"did you mean {', '.join(quote.near)}? " if quote.near else ""
            yield f"{quote.name}: unknown; {near}`price:` in llmopt.yaml says what it costs."
        elif quote.override and quote.listed and quote.source == "llmopt.yaml":
            listed = quote.listed.price
            yield (
                f"{quote.name}: llmopt.yaml overrides the table's "
                f"{_rate(listed.input)} in, {_rate(listed.output)} out."
            )
    if not prices.quotes:
        yield "No model of the table has that in its id."
    if prices.old:
        yield (
            f"warning: the table is {prices.age_days} days old; "
            "`pip install -U genai-prices` brings newer prices."
        )


def _head(prices: PriceList) -> str:
    day = "of an unknown day" if prices.date is None else f"of {prices.date}"
    age = "" if prices.age_days is None else f" ({numbers.count(prices.age_days)} days old)"
    return f"{prices.version or 'price table'} {day}{age}; dollars per million tokens"


def _cells(quote: Quote) -> tuple[str, ...]:
    return (*_rates(quote.price), quote.source or numbers.UNKNOWN)


def _rates(price: Price | None) -> tuple[str, ...]:
    if price is None:
        return ("–", "–", "–", "–")
    parts = (price.input, price.output, price.cached_input, price.cache_write)
    return tuple("–" if part is None else _rate(part) for part in parts)


def _rate(rate: float) -> str:
    return f"{rate:.10g}"


def _flat(quote: Quote) -> dict[str, Any]:
    price = quote.price
    return {
        "name": quote.name,
        "id": quote.id,
        "source": quote.source,
        **(asdict(price) if price else {}),
        "context_window": quote.listed and quote.listed.context_window,
    }


def _record(quote: Quote) -> dict[str, Any]:
    listed = quote.listed
    return {
        "name": quote.name,
        "id": quote.id,
        "source": quote.source,
        "price": quote.price and asdict(quote.price),
        "table": listed
        and {
            "id": listed.id,
            "price": asdict(listed.price),
            "tiers": [{"above": tier.above, **asdict(tier.price)} for tier in listed.tiers],
            "context_window": listed.context_window,
        },
        "near": list(quote.near),
    }
