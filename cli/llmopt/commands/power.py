from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import completion, flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def power(
    context: typer.Context,
    prompt: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT", autocompletion=completion.prompts, help="The prompt to plan for."
        ),
    ],
    margin: flags.Margin = 2.0,
    alpha: flags.Alpha = 0.05,
    cases: Annotated[
        int | None,
        typer.Option("--cases", min=1, metavar="N", help="Plan for N cases; else those there are."),
    ] = None,
    run: Annotated[
        str,
        typer.Option(
            "--run",
            metavar="RUN",
            autocompletion=completion.runs,
            help="The run that shows the discordance.",
        ),
    ] = "latest",
    config: flags.Config = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Say how many cases a margin needs, and what margin the cases there can show.

    \b
    Examples:
      llmopt power sentiment
      llmopt power sentiment --margin 5 --cases 500

    How often candidate and baseline differ on a case (the discordance) decides; it
    is read from an earlier run, or a few values are assumed.
    """
    from llmopt.api.power import plan_power
    from llmopt.api.project import load
    from llmopt.decide.judgement import Rule
    from llmopt.report.power import as_json, as_table

    terminal: Terminal = context.obj
    suite = load(Path.cwd(), config=config)
    rule = Rule(margin=margin / 100, alpha=alpha)
    plan = plan_power(suite, prompt, rule, cases=cases, run_id=run)
    if format is flags.PlainFormat.json:
        terminal.data(as_json(plan))
    else:
        terminal.data(as_table(plan, width=terminal.width, color=terminal.color))
    return 0
