from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from statistics import median
from typing import NamedTuple

from llmopt.audit.models import price_of, size_of
from llmopt.domain import Evidence, Usage
from llmopt.numbers import DAYS_PER_MONTH
from llmopt.prices.lookup import flat_cost

EASY_INPUT, EASY_OUTPUT = 500, 64
"""Tokens of a request that a small model may well answer."""
_DAY = 86_400.0


class Record(NamedTuple):
    """One request; None is unknown. `prompt` and `similar` are digests of its text.

    Times are seconds since 1970, costs dollars, `interactive` whether somebody waited.
    """

    at: float | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_input_tokens: int | None
    cost: float | None
    latency_ms: float | None
    feature: str | None
    tenant: str | None
    prompt: int | None
    similar: int | None
    interactive: bool | None
    batched: bool
    cached: bool

    @property
    def easy(self) -> bool:
        return (
            self.input_tokens is not None
            and self.output_tokens is not None
            and self.input_tokens <= EASY_INPUT
            and self.output_tokens <= EASY_OUTPUT
        )

    @property
    def tokens(self) -> int | None:
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens


def dollars(record: Record, model: str | None = None) -> float | None:
    """Return what a request cost, or would have on another model at its standard price."""
    if model is None and record.cost is not None:
        return record.cost
    name = model or record.model
    price = price_of(name) if name else None
    if price is None:
        return None
    cached = record.cached_input_tokens if model is None else None
    return flat_cost(price, Usage(record.input_tokens, record.output_tokens, cached))


@dataclass(frozen=True)
class UsageLog:
    """The requests of all usage logs.

    `prefixes` is the share of a feature's texts that all of them begin with, in characters.
    """

    records: tuple[Record, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    prefixes: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.records)

    @cached_property
    def days(self) -> float | None:
        """Days covered, at least one; None where the log does not say when."""
        times = [record.at for record in self.records if record.at is not None]
        return max((max(times) - min(times)) / _DAY, 1.0) if times else None

    @property
    def months(self) -> float | None:
        """The share of a month that the log covers: divide by it to have a month."""
        return None if self.days is None else self.days / DAYS_PER_MONTH

    def a_month(self, total: float | None) -> float | None:
        return None if total is None or not self.months else total / self.months

    @property
    def calls_a_month(self) -> float | None:
        return self.a_month(len(self.records))

    def where(self, test: Callable[[Record], bool]) -> tuple[Record, ...]:
        return tuple(record for record in self.records if test(record))

    @cached_property
    def told_apart(self) -> bool:
        """Whether the log has the texts (or digests) by which repeats are seen."""
        return any(record.prompt is not None for record in self.records)

    @cached_property
    def worded(self) -> bool:
        """Whether the log has texts that can be said in other words, not fingerprints of them."""
        return any(record.similar is not None for record in self.records)

    @cached_property
    def repeats(self) -> tuple[Record, ...]:
        """Requests that repeat an earlier one: same model, same prompt."""
        return _later(self.records, lambda r: None if r.prompt is None else (r.model, r.prompt))

    @cached_property
    def similar(self) -> tuple[Record, ...]:
        """Requests that say what an earlier one said, exact repeats left out."""
        exact = {id(record) for record in self.repeats}
        again = _later(self.records, lambda r: None if r.similar is None else (r.model, r.similar))
        return tuple(record for record in again if id(record) not in exact)

    @cached_property
    def large(self) -> tuple[Record, ...]:
        return self.where(
            lambda record: record.model is not None and size_of(record.model) == "large"
        )

    @cached_property
    def tenants(self) -> frozenset[str]:
        return frozenset(record.tenant for record in self.records if record.tenant)

    @cached_property
    def models(self) -> Mapping[str, int]:
        return Counter(record.model for record in self.records if record.model)

    @cached_property
    def spend_by_day(self) -> Mapping[str, float]:
        days: defaultdict[str, float] = defaultdict(float)
        for record in self.records:
            cost = dollars(record)
            if record.at is not None and cost is not None:
                days[datetime.fromtimestamp(record.at, UTC).date().isoformat()] += cost
        return days

    @cached_property
    def mean_output(self) -> float | None:
        known = [r.output_tokens for r in self.records if r.output_tokens is not None]
        return sum(known) / len(known) if known else None

    @cached_property
    def p95_input(self) -> int | None:
        known = sorted(r.input_tokens for r in self.records if r.input_tokens is not None)
        return known[int(0.95 * (len(known) - 1))] if known else None

    def by_feature(self) -> Mapping[str, list[Record]]:
        groups: defaultdict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            groups[record.feature or ""].append(record)
        return groups

    @cached_property
    def output_above_median(self) -> float | None:
        """Dollars of output tokens above the median reply of each feature; None if unpriced."""
        total = 0.0
        for records in self.by_feature().values():
            known = [r for r in records if r.output_tokens is not None]
            middle = median([r.output_tokens or 0 for r in known]) if known else 0
            for record in known:
                price = price_of(record.model) if record.model else None
                if price is None:
                    return None
                total += max((record.output_tokens or 0) - middle, 0) * price.output / 1e6
        return total


def _later(records: Iterable[Record], key: Callable[[Record], object]) -> tuple[Record, ...]:
    seen: set[object] = set()
    later = []
    for record in records:
        of = key(record)
        if of is None:
            continue
        if of in seen and not record.cached:
            later.append(record)
        seen.add(of)
    return tuple(later)


def total(values: Iterable[float | None]) -> float | None:
    """Add up; an unknown part makes the sum unknown."""
    known = list(values)
    if any(value is None for value in known):
        return None
    return sum(value for value in known if value is not None)
