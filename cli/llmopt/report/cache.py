"""What the response cache holds, and what left it, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from llmopt import numbers
from llmopt.report.document import json_text
from llmopt.report.layout import to_text
from llmopt.store.cache_upkeep import CacheStats, Removed


def stats_table(stats: CacheStats, path: Path, *, width: int, color: bool) -> str:
    """Write the cache's figures for a terminal: in all, then by model."""
    head = "".join(f"{line}\n" for line in _summary(stats, path))
    if not stats.models:
        return head
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("model", overflow="fold")
    for title in ("entries", "replies", "hits", "saved"):
        table.add_column(title, justify="right", no_wrap=True)
    for model in stats.models:
        table.add_row(
            escape(model.model),
            numbers.count(model.entries),
            numbers.size(model.bytes),
            numbers.count(model.hits),
            numbers.dollars(model.saved),
        )
    return f"{head}\n{to_text(table, width=width, color=color)}"


def stats_json(stats: CacheStats, path: Path) -> str:
    """Write the cache's figures as one JSON document; `bytes` of a model are its replies'."""
    return _json(
        {
            "path": str(path),
            "entries": stats.entries,
            "bytes": stats.bytes,
            "oldest": stats.oldest,
            "newest": stats.newest,
            "hits": stats.hits,
            "dollars_saved": stats.saved,
            "models": [
                {
                    "model": model.model,
                    "entries": model.entries,
                    "bytes": model.bytes,
                    "hits": model.hits,
                    "dollars_saved": model.saved,
                }
                for model in stats.models
            ],
        }
    )


def removed_text(removed: Removed) -> str:
    """Say what left the cache, for a terminal."""
    freed = f", {numbers.size(removed.bytes)} freed" if removed.bytes > 0 else ""
    return f"removed {_entries(removed.entries)}{freed}\n"


def removed_json(removed: Removed) -> str:
    """Write what left the cache as one JSON document."""
    return _json({"removed": asdict(removed)})


def _summary(stats: CacheStats, path: Path) -> Iterator[str]:
    yield f"{path}: {_entries(stats.entries)}, {numbers.size(stats.bytes)}"
    if stats.oldest and stats.newest:
        yield f"stored from {_minute(stats.oldest)} to {_minute(stats.newest)} UTC"
    if stats.hits:
        hits = f"{numbers.count(stats.hits)} hit{'' if stats.hits == 1 else 's'}"
        yield f"{hits}, {numbers.dollars(stats.saved)} saved"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{numbers.count(count)} entries"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _json(content: dict[str, object]) -> str:
    whole = {"schema_version": 1, **content}
    return json_text(whole)
