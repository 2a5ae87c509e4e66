"""Counting a suite offline: what a baseline file holds, and what is compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmopt.domain import Candidate, Model, Prompt, Suite, Variant
from llmopt.files.template import render_examples
from llmopt.gate.baseline import Baseline, Entry, PromptState
from llmopt.gate.identity import case_set, template_digest
from llmopt.measure.footprint import Footprint, Unmeasured, measure
from llmopt.measure.prefix import StaticPrefix
from llmopt.prices.table import Pricer, table_date
from llmopt.tokens.counting import Counter, counter_for


@dataclass(frozen=True, slots=True)
class Stock:
    """What was counted, as a baseline that nobody has written yet, and what could not be."""

    figures: Baseline
    unmeasured: tuple[Unmeasured, ...]
    prefixes: Mapping[Candidate, StaticPrefix]
    """What the cases of each candidate share at the beginning, and what ends it."""


def take_stock(suite: Suite, models: Sequence[Model]) -> Stock:
    """Count every variant on every model over its prompt's cases.

    Raises:
        InputError: cases that a variant cannot be rendered with.
    """
    measured = measure(suite, models)
    counters = {model.name: counter_for(model.identity) for model in models}
    entries = [
        _entry(suite, found, counters[found.candidate.model]) for found in measured.footprints
    ]
    date = table_date()
    figures = Baseline(
        prompts={
            name: PromptState(suite.prompts[name].baseline, case_set(suite.cases.get(name, ())))
            for name in dict.fromkeys(entry.candidate.prompt for entry in entries)
        },
        prices={model.name: Pricer(model).price for model in models},
        entries={entry.candidate: entry for entry in entries},
        price_table=date.isoformat() if date else None,
    )
    prefixes = {found.candidate: found.prefix for found in measured.footprints}
    return Stock(figures, measured.unmeasured, prefixes)


def _entry(suite: Suite, found: Footprint, counter: Counter) -> Entry:
    prompt = suite.prompts[found.candidate.prompt]
    variant = prompt.variants[found.candidate.variant]
    return Entry(
        candidate=found.candidate,
        template=template_digest(prompt, variant),
        message_tokens=_message_tokens(prompt, variant, counter),
        tokenizer=counter.label,
        input_tokens=found.mean_tokens,
        max_input_tokens=found.max_tokens,
        static_prefix_tokens=found.static_prefix_tokens,
    )


def _message_tokens(prompt: Prompt, variant: Variant, counter: Counter) -> tuple[int, ...]:
    """Count each message's template, then the rendered examples where it has some."""
    tokens = [counter.text(message.text).tokens for message in variant.messages]
    examples = render_examples(variant, prompt.format)
    return (*tokens, *([] if examples is None else [counter.text(examples).tokens]))
