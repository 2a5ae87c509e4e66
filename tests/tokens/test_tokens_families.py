from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tiktoken.model import MODEL_PREFIX_TO_ENCODING, MODEL_TO_ENCODING

from llmopt.tokens.families import RULES, Frame, tokenizer_of

# Ordinary text: o200k_harmony is o200k_base with more special tokens.
PUBLISHED = {
    name: encoding.replace("o200k_harmony", "o200k_base")
    for name, encoding in {
        **MODEL_TO_ENCODING,
        **{f"{prefix}2030-01-01": name for prefix, name in MODEL_PREFIX_TO_ENCODING.items()},
    }.items()
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_exact_agrees_with_tiktoken_s_own_table(name: str) -> None:
    tokenizer = tokenizer_of(f"openai/{name}")
    assert tokenizer.basis != "exact" or tokenizer.encoding == PUBLISHED[name]


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("openai/gpt-3.5-turbo", "cl100k_base"),
        ("openai/gpt-4", "cl100k_base"),
        ("openai/gpt-4-turbo-2024-04-09", "cl100k_base"),
        ("openai/gpt-4o", "o200k_base"),
        ("openai/gpt-4o-mini", "o200k_base"),
        ("openai/gpt-4.1-nano", "o200k_base"),
        ("openai/gpt-5-mini", "o200k_base"),
        ("openai/gpt-5.6-sol", "o200k_base"),
        ("openai/o1", "o200k_base"),
        ("openai/o3-mini", "o200k_base"),
        ("openai/o4-mini-2025-04-16", "o200k_base"),
        ("openai/ft:gpt-4o-mini-2024-07-18:acme::abc", "o200k_base"),
        ("openai/ft:gpt-3.5-turbo-0125:acme::abc", "cl100k_base"),
        ("azure/gpt-4o", "o200k_base"),
        ("openrouter/openai/gpt-4o", "o200k_base"),
        ("embedded/rules", "o200k_base"),
        ("openai/gpt-4.7", "o200k_base (assumed)"),
        ("openai/gpt-6-sol", "o200k_base (assumed)"),
        ("openai/o4", "o200k_base (assumed)"),
        ("openai/codex-mini-latest", "o200k_base (assumed)"),
        # tiktoken's prefix `ft:gpt-4` would give it cl100k.
        ("openai/ft:gpt-4.1-2025-04-14:acme::abc", "o200k_base (assumed)"),
    ],
)
def test_openai_names_find_their_encoding(model: str, label: str) -> None:
    assert tokenizer_of(model).label == label


@pytest.mark.parametrize(
    ("model", "same_as"),
    [
        ("anthropic/claude-3-5-sonnet-20241022", "anthropic/claude-haiku-4-5"),
        ("anthropic/claude-opus-4-20250514", "anthropic/claude-haiku-4-5"),
        ("bedrock/us.anthropic.claude-sonnet-4-5-v1:0", "anthropic/claude-haiku-4-5"),
        ("openrouter/anthropic/claude-opus-4.6", "anthropic/claude-haiku-4-5"),
        ("anthropic/claude-opus-4-8", "anthropic/claude-sonnet-5"),
        ("openrouter/anthropic/claude-opus-4.8", "anthropic/claude-sonnet-5"),
        ("anthropic/claude-haiku-5-5", "anthropic/claude-sonnet-5"),
        ("anthropic/claude-of-tomorrow", "anthropic/claude-sonnet-5"),
        ("openai/llama3.1:8b", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        ("mistral/open-mixtral-8x7b", "mistral/open-mistral-7b"),
        ("mistral/codestral-2508", "mistral/mistral-small-latest"),
        ("openai/my-own-model", "google/gemini-2.5-pro"),
    ],
)
def test_names_of_one_family_count_alike(model: str, same_as: str) -> None:
    assert tokenizer_of(model) == tokenizer_of(same_as)


def test_newer_claudes_count_about_a_third_more_english_tokens_than_older_ones() -> None:
    old = tokenizer_of("anthropic/claude-opus-4-6").factors
    new = tokenizer_of("anthropic/claude-opus-4-7").factors
    assert old is not None
    assert new is not None
    assert 1.25 < new.english.value / old.english.value < 1.4


def test_a_compatible_server_s_model_is_never_taken_for_openai_s() -> None:
    for name in ("llama3.1:8b", "qwen3:4b", "gemma3", "phi4", "some-gpt-4-clone"):
        assert tokenizer_of(f"openai/{name}").basis == "estimated"


def test_what_is_estimated_never_claims_a_known_frame_and_says_its_error() -> None:
    for tokenizer in RULES.values():
        if tokenizer.factors is None:
            assert tokenizer.basis != "estimated"
            assert "~" not in tokenizer.label
        else:
            assert tokenizer.basis == "estimated"
            assert not tokenizer.frame.known
            assert tokenizer.label.startswith("~ o200k × ")
            assert all(0 < factor.error < 1 for factor in tokenizer.factors)


def test_every_frame_covers_every_role() -> None:
    assert {"system", "user", "assistant"} < set(Frame._fields)


def test_factors_can_be_measured_again_with_whatever_tokenizers_are_installed(
    tmp_path: Path,
) -> None:
    (tmp_path / "prose.txt").write_text("Every word of this sentence counts. " * 40)
    done = subprocess.run(
        [sys.executable, "tools/measure_factors.py", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert "skipped" in line or "english" in line
