"""One model's prices in the table of the genai-prices package.

The table ships with the package and is read as it stands; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import isclose
from typing import TYPE_CHECKING, NamedTuple

from llmopt.domain import Model, Price, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

# Parameters that ask for other rates than the standard ones, by the names that the table gives
# them, too; and the values that mean the standard.
TIER_PARAMS = ("service_tier", "speed")
STANDARD = frozenset({"auto", "default", "standard", "standard_only", "on_demand"})

MILLION = 1_000_000


class Offer(NamedTuple):
    """Rates of a model. `exact` prices a call where flat rates would not do; None where they do.

    `kept_long` prices one that writes to the cache for an hour, where that has a rate of its own.
    """

    price: Price
    exact: Callable[[Usage], float | None] | None = None
    kept_long: Callable[[Usage], float | None] | None = None


def look_up(model: Model, at: datetime | None) -> Offer | None:
    """Return what the table says of a model; None where it has no rates for it.

    Its import takes 0.1 to 0.5 s (pydantic, an HTTP client for updates that llmopt
    never asks for, 2,500 models); no submodule comes without.
    """
    when = at or datetime.now(UTC)
    entry = entry_of(model, when)
    if entry is None:
        return None
    provider, info, context, rates = entry
    # A model may be listed without rates; the package would call that free.
    output = output_rate(info.id, rates)
    if rates.input_mtok is None or output is None:
        return None
    price = Price(
        input=_base(rates.input_mtok),
        output=_base(output),
        cached_input=None if rates.cache_read_mtok is None else _base(rates.cache_read_mtok),
        cache_write=None if rates.cache_write_mtok is None else _base(rates.cache_write_mtok),
    )
    daily = at is None and _changes_by_the_hour(info)
    exact = _exact(provider, info, context, None if daily else when)
    flat = not daily and _is_flat(rates, price, exact)
    kept_long = None if rates.cache_write_1h_mtok is None else exact
    return Offer(price, None if flat else exact, kept_long)


class Entry(NamedTuple):
    """A model in the table: its seller, itself, what its parameters ask for, the rates then."""

    seller: Provider
    info: ModelInfo
    context: Mapping[str, str]
    rates: ModelPrice


def entry_of(model: Model, when: datetime) -> Entry | None:
    """Find a model in the table; None where it has none, or no rates for its parameters."""
    context = {key: str(model.params[key]) for key in TIER_PARAMS if key in model.params}
    context = {key: value for key, value in context.items() if value not in STANDARD}
    try:
        provider, info = _find(model)
    except LookupError:
        return None
    if context and not _offers(provider, info, context, when):
        return None
    return Entry(provider, info, context, info.get_prices(when, context))


def output_rate(name: str, rates: ModelPrice) -> Decimal | TieredPrices | None:
    """Return what a model's output costs; vectors are no tokens, whatever the table leaves out."""
    return Decimal(0) if rates.output_mtok is None and "embed" in name else rates.output_mtok


def context_window(model: Model) -> int | None:
    """Return a model's context window in tokens, as the table has it."""
    try:
        return _find(model)[1].context_window
    except LookupError:
        return None


def flat_cost(price: Price, usage: Usage) -> float | None:
    """Return the dollars of a call at flat rates; None if its tokens are unknown or contradict.

    Where no rate for cached tokens is known, they cost what other input costs.
    """
    total, output = usage.input_tokens, usage.output_tokens
    read, write = usage.cached_input_tokens or 0, usage.cache_write_tokens or 0
    if total is None or output is None or read + write > total:
        return None
    read_rate = price.input if price.cached_input is None else price.cached_input
    write_rate = price.input if price.cache_write is None else price.cache_write
    dollars = (total - read - write) * price.input + read * read_rate + write * write_rate
    return (dollars + output * price.output) / MILLION


def _find(model: Model) -> tuple[Provider, ModelInfo]:
    from genai_prices.data_snapshot import get_snapshot

    table = get_snapshot()
    provider_id, _, name = model.identity.partition("/")
    seller = None
    if model.base_url is not None:
        try:
            seller = table.find_provider(None, None, model.base_url)
        except LookupError:  # a gateway, a proxy: the id says whose model it passes on
            seller = None
    return table.find_provider_model(name, seller, provider_id, None)


def _offers(
    provider: Provider, info: ModelInfo, context: Mapping[str, str], when: datetime
) -> bool:
    """Whether the table has rates for the context; where not, it would give the standard ones."""
    if not any(info is own for own in provider.models):
        return False
    variants = info.price_variants or ()
    return any(
        variant.when == context and (variant.constraint is None or variant.constraint.active(when))
        for variant in variants
    )


def _exact(
    provider: Provider, info: ModelInfo, context: Mapping[str, str], when: datetime | None
) -> Callable[[Usage], float | None]:
    from genai_prices import Usage as Counts

    def cost(usage: Usage) -> float | None:
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        counts = Counts(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cached_input_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            output_tokens=usage.output_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
        )
        try:
            found = info.calc_price(
                counts, provider, genai_request_timestamp=when, price_context=context
            )
        except ValueError:  # more tokens of a kind than there are tokens
            return None
        return float(found.total_price)

    return cost


def _is_flat(rates: ModelPrice, price: Price, exact: Callable[[Usage], float | None]) -> bool:
    """Whether flat rates give the package's answer: no tiers, no fee a call, nothing else."""
    if any(hasattr(rate, "tiers") for rate in vars(rates).values()):
        return False
    return all(_same(flat_cost(price, usage), exact(usage)) for usage in _PROBES)


# One call with nothing special and one with every kind of token.
_PROBES = (
    Usage(input_tokens=7_000, output_tokens=300),
    Usage(7_000, 300, cached_input_tokens=2_000, cache_write_tokens=1_000, reasoning_tokens=100),
)


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and isclose(one, other, rel_tol=1e-9)


def _base(rate: Decimal | TieredPrices) -> float:
    """The rate below any tier."""
    return float(rate if isinstance(rate, Decimal) else rate.base)


def _changes_by_the_hour(info: ModelInfo) -> bool:
    from genai_prices.types import TimeOfDateConstraint

    prices = info.prices if isinstance(info.prices, list) else ()
    return any(isinstance(price.constraint, TimeOfDateConstraint) for price in prices)
