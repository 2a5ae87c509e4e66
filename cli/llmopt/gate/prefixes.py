"""Prompt caching: a shared beginning that fell below what the provider caches.

Fewer tokens can cost more: 1,100 cached tokens bill as 110 at a tenth of the price,
900 uncached ones as 900. So dollars decide here, not tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmopt import numbers
from llmopt.domain import Candidate, Evidence, Finding, Limit, Price, Saving, Severity
from llmopt.gate.baseline import Entry
from llmopt.gate.comparing import Comparison
from llmopt.gate.limits import Limits, judged
from llmopt.gate.matching import Match
from llmopt.gate.rules import BY_NAME
from llmopt.measure.discount import asks_for_cache, minimum_prefix, taken_off_warm
from llmopt.measure.prefix import StaticPrefix


def lost_prefixes(
    comparison: Comparison, limits: Limits, prefixes: Mapping[Candidate, StaticPrefix]
) -> Iterator[Finding]:
    """Yield a finding for each candidate whose shared beginning is no longer cached.

    It fails the gate where a call, its cached part at the provider's rate, now costs
    more than the limit on `cost` allows; else it warns.
    """
    for candidate, found in comparison.matching.matches.items():
        model = comparison.models[candidate.model]
        variant = comparison.suite.prompts[candidate.prompt].variants[candidate.variant]
        least = minimum_prefix(model)
        price = comparison.now.prices.get(candidate.model)
        now, then = comparison.now.entries[candidate], found.then
        if least is None or not asks_for_cache(model, marked=variant.cache):
            continue
        if now.static_prefix_tokens < least <= then.static_prefix_tokens and price:
            if comparison.change(candidate, found).tokenizer:
                continue
            limit = limits.of_prompt(candidate.prompt).get("cost")
            yield _finding(comparison, candidate, found, least, price, limit, prefixes)


def call_dollars(entry: Entry, price: Price, least: int) -> float:
    """Price an average input whose shared beginning is cached from `least` tokens on."""
    taken_off = taken_off_warm(entry.static_prefix_tokens, least, price)
    return entry.input_tokens * price.input / 1_000_000 - taken_off


def _finding(
    comparison: Comparison,
    candidate: Candidate,
    found: Match,
    least: int,
    price: Price,
    limit: Limit | None,
    prefixes: Mapping[Candidate, StaticPrefix],
) -> Finding:
    now, then = comparison.now.entries[candidate], found.then
    before, after = (call_dollars(entry, price, least) for entry in (then, now))
    failed = limit is not None and judged(limit, after, before)[0] == "fail"
    severity: Severity = "error" if failed else "warning"
    prefix = prefixes.get(candidate)
    place = (prefix.place if prefix else None) or comparison.place(candidate, then)
    return Finding(
        rule=BY_NAME["cached-prefix-lost"],
        severity=severity,
        message=f"{candidate}: the beginning that all cases share fell from "
        f"{then.static_prefix_tokens:,} to {now.static_prefix_tokens:,} tokens, below the "
        f"{least:,} that are cached: the input of a call costs {numbers.dollars(before)} → "
        f"{numbers.dollars(after)}{_although(now, then)}",
        key="/".join(candidate),
        place=place,
        evidence=tuple(_evidence(prefix)),
        saving=_saving(comparison, candidate, after - before),
    )


def _although(now: Entry, then: Entry) -> str:
    return ", although it has fewer tokens" if now.input_tokens < then.input_tokens else ""


def _evidence(prefix: StaticPrefix | None) -> Iterator[Evidence]:
    if prefix and prefix.variable:
        yield Evidence(f"'{prefix.variable}' is the first that varies", prefix.place)


def _saving(comparison: Comparison, candidate: Candidate, lost: float) -> Saving | None:
    calls = comparison.suite.config.traffic.get(candidate.prompt)
    if calls is None or lost <= 0:
        return None
    assumption = f"{calls:,.0f} calls a day that find the cache warm"
    return Saving(None, lost * calls * numbers.DAYS_PER_MONTH, assumption)
