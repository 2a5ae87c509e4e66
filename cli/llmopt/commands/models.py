from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)

NOT_ANSWERED = 3


@app.command()
def models(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="Models to show; else those of a run."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask every model for one word; costs next to nothing.")
    ] = False,
    config: flags.Config = None,
    format: flags.FormatFlag = flags.Format.table,
) -> int:
    """Show the models of a run: prices, context, limits, tokenizer, key.

    \b
    Examples:
      llmopt models
      llmopt models --check

    Of keys it says whether they are set, and nothing else. --check ends in exit code 3
    if a model does not answer.
    """
    from llmopt.api.models import model_list
    from llmopt.api.project import load
    from llmopt.report import models as report

    terminal: Terminal = context.obj
    suite = load(Path.cwd(), config=config)
    found = model_list(suite, names or (), check=check)
    writers = {"json": report.as_json, "csv": report.as_csv, "markdown": report.as_markdown}
    if format is flags.Format.table:
        terminal.data(report.as_table(found, width=terminal.width, color=terminal.color))
    else:
        terminal.data(writers[format](found))
    return NOT_ANSWERED if found.failed else 0
