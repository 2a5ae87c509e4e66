"""What a model's name tells: its size, whether it is compact, whether it was superseded."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from llmopt.domain import Model, Price
from llmopt.numbers import DAYS_PER_MONTH

Size = Literal["small", "large"]

SMALL_WORDS = re.compile(
    r"(?i)(?:^|[-_./:\s])(?:mini|nano|micro|tiny|small|lite|flash|haiku|instant|8x?7b)(?:$|"
    r"[-_./:@\s\d])"
)
_PARAMETERS = re.compile(r"(?i)(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z0-9])")
SMALL_BILLIONS, LARGE_BILLIONS = 9.0, 30.0
LARGE_DOLLARS = 1.0
"""Dollars per million input tokens from which a model is large; words.py says so."""

QUANTIZED = re.compile(
    r"(?i)awq|gptq|int[48]|fp8|nf4|[48]-?bit|bnb|w[48]a\d+|gguf|(?:^|[-_.:])q[2-8](?:[-_.]|$)|mxfp4"
)
PRUNED = re.compile(r"(?i)prun|sparse|minitron|2of4")
DISTILLED = re.compile(r"(?i)^ft:|/ft:|distil")
SPECIALISED = re.compile(r"(?i)^ft:|/ft:|(?:^|[-_/])(?:code|coder|rerank|moderation|guard)")
SUPERSEDED = re.compile(
    r"(?i)^(?:.*/)?(?:gpt-3\.5.*|gpt-4(?:-\d{4})?(?:-preview)?|gpt-4-(?:32k|turbo|vision|1106|"
    r"0125).*|"
    r"(?:text|code)-davinci.*|o1-(?:preview|mini).*|claude-(?:1|2|instant|3-|3\.5).*|"
    r"(?:anthropic\.)claude-(?:v2|instant|3-).*|gemini-(?:pro|1\.0|1\.5).*|.*bison.*|llama-?2-.*|"
    r"mistral-7b-instruct-v0\.[12].*|command(?:-light)?)$"
)
_PROVIDERS = (
    (re.compile(r"(?i)^(?:gpt|o\d|chatgpt|text-|ft:)"), "openai"),
    (re.compile(r"(?i)claude"), "anthropic"),
    (re.compile(r"(?i)gemini"), "google"),
    (re.compile(r"(?i)^(?:mistral|codestral|ministral|magistral|open-mi)"), "mistral"),
    (re.compile(r"(?i)^command"), "cohere"),
    (re.compile(r"(?i)^deepseek"), "deepseek"),
)


@cache
def price_of(name: str) -> Price | None:
    """Return what the price table says of a model named in code, with or without provider."""
    from llmopt.prices.lookup import look_up

    for model_id in _identities(name):
        offer = look_up(Model(model_id, model_id), None)
        if offer is not None:
            return offer.price
    return None


def _identities(name: str) -> list[str]:
    bare = name.replace(":", "/", 1) if re.match(r"^[a-z]+:[a-z]", name) else name
    tail = bare.rpartition("/")[2]
    guessed = [f"{provider}/{tail}" for pattern, provider in _PROVIDERS if pattern.search(tail)]
    return ([bare] if "/" in bare else []) + guessed


def billions(name: str) -> float | None:
    """Return the parameters that a model's name tells, in billions."""
    found = _PARAMETERS.findall(name.replace("_", "-"))
    if not found:
        return None
    experts, size = found[-1]
    return float(size) * (int(experts) if experts else 1)


@cache
def size_of(name: str) -> Size | None:
    """Tell a small from a large model; None where neither name nor price tells."""
    parameters = billions(name)
    if SMALL_WORDS.search(name) or (parameters is not None and parameters <= SMALL_BILLIONS):
        return "small"
    if parameters is not None and parameters >= LARGE_BILLIONS:
        return "large"
    price = price_of(name)
    if price is None:
        return None
    return "large" if price.input >= LARGE_DOLLARS else "small"


def monthly_calls(calls_a_day: float | None) -> float | None:
    """Return calls a month; a month is a twelfth of 365.25 days."""
    return None if calls_a_day is None else calls_a_day * DAYS_PER_MONTH
