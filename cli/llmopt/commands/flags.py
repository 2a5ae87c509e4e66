"""Flags that several commands share, so that they read and behave the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a command writes its data to stdout."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The llmopt.yaml to use; else searched upward."),
]
FormatFlag = Annotated[Format, typer.Option("--format", help="How stdout is written.")]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="ID",
        help="A model: a configured name, provider/name, or recorded/FILE.jsonl. Repeatable.",
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", "-v", metavar="NAME", help="Only this variant. Repeatable."),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Also write FILE, its format by its ending: .json .csv .md. Repeatable.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Data only: no progress, no warnings.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say more about what happens.")]
