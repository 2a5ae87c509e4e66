from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from llmopt.commands import flags
from llmopt.commands.terminal import Terminal

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class CiName(StrEnum):
    """The CI systems that a workflow can be written for."""

    github = "github"
    gitlab = "gitlab"


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where; made if it is not there.")
    ] = Path(),
    ci: Annotated[
        CiName | None, typer.Option("--ci", help="Also write a workflow that runs `llmopt gate`.")
    ] = None,
    force: Annotated[
        list[str] | None,
        typer.Option("--force", metavar="FILE", help="Write FILE although it exists. Repeatable."),
    ] = None,
    format: flags.PlainFormatFlag = flags.PlainFormat.table,
) -> int:
    """Write the first files of a project: configuration, a prompt, test cases, a baseline.

    \b
    Examples:
      llmopt init
      llmopt init apps/mail --ci github

    What is there already is kept. Everything runs at once, without a key: the
    embedded model answers until llmopt.yaml names yours.
    """
    from llmopt.api.scaffolding import scaffold
    from llmopt.report.document import json_text

    terminal: Terminal = context.obj
    made = scaffold(folder, ci=ci.value if ci else None, force=force or ())
    if format is flags.PlainFormat.json:
        document = {
            "schema_version": 1,
            "root": str(made.root),
            "files": [{"file": file.name, "state": file.state} for file in made.files],
            "next": list(made.next),
        }
        terminal.data(json_text(document))
        return 0
    for file in made.files:
        terminal.data(f"{file.state:9}{file.name}\n")
    if made.above:
        terminal.say(f"note: this lies inside another project ({made.above}), now apart from it")
    if ci is CiName.gitlab:
        terminal.say("note: GitLab reads it once .gitlab-ci.yml says: include: .gitlab/llmopt.yml")
    terminal.say("next:")
    for command in made.next:
        terminal.say(f"  {command}")
    return 0
