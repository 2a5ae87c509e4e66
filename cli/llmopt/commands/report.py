from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import completion, flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)

STDOUT = Path("-")


@app.command()
def report(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            autocompletion=completion.runs, help="A run's id, its beginning, or `latest`."
        ),
    ] = "latest",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where; `-` for stdout. Else llmopt-RUN.html."
        ),
    ] = None,
    explain: flags.Explain = False,
) -> int:
    """Write a kept run as one HTML page that needs nothing beside it.

    \b
    Examples:
      llmopt report
      llmopt report 20261122-1815 -o public/index.html --explain

    Verdicts, tables, accuracy over price, failures, and how the run was made. The
    page loads nothing and runs nothing: it can be mailed or kept as an artifact.
    """
    from llmopt.api.project import open_store
    from llmopt.commands.output import check_outputs, write_file
    from llmopt.decide.result import judge
    from llmopt.report.formats import EVALUATION
    from llmopt.report.html import as_html

    terminal: Terminal = context.obj
    if output and output != STDOUT:
        check_outputs([Path(f"html:{output}")], EVALUATION)
    with open_store(Path.cwd()) as store:
        result = judge(store, store.find(run), explain=explain)
    page = as_html(result)
    if output == STDOUT:
        terminal.data(page)
        return 0
    path = output or Path(f"llmopt-{result.run.id}.html")
    write_file(path, page)
    terminal.data(f"{path}\n")
    return 0
