"""What a provider's prompt cache is worth, in sentences and as plain values."""

from __future__ import annotations

from typing import Any

from llmopt import numbers
from llmopt.measure.discount import Dearer, Discount
from llmopt.measure.footprint import Footprint

NOTABLE_GAIN = 0.01
"""Share of a cached prefix that moving fixed text must add to be worth a sentence."""


def caching_sentence(one: Discount) -> str:
    """Say what the prompt cache is worth to a candidate, and what stands in its way."""
    prefix, candidate = one.prefix, one.footprint.candidate
    about = "" if one.footprint.exact else "~"
    static = f"{about}{numbers.count(prefix.tokens)}"
    mean = f"{about}{numbers.count(round(one.footprint.mean_tokens))}"
    opening = f"{candidate}: the first {static} of {mean} tokens never change"
    if one.minimum is None:
        return f"{opening}; from how many on its provider caches is not known."
    if one.fixed_tokens < one.minimum:
        return (
            f"{opening}; caching begins at {numbers.count(one.minimum)}, and it has "
            f"{numbers.count(one.fixed_tokens)} fixed tokens in all."
        )
    if one.cached:
        gain = one.fixed_tokens - prefix.tokens
        more = f" Fixed text behind {_first(one)} would add{_at_most(one.lost)}."
        notable = one.lost and gain > NOTABLE_GAIN * prefix.tokens
        return f"{opening} and can be cached{_at_most(one.taken_off)}.{more if notable else ''}"
    if prefix.tokens >= one.minimum:
        return f"{opening}. With `cache: true` they could be cached{_at_most(one.lost)}."
    asking = "" if one.asked else " and `cache: true`"
    return (
        f"{opening}; caching begins at {numbers.count(one.minimum)}. With {_first(one)} behind its "
        f"fixed text{asking}, {numbers.count(one.fixed_tokens)} could be cached"
        f"{_at_most(one.lost)}."
    )


def dearer_sentence(one: Dearer) -> str:
    """Say that a variant's saving of tokens costs money once its baseline is cached."""
    variant, base = one.variant, one.baseline
    new, old = (d.footprint.candidate for d in (variant, base))
    monthly = _calls_a_month(variant.footprint)
    calls, unit = (1000, "1,000 calls") if monthly is None else (monthly, "a month")
    now, then = (numbers.dollars((d.warm or 0.0) * calls) for d in (variant, base))
    return (
        f"{new} has fewer tokens than {old.variant}, but less of it is cached"
        f"{_below(variant)}: with a warm cache the input of {unit} costs about {now}, not {then}."
    )


def as_values(one: Discount) -> dict[str, Any]:
    """Return what the cache is worth under the names of the JSON document."""
    prefix = one.prefix
    return {
        **one.footprint.candidate._asdict(),
        "static_prefix_tokens": prefix.tokens,
        "fixed_tokens": one.fixed_tokens,
        "minimum_tokens": one.minimum,
        "asked": one.asked,
        "cached": one.cached,
        "varies_first": prefix.variable,
        "message": prefix.message,
        "role": prefix.role,
        "characters": prefix.characters,
        "file": prefix.place and prefix.place.file,
        "line": prefix.place and prefix.place.line,
        "column": prefix.place and prefix.place.column,
        "dollars_per_warm_call": one.warm,
        "dollars_taken_off_per_month": one.taken_off,
        "dollars_lost_per_month": one.lost,
    }


def dearer_values(one: Dearer) -> dict[str, Any]:
    """Return a saving that costs money under the names of the JSON document."""
    return {
        **one.variant.footprint.candidate._asdict(),
        "baseline": one.baseline.footprint.candidate.variant,
        "dollars_per_warm_call": one.variant.warm,
        "baseline_dollars_per_warm_call": one.baseline.warm,
    }


def _first(one: Discount) -> str:
    prefix = one.prefix
    return f"{{{{ {prefix.variable} }}}} at {prefix.place}" if prefix.variable else "what varies"


def _below(one: Discount) -> str:
    if one.minimum is None or one.prefix.tokens >= one.minimum:
        return ""
    least, static = numbers.count(one.minimum), numbers.count(one.prefix.tokens)
    return f" (caching begins at {least} static tokens, it has {static})"


def _calls_a_month(footprint: Footprint) -> float | None:
    monthly, one = footprint.dollars_per_month, footprint.dollars_per_call
    return monthly / one if monthly and one else None


def _at_most(dollars: float | None) -> str:
    return f": at most about {numbers.dollars(dollars)} a month" if dollars else ""
