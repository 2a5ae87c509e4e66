"""Notes and threads in SQLite."""

import json
import sqlite3
import time
from functools import cache

DATABASE = sqlite3.connect("notes.db", check_same_thread=False)
BANNER = "***** notes *****"


def thread(name: str) -> list[dict]:
    row = DATABASE.execute("SELECT turns FROM threads WHERE name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row else []


def keep_thread(name: str, turns: list[dict]) -> None:
    DATABASE.execute(
        "INSERT OR REPLACE INTO threads VALUES (?, ?, ?)", (name, json.dumps(turns), time.time())
    )
    DATABASE.commit()


def keep_note(title: str, text: str, tags: list[str]) -> None:
    DATABASE.execute("INSERT INTO notes VALUES (?, ?, ?)", (title, text, ",".join(tags)))
    DATABASE.commit()


def truncate_preview(text: str, length: int = 120) -> str:
    """What the list of notes shows."""
    return text if len(text) <= length else text[: length - 1] + "…"


@cache
def weekday_names() -> list[str]:
    return [row[0] for row in DATABASE.execute("SELECT name FROM weekdays")]
