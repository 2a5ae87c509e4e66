from __future__ import annotations

from pathlib import Path

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)

BROKEN = 2


@app.command()
def doctor(
    context: typer.Context,
    config: flags.Config = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Say what llmopt finds here, from where, and what keeps it from running.

    \b
    Examples:
      llmopt doctor
      llmopt doctor --format json

    Looks at the configuration, the files, the models and whether their keys are set
    (never what they are), the stores, git and the terminal. Calls no model. Exit
    code 0, or 2 where something is broken.
    """
    from llmopt.api.doctor import Screen, examine
    from llmopt.report.doctor import as_json, as_table, worst

    terminal: Terminal = context.obj
    screen = Screen(
        width=terminal.width,
        color=terminal.color,
        live=terminal.live,
        encoding=getattr(terminal.out, "encoding", None),
    )
    lines = examine(Path.cwd(), config=config, screen=screen)
    if format is flags.PlainFormat.json:
        terminal.data(as_json(lines))
    else:
        terminal.data(as_table(lines, width=terminal.width, color=terminal.color))
    return BROKEN if worst(lines) == "error" else 0
