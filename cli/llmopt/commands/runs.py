from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import completion, flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def runs() -> None:
    """List and show the runs that this project keeps.

    \b
    Examples:
      llmopt runs list
      llmopt runs show latest --format json
    """


@app.command("list")
def list_runs(
    context: typer.Context,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=1, metavar="N", callback=flags.storable, help="At most N runs."
        ),
    ] = 20,
    format: flags.FormatFlag = flags.Format.table,
) -> int:
    """List runs, newest first.

    \b
    Examples:
      llmopt runs list
      llmopt runs list --limit 5 --format json
    """
    from llmopt.api.project import open_store
    from llmopt.report.history import FORMATS, as_table

    terminal: Terminal = context.obj
    with open_store(Path.cwd()) as store:
        listed = list(store.runs(limit=limit))
    if format is flags.Format.table:
        terminal.data(as_table(listed, width=terminal.width, color=terminal.color))
    else:
        terminal.data(FORMATS[format](listed))
    return 0


@app.command("show")
def show_run(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            autocompletion=completion.runs, help="A run's id, its beginning, or `latest`."
        ),
    ] = "latest",
    format: flags.ReportFormatFlag = flags.ReportFormat.table,
    output: flags.Outputs = None,
    explain: flags.Explain = False,
) -> int:
    """Show a run's efficiency table again, as `llmopt eval` printed it.

    \b
    Examples:
      llmopt runs show
      llmopt runs show 20261122-1815 --format csv -o figures.json
    """
    from llmopt.api.project import open_store, repository_folder
    from llmopt.commands.output import check_outputs, write_evaluation
    from llmopt.decide.result import judge
    from llmopt.report.formats import EVALUATION

    check_outputs(output or (), EVALUATION)
    with open_store(Path.cwd()) as store:
        result = judge(store, store.find(run), explain=explain)
    folder = repository_folder(Path.cwd())
    write_evaluation(result, context.obj, format=format, paths=output or (), folder=folder)
    return 0
