"""Finds articles by words. The completion is that of a prompt in a terminal: plain prefixes."""

import json
import os

import redis

from inventory.models import Article

cache = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))
SYSTEM_PROMPT = "Type the words of an article, empty to leave the program"


def tokenize(name: str) -> list[str]:
    return [word.lower() for word in name.split() if len(word) > 2]


def completion(articles: list[Article], prefix: str, max_tokens: int = 10) -> list[str]:
    """Return words that begin with the prefix; max_tokens is how many."""
    kept = cache.get(f"completion:{prefix}")
    if kept:
        return json.loads(kept)
    words = sorted({word for one in articles for word in one.tokens if word.startswith(prefix)})
    cache.set(f"completion:{prefix}", json.dumps(words[:max_tokens]), ex=60)
    return words[:max_tokens]


def embed(text: str, width: int = 40) -> str:
    """Put a text into a frame of the printed label."""
    return f"| {text[:width]:{width}} |"
