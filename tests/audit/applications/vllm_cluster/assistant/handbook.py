"""Sections of the staff handbook, kept in Redis by a job that runs at night."""

import os

import httpx
import redis

CACHE = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost"))
TOPICS = ("leave", "travel", "sickness", "remote", "training")


def section(topic: str) -> str:
    """The text of a section, or an empty one."""
    text = CACHE.get(f"handbook:{topic}")
    return text.decode() if text else ""


def reindex() -> None:
    for topic in TOPICS:
        page = httpx.get(f"https://intranet.example.com/handbook/{topic}.txt")
        CACHE.set(f"handbook:{topic}", page.text)


if __name__ == "__main__":
    reindex()
