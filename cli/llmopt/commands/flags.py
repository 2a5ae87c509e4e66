"""Flags that several commands share, so that they read and behave the same everywhere."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from llmopt.commands import completion


class Format(StrEnum):
    """How a command writes its data to stdout."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


class ReportFormat(StrEnum):
    """How a command that CI runs writes its report to stdout."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    junit = "junit"
    sarif = "sarif"
    github = "github"
    github_comment = "github-comment"
    gitlab = "gitlab"


class PlainFormat(StrEnum):
    """How a command without rows of figures writes its data to stdout."""

    table = "table"
    json = "json"


PlainFormatFlag = Annotated[PlainFormat, typer.Option("--format", help="How stdout is written.")]


def _dollars(value: float | None) -> float | None:
    """Refuse amounts that limit nothing."""
    if value is not None and not 0 <= value < math.inf:
        raise typer.BadParameter("write an amount of dollars, such as 2.50")
    return value


def _number(value: float) -> float:
    """Refuse `nan`, which passes every range."""
    if math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value


def storable(value: int) -> int:
    """Refuse a number that the run store has no room for."""
    if not -(2**63) <= value < 2**63:
        raise typer.BadParameter("it does not fit 64 bits")
    return value


class Resumable(TyperCommand):
    """A command whose `--resume` may stand without a run: it then means the latest."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as typer has it
        """Say `latest` where no run follows."""
        end = args.index("--") if "--" in args else len(args)
        whole: list[str] = []
        for position, word in enumerate(args):
            following = args[position + 1 : position + 2]
            bare = not following or following[0].startswith("-")
            if word == "--resume" and position < end and bare:
                whole.append("--resume=latest")
            else:
                whole.append(word)
        return super().parse_args(ctx, whole)


Margin = Annotated[
    float,
    typer.Option(
        "--margin",
        min=0,
        max=99,
        metavar="PT",
        callback=_number,
        help="Accuracy points a candidate may lose.",
    ),
]
Alpha = Annotated[
    float,
    typer.Option(
        "--alpha",
        min=0.0001,
        max=0.5,
        metavar="A",
        callback=_number,
        help="Chance of a false adoption.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        callback=storable,
        help="Decides the order of cases and samples.",
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        callback=_dollars,
        help="Send no call that might pass this many dollars; a run that it ends can go on.",
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="[RUN]",
        autocompletion=completion.runs,
        help="Go on with RUN (an id); without one: with the latest.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The llmopt.yaml to use; else searched upward."),
]
FormatFlag = Annotated[Format, typer.Option("--format", help="How stdout is written.")]
ReportFormatFlag = Annotated[ReportFormat, typer.Option("--format", help="How stdout is written.")]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        "-m",
        metavar="ID",
        autocompletion=completion.models,
        help="A model: a configured name, provider/name, or recorded/FILE.jsonl. Repeatable.",
    ),
]
Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        "-v",
        metavar="NAME",
        autocompletion=completion.variants,
        help="Only this variant. Repeatable.",
    ),
]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Also write FILE, its format by its ending: .json .csv .md .html .xml (JUnit) .sarif, "
        "or named before it: gitlab:FILE. Repeatable.",
    ),
]
DataOutputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Also write FILE, its format by its ending: .json .csv .md. Repeatable.",
    ),
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Also give the reasoning behind each verdict.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Data only: no progress, no warnings.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Say more about what happens.")]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline", metavar="FILE", help="The figures to compare with; else llmopt.baseline.json."
    ),
]


class Undecided(StrEnum):
    """What a gate that the statistics leave open counts as."""

    undecided = "undecided"
    passed = "pass"
    failed = "fail"


OnUndecided = Annotated[
    Undecided,
    typer.Option("--undecided", help="What an open limit counts as: exit code 3, 0 or 1."),
]
