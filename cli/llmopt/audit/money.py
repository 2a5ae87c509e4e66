"""What failures cost a month: from the project's own counts, prices, traffic and usage logs.

Nothing here is guessed: where a figure is not known, the saving is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from llmopt import numbers
from llmopt.audit.counting import text_tokens
from llmopt.audit.facts import Facts
from llmopt.audit.models import price_of, size_of
from llmopt.audit.phrases import needless
from llmopt.audit.probes.usage.facts import Record, UsageLog, dollars, total
from llmopt.domain import Saving

BATCH_DISCOUNT = 0.5
"""OpenAI's and Anthropic's batch API documentation: half the standard price."""


def cheapest_small(facts: Facts) -> str | None:
    """Return the cheapest small model that the project itself names."""
    named = {*facts.models, *(model.id for model in facts.project.models)}
    for comparison in facts.comparisons:
        named.update(comparison.models)
    priced = [
        (price.input + price.output, name)
        for name in named
        if size_of(name) == "small" and (price := price_of(name)) is not None
    ]
    return min(priced)[1] if priced else None


def over(log: UsageLog) -> str:
    """Say what a month is told from."""
    days = log.days or 0
    return (
        f"{len(log.records):,} requests over {days:.0f} day{'s' * (round(days) != 1)}, as a month"
    )


def of_records(
    log: UsageLog, records: Sequence[Record], said: str, *, share: float = 1.0
) -> Saving | None:
    """Price requests that need not have been made, or not at their full price."""
    if not records or not log.months:
        return None
    spent = total(dollars(record) for record in records)
    tokens = total(record.tokens for record in records) if share == 1.0 else None
    money = log.a_month(None if spent is None else spent * share)
    return Saving(log.a_month(tokens), money, f"{said}; {over(log)}")


def on_small(facts: Facts, wanted: Callable[[Record], bool], said: str) -> Saving | None:
    """Price requests to large models on the cheapest small model that the project names."""
    log, small = facts.usage, cheapest_small(facts)
    records = [record for record in log.large if wanted(record)]
    if records and small and log.months:
        spent = total(dollars(record) for record in records)
        instead = total(dollars(record, small) for record in records)
        saved = None if spent is None or instead is None else max(spent - instead, 0.0)
        return Saving(
            None,
            log.a_month(saved),
            f"{said} on {small} at its price, an upper bound; {over(log)}",
        )
    return None


def all_on_small(facts: Facts) -> Saving | None:
    """Price all that large models answer on a small one, by usage log or by traffic."""
    saving = on_small(facts, lambda _: True, "requests to large models")
    return saving or _traffic_on_small(facts)


def _traffic_on_small(facts: Facts) -> Saving | None:
    model, small = facts.project.baseline_model, cheapest_small(facts)
    if model is None or small is None or size_of(model.id) != "large":
        return None
    old, new = price_of(model.id), price_of(small)
    inputs = [
        prompt.mean_tokens * prompt.calls_a_month
        for prompt in facts.project.prompts
        if prompt.mean_tokens is not None and prompt.calls_a_month is not None
    ]
    if not inputs or old is None or new is None:
        return None
    return Saving(
        None,
        sum(inputs) * max(old.input - new.input, 0.0) / 1e6,
        f"input of prompts with traffic on {small} instead of {model.id}, an upper bound; "
        "replies left out",
    )


def of_text(facts: Facts, tokens_of: Callable[[str], int], said: str) -> Saving | None:
    """Price tokens of prompt texts that need not be sent, by traffic or by usage log."""
    own = _of_prompts(facts, tokens_of, said)
    return own or _of_code(facts, tokens_of, said)


def _of_prompts(facts: Facts, tokens_of: Callable[[str], int], said: str) -> Saving | None:
    model = facts.project.baseline_model
    price = (model.price or price_of(model.id)) if model else None
    counted = [
        (sum(tokens_of(text.text) for text in prompt.texts), prompt.calls_a_month)
        for prompt in facts.project.prompts
    ]
    known = [(tokens, calls) for tokens, calls in counted if tokens and calls is not None]
    if not known:
        return None
    tokens = sum(count * calls for count, calls in known)
    money = None if price is None else tokens * price.input / 1e6
    return Saving(
        tokens, money, f"{said}, at the traffic of llmopt.yaml and {_named(model)}'s input price"
    )


def _named(model: object) -> str:
    return str(getattr(model, "id", "the model"))


def _of_code(facts: Facts, tokens_of: Callable[[str], int], said: str) -> Saving | None:
    texts, log = facts.code.texts, facts.usage
    if not texts or log.calls_a_month is None:
        return None
    mean = sum(tokens_of(text.text) for text in texts) / len(texts)
    if not mean:
        return None
    tokens = mean * log.calls_a_month
    rates = [price_of(record.model) if record.model else None for record in log.records]
    known = [rate.input for rate in rates if rate is not None]
    money = tokens * sum(known) / len(known) / 1e6 if len(known) == len(rates) else None
    return Saving(
        tokens, money, f"{said}, {mean:.1f} a text on average, each text as common; {over(log)}"
    )


def needless_tokens(text: str) -> int:
    """Count the tokens of a text's needless phrases."""
    return sum(text_tokens(phrase) for phrase in needless(text))


