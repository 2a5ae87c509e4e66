from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import completion, flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class ExportFormat(StrEnum):
    """What a run's trials can be written as."""

    jsonl = "jsonl"
    csv = "csv"


@app.callback()
def runs() -> None:
    """List, show and export the runs that this project keeps.

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


@app.command("export")
def export_run(
    context: typer.Context,
    run: Annotated[
        str,
        typer.Argument(
            autocompletion=completion.runs, help="A run's id, its beginning, or `latest`."
        ),
    ] = "latest",
    format: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="A recording (the default), or one CSV row a trial."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where, the format by its ending: .jsonl .csv. Else stdout.",
        ),
    ] = None,
) -> int:
    """Write a run's trials: a recording that `recorded/FILE.jsonl` replays, or CSV.

    \b
    Examples:
      llmopt runs export -o replies.jsonl
      llmopt runs export 20261122-1815 --format csv > trials.csv

    A replay of the recording with the same prompts and cases gives the same
    figures, and asks no model; the command for it is said. A failed trial stays
    one: without a response and a score it fails in the replay, too.
    """
    from llmopt.api.project import open_store
    from llmopt.commands.output import write_pieces
    from llmopt.report.exported import form_of, lines, notes

    terminal: Terminal = context.obj
    form = form_of(output, format.value if format else None)
    with open_store(Path.cwd()) as store:
        kept = store.of(store.find(run))
        tally = kept.tally()
        write_pieces(lines(kept, form), output, terminal)
    for note in notes(kept.run, tally, form, output):
        terminal.say(note)
    return 0
