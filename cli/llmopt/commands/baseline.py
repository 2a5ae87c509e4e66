from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def baseline() -> None:
    """Write and show llmopt.baseline.json, the committed figures that gates hold against.

    \b
    Examples:
      llmopt baseline update
      llmopt baseline show --format json
    """


@app.command("update")
def update(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="RUN", help="Also take the figures of RUN (an id, or `latest`)."
        ),
    ] = None,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial", help="With --from: also where trials failed or cases are missing."
        ),
    ] = False,
    model: flags.Models = None,
    baseline: flags.Baseline = None,
    config: flags.Config = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Count every variant over its test cases and write the baseline; no model is called.

    \b
    Examples:
      llmopt baseline update
      llmopt baseline update --from latest

    Figures of replies (output tokens, accuracy, cost, latency) come from a run; those
    of earlier runs stay where the run has none.
    """
    from llmopt.api.gate import baseline_path, update_baseline
    from llmopt.api.project import load
    from llmopt.errors import UsageError
    from llmopt.report.baseline import update_json, update_text

    terminal: Terminal = context.obj
    if partial and run is None:
        raise UsageError("--partial says what --from may take", hint="give both, or neither")
    suite = load(Path.cwd(), config=config)
    done = update_baseline(suite, run_id=run, partial=partial, models=model or (), path=baseline)
    name = baseline_path(suite, baseline).name
    write = update_json if format is flags.PlainFormat.json else update_text
    terminal.data(write(done, name))
    return 0


@app.command("show")
def show(
    context: typer.Context,
    baseline: flags.Baseline = None,
    config: flags.Config = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Show the committed figures.

    \b
    Examples:
      llmopt baseline show
      llmopt baseline show --format json
    """
    from llmopt.api.gate import load_baseline
    from llmopt.api.project import load
    from llmopt.report.baseline import as_json, as_table

    terminal: Terminal = context.obj
    found = load_baseline(load(Path.cwd(), config=config), baseline)
    if format is flags.PlainFormat.json:
        terminal.data(as_json(found))
    else:
        terminal.data(as_table(found, width=terminal.width, color=terminal.color))
    return 0
