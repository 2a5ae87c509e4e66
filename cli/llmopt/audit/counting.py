"""Tokens of texts, counted offline."""

from __future__ import annotations

ASSUMED_MODEL = "openai/gpt-4o"
"""Whose tokenizer counts a text where no model is known; it is published."""


def text_tokens(text: str, model: str | None = None) -> int:
    """Count a text as `model` (with or without provider) would."""
    from llmopt.tokens import counter_for

    known = model if model and "/" in model else ASSUMED_MODEL
    return counter_for(known).text(text).tokens
