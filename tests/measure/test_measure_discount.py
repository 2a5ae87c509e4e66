from __future__ import annotations

import pytest

from llmopt.domain import Model
from llmopt.measure.discount import minimum_prefix


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("openai/gpt-5-mini", 1024),
        ("openai/gpt-5.6", 1024),
        ("openai/gpt-4", None),  # before prompt caching
        ("openai/llama3.1:8b", None),
        ("anthropic/claude-opus-5", 512),
        ("anthropic/claude-fable-5-1", 512),
        ("anthropic/claude-fable-5-2", None),  # not stated
        ("anthropic/claude-sonnet-5", 1024),
        ("anthropic/claude-sonnet-5-5", 512),
        ("anthropic/claude-opus-4-8", 1024),
        ("anthropic/claude-opus-4-7", 2048),
        ("anthropic/claude-opus-4-6", 4096),
        ("anthropic/claude-opus-4-5-20251101", 4096),
        ("anthropic/claude-opus-4-20250514", 1024),
        ("anthropic/claude-haiku-4-5", 4096),
        ("anthropic/claude-next", None),
        ("google/gemini-2.5-flash", 2048),
        ("google/gemini-2.5-pro", 2048),
        ("google/gemini-3.8-flash", 4096),
        ("google/gemini-1.5-pro", None),
        ("mistral/mistral-large", None),
    ],
)
def test_a_model_s_minimum_is_what_its_provider_states(model: str, tokens: int | None) -> None:
    assert minimum_prefix(Model(model, model)) == tokens
