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
    """List, show, compare, export and delete the runs that this project keeps.

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


@app.command("diff")
def diff_runs(
    context: typer.Context,
    before: Annotated[
        str,
        typer.Argument(
            metavar="A",
            autocompletion=completion.runs,
            help="The earlier run: an id, its beginning, or `latest`.",
        ),
    ],
    after: Annotated[
        str,
        typer.Argument(metavar="[B]", autocompletion=completion.runs, help="The later run."),
    ] = "latest",
    format: flags.FormatFlag = flags.Format.table,
    output: flags.DataOutputs = None,
) -> int:
    """Say what changed from run A to run B, candidate by candidate.

    \b
    Examples:
      llmopt runs diff 20261122-1815
      llmopt runs diff 20261122-1815 20261123-0902 --format markdown

    Compared case by case, on the cases that both asked alike, with 95 % intervals.
    Changed templates, params, models, prices and cases are told apart: a figure
    that moved because a price moved is no regression.
    """
    from llmopt.api.project import open_store
    from llmopt.commands.output import check_outputs, write_report
    from llmopt.gate.run_diff import diff
    from llmopt.report.run_diff import FORMATS, as_table

    terminal: Terminal = context.obj
    check_outputs(output or (), FORMATS)
    with open_store(Path.cwd()) as store:
        found = diff(store, store.find(before), store.find(after))
    write_report(
        found,
        FORMATS,
        terminal,
        format=format,
        paths=output or (),
        table=lambda one: as_table(one, width=terminal.width, color=terminal.color),
    )
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


@app.command("delete")
def delete_runs(
    context: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...", autocompletion=completion.runs, help="Ids, or beginnings of them."
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help="Runs that began before: 12h, 30d, 8w."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=0, metavar="N", help="All but the newest N."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Delete kept runs with their trials and replies, and give their room back.

    \b
    Examples:
      llmopt runs delete 20261122-1815
      llmopt runs delete --older-than 30d --keep 10 --yes

    Says what would go, and asks. Together, --older-than and --keep delete only what
    both leave. A run that another process is running stays, and so does the
    response cache.
    """
    from llmopt.api.deleting import choose, choose_old, delete
    from llmopt.api.project import open_store
    from llmopt.commands import amounts
    from llmopt.commands.asking import agreed
    from llmopt.errors import UsageError
    from llmopt.report.deleted import Deleted, announcement, as_json, as_text, remarks

    if bool(runs) == (older_than is not None or keep is not None):
        raise UsageError(
            "name runs, or say which with --older-than and --keep: one of the two",
            hint="`llmopt runs list` shows what there is",
        )
    terminal: Terminal = context.obj
    age = None if older_than is None else amounts.span(older_than, flag="--older-than")
    with open_store(Path.cwd()) as store:
        if runs:
            deletion = choose(store, runs, Path.cwd())
        else:
            deletion = choose_old(store, Path.cwd(), older_than=age, keep=keep or 0)
        for text in announcement(deletion):
            terminal.say(text)
        agreed_to = yes or not deletion.doomed
        if agreed_to or agreed("delete them?", terminal, what="nothing was deleted"):
            deleted = delete(store, deletion)
        else:
            deleted = Deleted(under_way=deletion.under_way)
    for text in remarks(deletion, deleted):
        terminal.say(text)
    terminal.data((as_json if format is flags.PlainFormat.json else as_text)(deleted))
    return 0
