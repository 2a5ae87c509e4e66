"""Offline token counts: exact where a model's tokenizer is published, marked where not."""

from llmopt.tokens.counting import Counter, counter_for

__all__ = ["Counter", "counter_for"]
