from functools import lru_cache
from pathlib import Path

import pandas as pd


@lru_cache
def answers(path: Path) -> pd.DataFrame:
    """Read a survey once a session."""
    return pd.read_csv(path).dropna(subset=["answer"])
