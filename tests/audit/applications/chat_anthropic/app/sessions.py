"""Conversations, kept for a day. A session is a list of messages; nothing is answered from it."""

import json
from typing import Any

import redis.asyncio as redis

DAY = 24 * 60 * 60


class Sessions:
    def __init__(self, url: str) -> None:
        self._redis = redis.from_url(url, decode_responses=True)

    async def load(self, session: str) -> list[Any]:
        kept = await self._redis.get(f"session:{session}")
        return json.loads(kept) if kept else []

    async def save(self, session: str, messages: list[Any]) -> None:
        await self._redis.set(f"session:{session}", json.dumps(messages), ex=DAY)