def example_tokens(examples: Iterable[str]) -> int:
    """Count the tokens of worked examples."""
    return sum(text_tokens(example) for example in examples)


def of_examples(facts: Facts) -> Saving | None:
    """Price the worked examples of llmopt prompts, by their traffic."""
    model = facts.project.baseline_model
    price = (model.price or price_of(model.id)) if model else None
    known = [
        example_tokens(prompt.examples) * prompt.calls_a_month
        for prompt in facts.project.prompts
        if prompt.examples and prompt.calls_a_month is not None
    ]
    if not known:
        return None
    money = None if price is None else sum(known) * price.input / 1e6
    return Saving(sum(known), money, "the examples' tokens, at the traffic of llmopt.yaml")


def in_batches(facts: Facts) -> Saving | None:
    """Halve what requests cost for which nobody waited."""
    waiting = facts.usage.where(lambda r: r.interactive is False and not r.batched)
    said = f"half of what {len(waiting):,} requests without a waiting user cost"
    return of_records(facts.usage, waiting, said, share=BATCH_DISCOUNT)


def of_repeats(facts: Facts) -> Saving | None:
    """Price the requests that repeat an earlier one."""
    share = len(facts.usage.repeats) / max(len(facts.usage.records), 1)
    said = f"{numbers.percent(share, digits=1)} of requests repeat an earlier one"
    return of_records(facts.usage, facts.usage.repeats, said)


def of_similar(facts: Facts) -> Saving | None:
    """Price the requests that say what an earlier one said."""
    share = len(facts.usage.similar) / max(len(facts.usage.records), 1)
    said = f"{numbers.percent(share, digits=1)} of requests resemble an earlier one, an upper bound"
    return of_records(facts.usage, facts.usage.similar, said)


def of_repeated_embeddings(facts: Facts) -> Saving | None:
    """Price the embedding requests that repeat an earlier one."""
    again = [r for r in facts.usage.repeats if r.model and "embed" in r.model]
    return of_records(facts.usage, again, "embedding requests that repeat an earlier one")


def of_long_replies(facts: Facts) -> Saving | None:
    """Price the output above the median reply of each feature."""
    log = facts.usage
    above = log.output_above_median
    if not above or not log.months:
        return None
    said = "output tokens above the median reply of each feature, an upper bound"
    return Saving(None, log.a_month(above), f"{said}; {over(log)}")


def of_prefixes(facts: Facts) -> Saving | None:
    """Price the input that requests of a feature begin with alike, read from the provider's cache.

    The share is of characters; only models whose cached price is known count, and what
    was read from the cache already is left out.
    """
    log = facts.usage
    saved = 0.0
    tokens = 0.0
    for feature, records in log.by_feature().items():
        share = log.prefixes.get(feature, 0.0)
        for record in records:
            price = price_of(record.model) if record.model else None
            if price is None or price.cached_input is None or record.input_tokens is None:
                continue
            shared = record.input_tokens * share
            if shared < FEWEST_CACHED:
                continue
            fresh = max(shared - (record.cached_input_tokens or 0), 0.0)
            tokens += fresh
            saved += fresh * (price.input - price.cached_input) / 1e6
    if not saved or not log.months:
        return None
    said = "input that all requests of a feature begin with, at the price of cached input"
    return Saving(None, log.a_month(saved), f"{said}, writes left out; {over(log)}")


FEWEST_CACHED = 1_024
"""Tokens of an equal beginning from which providers cache; OpenAI's documentation."""
