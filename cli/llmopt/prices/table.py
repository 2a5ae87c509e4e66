from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from llmopt.domain import Completion, Model, Price, Request, Usage
from llmopt.prices.lookup import STANDARD, Offer, context_window, flat_cost, look_up

# Models of these providers run inside llmopt.
FREE_PROVIDERS = frozenset({"embedded", "local"})
FREE = Price(input=0, output=0, cached_input=0, cache_write=0)


class Pricer:
    """What calls of one model cost, in dollars.

    A price of the model's own wins; embedded models are free; others are looked up
    in the table of genai-prices by `provider/name`, or by `base_url` where it knows
    that address. Rates are those of `at` (default: when they are first looked up).
    Where the model's parameters ask for a `service_tier` or `speed`, its rates apply;
    if the table has none for it, the cost is unknown rather than the standard one. What a
    provider says it served a call as wins over what was asked for: that is what it charges.
    """

    def __init__(self, model: Model, *, at: datetime | None = None) -> None:
        self._model = model
        self._at = at
        self._tiers: dict[str, Pricer] = {}

    @property
    def price(self) -> Price | None:
        """Rates per million tokens, below any long-context tier; None where none are known."""
        return None if self._offer is None else self._offer.price

    @property
    def flat(self) -> bool:
        """Whether `price` says all: False with long-context tiers, rates by the hour, fees."""
        return self._offer is None or self._offer.exact is None

    @property
    def context_window(self) -> int | None:
        """Tokens that the model takes in and gives out at most; None where nobody says."""
        return None if self._is_local else context_window(self._model)

    def cost(self, usage: Usage, *, tier: str | None = None) -> float | None:
        """Return the dollars that a call with this usage cost; None where they are not known.

        `tier` is its service tier where that may be another than the model's parameters say.
        Cached tokens and cache writes whose number is not reported are taken for none.
        """
        if tier is not None and not self._is_ours(tier):
            return self._at_tier(tier).cost(usage)
        if self._offer is None:
            return None
        if self._free:
            return 0.0
        price, exact, kept_long = self._offer
        if usage.cache_write_1h_tokens and kept_long is not None:
            return kept_long(usage)
        return flat_cost(price, usage) if exact is None else exact(usage)

    def charge(self, request: Request, completion: Completion) -> float | None:
        """Return the dollars that a call has cost; None where they are not known."""
        if completion.cost is not None:
            return completion.cost
        return self.cost(completion.usage, tier=completion.service_tier or asked_tier(request))

    def input_cost(self, tokens: int) -> float | None:
        """Return the dollars of an uncached input, as one call without a reply."""
        return self.cost(Usage(input_tokens=tokens, output_tokens=0))

    def _is_ours(self, tier: str) -> bool:
        if self._model.price is not None or self._is_local:
            return True
        ours = str(self._model.params.get("service_tier") or "default")
        return tier == ours or {tier, ours} <= STANDARD

    def _at_tier(self, tier: str) -> Pricer:
        if tier not in self._tiers:
            params = {**self._model.params, "service_tier": tier}
            self._tiers[tier] = Pricer(replace(self._model, params=params), at=self._at)
        return self._tiers[tier]

    @property
    def _is_local(self) -> bool:
        return self._model.identity.partition("/")[0] in FREE_PROVIDERS

    @cached_property
    def _offer(self) -> Offer | None:
        if self._model.price is not None:
            return Offer(self._model.price)
        if self._is_local:
            return Offer(FREE)
        return look_up(self._model, self._at)

    @cached_property
    def _free(self) -> bool:
        price = self.price
        return (
            price is not None
            and self.flat
            and not (price.input or price.output or price.cached_input or price.cache_write)
        )


def asked_tier(request: Request) -> str | None:
    """Return the service tier that a request asks for; a variant may ask for its own."""
    tier = request.params.get("service_tier")
    return None if tier is None else str(tier)


def price_of(model: Model, *, at: datetime | None = None) -> Price | None:
    """Return a model's rates in dollars per million tokens; None where none are known."""
    return Pricer(model, at=at).price


def cost(model: Model, usage: Usage, *, at: datetime | None = None) -> float | None:
    """Return the dollars of one call, None if unknown. For many calls, keep a `Pricer`."""
    return Pricer(model, at=at).cost(usage)


def table_version() -> str | None:
    """Return the release that the prices come from, as in "genai-prices 0.2.3"."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"genai-prices {version('genai-prices')}"
    except PackageNotFoundError:
        return None


@cache
def table_date() -> date | None:
    """Return the day up to which the price table is known to follow the providers.

    The package carries no date of its own. This is the latest of its dated price
    changes that is not still to come: the table is at least as new as that. Read
    from the package's source, without importing it.
    """
    spec = find_spec("genai_prices")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        source = (Path(spec.submodule_search_locations[0]) / "data.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.findall(r"start_date=datetime\.date\((\d+), (\d+), (\d+)\)", source)
    days = (date(int(year), int(month), int(day)) for year, month, day in found)
    today = datetime.now(UTC).date()
    return max((day for day in days if day <= today), default=None)
