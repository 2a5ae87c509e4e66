from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class SchemaName(StrEnum):
    """The files that users write."""

    config = "config"
    prompt = "prompt"
    testcases = "testcases"


@app.command()
def schema(
    context: typer.Context,
    name: Annotated[
        SchemaName | None, typer.Argument(metavar="[config|prompt|testcases]", help="Which file.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--write", metavar="DIR", help="Write NAME.schema.json files into DIR."),
    ] = None,
) -> int:
    """Print the JSON Schema of a file that users write, for editors and other tools.

    \b
    Examples:
      llmopt schema prompt
      llmopt schema --write .schemas

    Without a name: one object with all three, by name.
    """
    from llmopt.commands.output import write_file
    from llmopt.errors import UsageError
    from llmopt.files.schemas import json_schema
    from llmopt.report.document import json_text

    names = [name] if name else list(SchemaName)
    schemas = {one.value: json_schema(one.value) for one in names}
    if folder is None:
        whole = schemas[name.value] if name else schemas
        context.obj.data(json_text(whole))
        return 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot make the folder '{folder}': {error.strerror}", hint="name another"
        ) from error
    for key, content in schemas.items():
        text = json_text(content)
        write_file(folder / f"{key}.schema.json", text)
    return 0
