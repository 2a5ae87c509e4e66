from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def tokens(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT|FILE|-]...", help="Prompts, text files, - for stdin; else all prompts."
        ),
    ] = None,
    model: flags.Models = None,
    variant: flags.Variants = None,
    prefix: Annotated[
        bool,
        typer.Option("--prefix", help="Also say how much of each input its provider can cache."),
    ] = False,
    config: flags.Config = None,
    format: flags.FormatFlag = flags.Format.table,
    output: flags.DataOutputs = None,
    quiet: flags.Quiet = False,
) -> int:
    """Count input tokens and their price, over all cases; no model is called.

    \b
    Examples:
      llmopt tokens sentiment
      cat prompt.txt | llmopt tokens - --model openai/gpt-5-mini

    Counts every variant for every configured model with the model's own tokenizer, or
    says by "~" that it has none. Files and stdin are counted as plain text.
    """
    from llmopt.api.project import check
    from llmopt.api.tokens import weigh
    from llmopt.commands.messages import problem_lines
    from llmopt.commands.output import check_outputs, write_report
    from llmopt.report.tokens import FORMATS, as_table

    terminal: Terminal = context.obj
    check_outputs(output or (), FORMATS)
    loaded = check(Path.cwd(), config=config)
    report = weigh(loaded, names or (), models=model or (), variants=variant or (), caching=prefix)
    if not quiet and report.prompts:
        for line in problem_lines(loaded.problems):
            terminal.say(line)
    write_report(
        report,
        FORMATS,
        terminal,
        format=flags.ReportFormat(format.value),
        paths=output or (),
        table=lambda one: as_table(one, width=terminal.width, color=terminal.color),
    )
    return 0
