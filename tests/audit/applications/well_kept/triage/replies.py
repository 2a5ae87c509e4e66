"""Triages one message: from the cache, else the small model, else the large one."""

import hashlib
import json
import time

import redis
from anthropic import Anthropic
from langfuse import observe
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field

from triage.prompt import SYSTEM
from triage.settings import LARGE, SMALL, SURE

AnthropicInstrumentor().instrument()
client = Anthropic(max_retries=3, timeout=20)
cache = redis.Redis(host="redis")
SECONDS = Histogram("triage_seconds", "Until a message is triaged", ["model"])
TOKENS = Counter("triage_tokens", "Tokens of replies", ["model", "feature"])
HOUR = 3600


class Triage(BaseModel):
    team: str
    urgent: bool
    sure: float = Field(ge=0, le=1)


@observe()
def triage(message: str) -> Triage:
    """Return the team for a message."""
    key = "reply:" + hashlib.sha256(f"{SMALL}|{LARGE}|{SYSTEM}|{message}".encode()).hexdigest()
    known = cache.get(key)
    if known:
        return Triage.model_validate_json(known)
    found = _ask_small(message)
    if found.sure < SURE:
        found = _ask_large(message)
    cache.set(key, found.model_dump_json(), ex=HOUR)
    return found


def _ask_small(message: str) -> Triage:
    started = time.perf_counter()
    reply = client.messages.parse(
        model=SMALL,
        max_tokens=60,
        system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": message}],
        output_format=Triage,
    )
    _measure(SMALL, reply.usage.output_tokens, time.perf_counter() - started)
    return reply.parsed_output


def _ask_large(message: str) -> Triage:
    started = time.perf_counter()
    reply = client.messages.parse(
        model=LARGE,
        max_tokens=60,
        system=[{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}],
        messages=[{"role": "user", "content": message}],
        output_format=Triage,
    )
    _measure(LARGE, reply.usage.output_tokens, time.perf_counter() - started)
    return reply.parsed_output


def _measure(model: str, tokens: int, seconds: float) -> None:
    SECONDS.labels(model=model).observe(seconds)
    TOKENS.labels(model=model, feature="triage").inc(tokens)
