"""The price table as a list to look into: its models, their tiers, names that are near."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from llmopt.domain import Model, Price
from llmopt.prices.lookup import entry_of, output_rate

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates of calls with more than `above` input tokens."""

    above: int
    price: Price


@dataclass(frozen=True, slots=True)
class Listing:
    """What the table says of a model: dollars per million tokens, long-context tiers apart."""

    id: str
    price: Price
    tiers: tuple[Tier, ...]
    context_window: int | None


def listing(model: Model, at: datetime | None = None) -> Listing | None:
    """Return what the table says of a model; None where it has no rates for it."""
    found = entry_of(model, at or datetime.now(UTC))
    if found is None:
        return None
    return _listing(f"{found.seller.id}/{found.info.id}", found.rates, found.info)


def search(text: str, at: datetime | None = None) -> Iterator[Listing]:
    """Yield the models of the table that have `text` in their `provider/name`."""
    from genai_prices.data_snapshot import get_snapshot

    when = at or datetime.now(UTC)
    for provider in get_snapshot().providers:
        for info in provider.models:
            name = f"{provider.id}/{info.id}"
            if text.lower() in name.lower():
                found = _listing(name, info.get_prices(when, {}), info)
                if found is not None:
                    yield found


def near(name: str) -> list[str]:
    """Return ids of the table that look like a name."""
    from genai_prices.data_snapshot import get_snapshot

    providers = get_snapshot().providers
    known = [f"{provider.id}/{info.id}" for provider in providers for info in provider.models]
    return difflib.get_close_matches(name, known, n=SUGGESTIONS, cutoff=0.7)


def _listing(name: str, rates: ModelPrice, info: object) -> Listing | None:
    base = _price(name, rates, 0)
    if base is None:
        return None
    starts = sorted({tier.start for rate in vars(rates).values() for tier in _tiers(rate)})
    tiers = [Tier(start, price) for start in starts if (price := _price(name, rates, start + 1))]
    return Listing(name, base, tuple(tiers), getattr(info, "context_window", None))


def _price(name: str, rates: ModelPrice, tokens: int) -> Price | None:
    values = (
        _rate(rate, tokens)
        for rate in (
            rates.input_mtok,
            output_rate(name, rates),
            rates.cache_read_mtok,
            rates.cache_write_mtok,
        )
    )
    given, replied, read, written = values
    if given is None or replied is None:
        return None
    return Price(given, replied, cached_input=read, cache_write=written)


def _rate(rate: object, tokens: int) -> float | None:
    if rate is None:
        return None
    if isinstance(rate, Decimal):
        return float(rate)
    reached = [tier.price for tier in _tiers(rate) if tokens > tier.start]
    return float(reached[-1] if reached else rate.base)  # type: ignore[attr-defined]


def _tiers(rate: object) -> list[Any]:
    return sorted(getattr(rate, "tiers", ()), key=lambda tier: tier.start)
