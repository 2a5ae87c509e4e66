from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class AuditFormat(StrEnum):
    """How an audit is written to stdout."""

    table = "table"
    json = "json"
    markdown = "markdown"
    html = "html"
    sarif = "sarif"
    junit = "junit"
    github = "github"
    comment = "github-comment"
    gitlab = "gitlab"


@app.command()
def checklist(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="[PATH]", help="The project to audit.", show_default=False)
    ] = Path(),
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under", min=0, max=100, metavar="N", help="Exit with 1 when the score is below."
        ),
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option("--area", metavar="AREA", help="Only this area: ARC, prompts... Repeatable."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CODE", help="Only this check, or all of INF2. Repeatable."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="CODE", help="Leave this check out. Repeatable."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", metavar="CODE", help="Say all about a check, and audit nothing."),
    ] = None,
    new_only: Annotated[
        bool,
        typer.Option("--new-only", help="Exit with 1 on findings that were not there before."),
    ] = False,
    findings: Annotated[
        Path | None,
        typer.Option(
            "--findings",
            metavar="FILE",
            help="The findings of before [default: llmopt.findings.json].",
        ),
    ] = None,
    update_findings: Annotated[
        bool, typer.Option("--update-findings", help="Write what fails now as the findings before.")
    ] = False,
    diff: Annotated[
        str | None,
        typer.Option(
            "--diff", metavar="AUDIT", help="Say what changed since: latest, a date, a JSON file."
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Keep the audit in .llmopt/ for --diff.")
    ] = True,
    config: flags.Config = None,
    format: Annotated[
        AuditFormat, typer.Option("--format", help="How stdout is written.")
    ] = AuditFormat.table,
    output: flags.Outputs = None,
    quiet: flags.Quiet = False,
) -> int:
    """Audit a project for money left on the table: 46 checks, a score, what to mend first.

    \b
    Examples:
      llmopt checklist
      llmopt checklist ../service --fail-under 70 -o audit.html

    Reads code, deployment files, prompts, usage logs and kept runs; calls no model and
    fetches nothing.
    """
    from llmopt.api.checklist import AuditManner, audited, codes, named_check, root_of
    from llmopt.api.project import repository_folder
    from llmopt.commands.output import check_outputs, write_report
    from llmopt.report.checklist import AUDIT, as_table, explained

    terminal: Terminal = context.obj
    if explain is not None:
        terminal.data(explained(named_check(explain), width=terminal.width))
        return 0
    check_outputs(output or (), AUDIT)
    manner = AuditManner(
        config=config,
        wanted=codes(areas=area or (), only=only or (), skip=skip or ()),
        fail_under=fail_under,
        findings=findings,
        new_only=new_only,
        update_findings=update_findings,
        diff=diff,
        keep=keep,
    )
    report = audited(path, manner, now=datetime.now(UTC))
    write_report(
        report,
        AUDIT,
        terminal,
        format=format,
        paths=output or (),
        table=lambda one: as_table(one, width=terminal.width, color=terminal.color),
        folder=repository_folder(root=root_of(path, config)),
    )
    if not quiet:
        for line in (*report.audit.warnings, *report.audit.notes):
            terminal.say(f"note: {line}")
    return 1 if report.status == "fail" else 0
