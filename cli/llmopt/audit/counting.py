"""Tokens of texts and prompts, counted offline."""

from __future__ import annotations

from llmopt.domain import Model, Suite
from llmopt.errors import LlmoptError

ASSUMED_MODEL = "openai/gpt-4o"
"""Whose tokenizer counts a text where no model is known; it is published."""
MOST_CASES = 200


def text_tokens(text: str, model: str | None = None) -> int:
    """Count a text as `model` (with or without provider) would."""
    from llmopt.tokens import counter_for

    known = model if model and "/" in model else ASSUMED_MODEL
    return counter_for(known).text(text).tokens


def mean_input(suite: Suite, prompt: str, model: Model) -> float | None:
    """Return the mean input of a prompt's baseline variant over its first cases, in tokens."""
    from llmopt.files.template import compile_variant
    from llmopt.tokens import counter_for

    found = suite.prompts[prompt]
    counter = counter_for(model.identity)
    try:
        renderer = compile_variant(found.variants[found.baseline], found.format)
        counts = [
            counter.messages(renderer.render(case.vars)).tokens
            for case in suite.cases[prompt][:MOST_CASES]
        ]
    except LlmoptError:
        return None
    return sum(counts) / len(counts) if counts else None
