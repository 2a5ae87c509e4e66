from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def prices(
    context: typer.Context,
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Models to quote; else those configured."),
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", metavar="TEXT", help="List the table's models with TEXT in them."),
    ] = None,
    config: flags.Config = None,
    format: flags.FormatFlag = flags.Format.table,
) -> int:
    """Show the price table: its age, and the rates of models.

    \b
    Examples:
      llmopt prices
      llmopt prices openai/gpt-5-mini anthropic/claude-haiku-4-5

    The table ships with the package genai-prices; nothing is fetched. `price:` in
    llmopt.yaml takes its place.
    """
    from datetime import UTC, datetime

    from llmopt.api.pricing import price_list
    from llmopt.api.project import load
    from llmopt.report import pricing

    terminal: Terminal = context.obj
    suite = load(Path.cwd(), config=config)
    today = datetime.now(UTC).date()
    found = price_list(suite, models or (), find=search, today=today)
    writers = {"json": pricing.as_json, "csv": pricing.as_csv, "markdown": pricing.as_markdown}
    if format is flags.Format.table:
        terminal.data(pricing.as_table(found, width=terminal.width, color=terminal.color))
    else:
        terminal.data(writers[format](found))
    return 0
