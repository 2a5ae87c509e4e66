from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags, limits
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def gate(
    context: typer.Context,
    model: flags.Models = None,
    baseline: flags.Baseline = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="REF", help="Compare with a git revision, not with a file."
        ),
    ] = None,
    input_tokens: limits.InputTokens = None,
    cost: limits.Cost = None,
    max_input_tokens: limits.MaxInputTokens = None,
    undecided: flags.OnUndecided = flags.Undecided.undecided,
    config: flags.Config = None,
    format: flags.ReportFormatFlag = flags.ReportFormat.table,
    output: flags.Outputs = None,
    quiet: flags.Quiet = False,
) -> int:
    """Fail when a prompt grew past its limits; no model is called.

    \b
    Examples:
      llmopt gate
      llmopt gate --against origin/main --input-tokens +0% --cost +5%

    Limits stand under `gates:` in llmopt.yaml; flags win over them. Where none is set,
    input tokens may not grow. `llmopt eval --gate` also checks what replies show.
    """
    from llmopt.api.gate import gate as hold
    from llmopt.api.gate import gate_against
    from llmopt.api.project import check, repository_folder, sound
    from llmopt.commands.messages import problem_lines
    from llmopt.commands.output import check_outputs, write_report
    from llmopt.errors import UsageError
    from llmopt.report.gate import GATE, as_table

    terminal: Terminal = context.obj
    if against is not None and baseline is not None:
        raise UsageError("--against and --baseline both say what to compare with", hint="give one")
    asked = limits.given_limits(context.params)
    check_outputs(output or (), GATE)
    loaded = check(Path.cwd(), config=config)
    suite = sound(loaded)
    for line in () if quiet else problem_lines(loaded.problems):
        terminal.say(line)
    if against is None:
        report = hold(
            suite, models=model or (), limits=asked, path=baseline, on_undecided=undecided.value
        )
    else:
        report = gate_against(
            suite,
            against,
            config=config,
            models=model or (),
            limits=asked,
            on_undecided=undecided.value,
        )
    write_report(
        report,
        GATE,
        terminal,
        format=format,
        paths=output or (),
        table=lambda one: as_table(one, width=terminal.width, color=terminal.color),
        folder=repository_folder(suite.root),
    )
    return report.exit_code
