from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

if TYPE_CHECKING:  # imports sqlite3, which help does without
    from llmopt.store.cache import ResponseCache
    from llmopt.store.cache_upkeep import Removed

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def cache() -> None:
    """Show the response cache and make it smaller.

    \b
    Examples:
      llmopt cache stats
      llmopt cache prune --older-than 30d
    """


@app.command("stats")
def show_stats(
    context: typer.Context, format: flags.PlainFormatFlag = flags.PlainFormat.table
) -> int:
    """Show what the cache holds and has saved, by model.

    \b
    Examples:
      llmopt cache stats
      llmopt cache stats --format json
    """
    from llmopt.report.cache import stats_json, stats_table
    from llmopt.store.cache_upkeep import CacheStats
    from llmopt.store.connection import is_there

    terminal: Terminal = context.obj
    path, stats = _path(), CacheStats()
    if is_there(path):
        with _opened(path, terminal) as cache:
            stats = cache.stats()
    if format is flags.PlainFormat.json:
        terminal.data(stats_json(stats, path))
    else:
        terminal.data(stats_table(stats, path, width=terminal.width, color=terminal.color))
    return 0


@app.command("prune")
def prune(
    context: typer.Context,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="Remove what is older: 12h, 30d, 8w."),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="Remove the oldest beyond it: 100MB."),
    ] = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Remove old entries, and give their room back to the disk.

    \b
    Examples:
      llmopt cache prune --older-than 30d
      llmopt cache prune --max-size 100MB
    """
    from llmopt.commands import amounts
    from llmopt.errors import UsageError
    from llmopt.store.cache_upkeep import Removed
    from llmopt.store.connection import is_there

    if older_than is None and max_size is None:
        raise UsageError(
            "nothing says what to remove", hint="give --older-than, --max-size, or both"
        )
    age = None if older_than is None else amounts.span(older_than, flag="--older-than")
    room = None if max_size is None else amounts.size(max_size, flag="--max-size")
    path, removed = _path(), Removed(0, 0)
    if is_there(path):
        with _opened(path, context.obj) as cache:
            removed = cache.prune(older_than=age, max_bytes=room)
    return _tell(removed, context.obj, format)


@app.command("clear")
def clear(context: typer.Context, format: flags.PlainFormatFlag = flags.PlainFormat.table) -> int:
    """Remove every entry: the next run asks, and pays, anew.

    \b
    Examples:
      llmopt cache clear
      llmopt cache clear --format json
    """
    from llmopt.store.cache_upkeep import Removed
    from llmopt.store.connection import is_there

    path, removed = _path(), Removed(0, 0)
    if is_there(path):
        with _opened(path, context.obj) as cache:
            removed = cache.clear()
    return _tell(removed, context.obj, format)


def _path() -> Path:
    from llmopt.api.project import store_path
    from llmopt.files.loading import find_root
    from llmopt.store.cache import CACHE_FILE

    return store_path(find_root(Path.cwd())[0]).with_name(CACHE_FILE)


def _opened(path: Path, terminal: Terminal) -> ResponseCache:
    from llmopt.store.cache import ResponseCache

    return ResponseCache(path, notice=lambda text: terminal.say(f"warning: {text}"))


def _tell(removed: Removed, terminal: Terminal, format: flags.PlainFormat) -> int:
    from llmopt.report.cache import removed_json, removed_text

    terminal.data((removed_json if format is flags.PlainFormat.json else removed_text)(removed))
    return 0
