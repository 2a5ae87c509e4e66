"""What a provider's prompt cache takes off a candidate's input, and what it would if it could."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmopt.domain import Model
from llmopt.measure.footprint import DAYS_PER_MONTH, Footprint
from llmopt.measure.prefix import StaticPrefix
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


@dataclass(frozen=True, slots=True)
class Discount:
    """What a candidate's static prefix is worth.

    `minimum` is the model's, None where it is not known, and `cached` whether the
    prefix reaches it. `fixed_tokens` are all that the variant writes itself: what the
    prefix would be with everything that varies behind it. Dollars are a month at the
    declared traffic, at most (every call finding the cache warm): `taken_off` now,
    `lost` for fixed text that stands behind the first varying place, where moving it
    would reach the minimum; None where prices, traffic or the minimum are not known.
    """

    footprint: Footprint
    prefix: StaticPrefix
    minimum: int | None
    cached: bool | None
    fixed_tokens: int
    taken_off: float | None
    lost: float | None


def minimum_prefix(model: Model) -> int | None:
    """Return the tokens from which a model's provider caches a prefix; None if not known."""
    name = model.identity
    return next((least for pattern, least in MINIMUMS if re.match(pattern, name)), None)


def discount(footprint: Footprint, model: Model, *, calls_a_day: float | None) -> Discount:
    """Say what the prompt cache is worth to a candidate."""
    prefix, fixed = footprint.prefix, max(footprint.fixed_tokens, footprint.prefix.tokens)
    minimum = minimum_prefix(model)
    cached = None if minimum is None else prefix.tokens >= minimum
    worth = _per_token(model)
    monthly = None
    if worth is not None and calls_a_day is not None:
        monthly = worth * calls_a_day * DAYS_PER_MONTH
    taken_off = lost = None
    if monthly is not None and minimum is not None:
        taken_off = prefix.tokens * monthly if cached else 0.0
        lost = fixed * monthly - taken_off if fixed >= minimum else 0.0
    return Discount(footprint, prefix, minimum, cached, fixed, taken_off, lost)


def _per_token(model: Model) -> float | None:
    """Return the dollars that a cached token costs less than another."""
    price = Pricer(model).price
    if price is None or price.cached_input is None:
        return None
    return (price.input - price.cached_input) / 1_000_000
