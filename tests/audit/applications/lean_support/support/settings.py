"""What the environment says."""

import os

import redis
from openai import AsyncOpenAI

MODEL = os.environ.get("SUPPORT_MODEL", "gpt-5-mini")
DAY = 86_400

client = AsyncOpenAI(timeout=20, max_retries=2)
store = redis.asyncio.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379/0"))
