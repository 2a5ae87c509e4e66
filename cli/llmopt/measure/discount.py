"""What a provider's prompt cache takes off a candidate's input, and what it would if it could."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from llmopt.domain import Model, Price
from llmopt.measure.footprint import Footprint
from llmopt.measure.prefix import StaticPrefix
from llmopt.numbers import DAYS_PER_MONTH
from llmopt.prices.table import Pricer

MINIMUMS: Sequence[tuple[str, int]] = (
    # developers.openai.com/api/docs/guides/prompt-caching: 1,024 for GPT-5.6 and later. Earlier
    # models depend on settings of the request: from 1,024 at the earliest.
    (r"openai/(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|chatgpt|o[1-9]|codex)", 1024),
    # platform.claude.com/docs/en/build-with-claude/prompt-caching
    (r"anthropic/claude-((fable|mythos)-5(?!-[2-9]\b)|opus-5|sonnet-5-5)", 512),
    (r"anthropic/claude-(opus-4-[56]|haiku-4-5)", 4096),
    (r"anthropic/claude-(opus-4-7|3-5-haiku|3-haiku|haiku-3|mythos-preview)", 2048),
    (r"anthropic/claude-(opus-4|sonnet-[45]|3-7-sonnet|3-5-sonnet|3-opus)", 1024),
    # ai.google.dev/gemini-api/docs/caching
    (r"google/gemini-2\.5-(flash|pro)", 2048),
    (r"google/gemini-(3\.[1-9]|4)", 4096),
)
"""Tokens from which a prefix is cached, by model; the first that fits holds."""

ON_REQUEST = frozenset({"anthropic"})
"""Providers that cache only what a request marks: a variant must say `cache: true`."""


@dataclass(frozen=True, slots=True)
class Discount:
    """What a candidate's static prefix is worth.

    `minimum` is the model's, None where it is not known, `asked` whether the provider
    caches by itself or is told to, and `cached` whether it does: then the prefix also
    reaches the minimum. `fixed_tokens` are all that the variant writes itself: what the
    prefix would be with everything that varies behind it. Dollars are those of a cache
    that every call finds warm: `taken_off` a month at the declared traffic, at most, and
    `lost` what asking for it, and moving fixed text before the first varying place,
    would take off besides; `warm` those of one call's input. None where prices, traffic
    or the minimum are not known.
    """

    footprint: Footprint
    prefix: StaticPrefix
    minimum: int | None
    asked: bool
    cached: bool | None
    fixed_tokens: int
    taken_off: float | None
    lost: float | None
    warm: float | None


@dataclass(frozen=True, slots=True)
class Dearer:
    """A variant of fewer tokens than its baseline that costs more once the cache is warm."""

    variant: Discount
    baseline: Discount


def minimum_prefix(model: Model) -> int | None:
    """Return the tokens from which a model's provider caches a prefix; None if not known."""
    name = model.identity
    return next((least for pattern, least in MINIMUMS if re.match(pattern, name)), None)


def asks_for_cache(model: Model, *, marked: bool) -> bool:
    """Whether a prefix is offered to the cache; `marked`: the variant says `cache: true`."""
    return marked or model.identity.partition("/")[0] not in ON_REQUEST


def taken_off_warm(prefix_tokens: float, minimum: int, price: Price) -> float:
    """Return the dollars that a warm cache takes off one call.

    That is the prefix at the difference of both rates: nothing below the minimum, nor
    where the provider has no rate for cached tokens.
    """
    if prefix_tokens < minimum or price.cached_input is None:
        return 0.0
    return prefix_tokens * (price.input - price.cached_input) / 1_000_000


def discount(
    footprint: Footprint, model: Model, *, calls_a_day: float | None, marked: bool
) -> Discount:
    """Say what the prompt cache is worth to a candidate; `marked`: its variant asks for it."""
    prefix, fixed = footprint.prefix, max(footprint.fixed_tokens, footprint.prefix.tokens)
    minimum = minimum_prefix(model)
    asked = asks_for_cache(model, marked=marked)
    cached = None if minimum is None else asked and prefix.tokens >= minimum
    price = Pricer(model).price
    warm = footprint.dollars_per_call if cached is False else None
    taken_off = lost = None
    if price is not None and price.cached_input is not None and minimum is not None:
        now = taken_off_warm(prefix.tokens, minimum, price) if asked else 0.0
        best = taken_off_warm(fixed, minimum, price)
        if footprint.dollars_per_call is not None:
            warm = footprint.dollars_per_call - now
        if calls_a_day is not None:
            calls = calls_a_day * DAYS_PER_MONTH
            taken_off, lost = now * calls, (best - now) * calls
    return Discount(footprint, prefix, minimum, asked, cached, fixed, taken_off, lost, warm)


def dearer(discounts: Iterable[Discount], baselines: Mapping[str, str]) -> tuple[Dearer, ...]:
    """Find variants whose saving of tokens turns into a loss where the baseline is cached.

    A prefix cut below the minimum loses its whole discount. `baselines` maps a prompt to
    its baseline variant; compared is on the same model.
    """
    known = {one.footprint.candidate: one for one in discounts}
    found: list[Dearer] = []
    for candidate, one in known.items():
        base = known.get(candidate._replace(variant=baselines[candidate.prompt]))
        if base is None or one.warm is None or base.warm is None:
            continue
        fewer = one.footprint.mean_tokens < base.footprint.mean_tokens
        if fewer and one.warm > base.warm:
            found.append(Dearer(one, base))
    return tuple(found)
