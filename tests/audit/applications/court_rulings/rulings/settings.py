from pathlib import Path

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    model: str = "gpt-5"
    inbox: Path = Path("/data/inbox")
    outbox: Path = Path("/data/summaries")
    at_once: int = 24
    nightly_budget_dollars: float = 60.0


settings = Settings()
