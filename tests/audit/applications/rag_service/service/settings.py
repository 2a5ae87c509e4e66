"""What the environment decides. `settings` is cached: it is read once, not per request."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    corpus: Path
    model: str
    redis_url: str


@lru_cache
def settings() -> Settings:
    return Settings(
        corpus=Path(os.environ.get("CORPUS", "corpus")),
        model=os.environ.get("ANSWER_MODEL", "gpt-4.1"),
        redis_url=os.environ.get("REDIS_URL", "redis://redis:6379/0"),
    )
