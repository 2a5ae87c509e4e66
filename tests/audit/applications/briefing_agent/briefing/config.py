from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    planner: str = "claude-haiku-4-5"
    writer: str = "claude-sonnet-4-5"
    max_results: int = 6
    history_tokens: int = 6000


CONFIG = Config()
