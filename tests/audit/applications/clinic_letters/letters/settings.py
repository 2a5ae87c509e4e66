"""What the service is told by its environment."""

from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LETTERS_")

    anthropic_api_key: SecretStr
    writing_model: str = "claude-sonnet-4-5"
    sorting_model: str = "claude-haiku-4-5"
    redis_url: str = "redis://localhost:6379/0"
    reply_ttl_seconds: int = 86_400
    otlp_endpoint: str | None = None


@lru_cache
def settings() -> Settings:
    return Settings()
