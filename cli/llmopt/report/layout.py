"""Text for a terminal: what all tables share."""

from __future__ import annotations

import io
import re

from rich.console import Console, RenderableType

MIN_WIDTH = 60
WIDE = 100
"""Columns from which tables take more room between their own."""


def to_text(renderable: RenderableType, *, width: int, color: bool) -> str:
    """Render for a terminal that is not rich's to inspect."""
    console = Console(
        file=io.StringIO(),
        width=max(width, MIN_WIDTH),
        force_terminal=color,
        no_color=not color,
        highlight=False,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(renderable)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def folded(name: str, line: int) -> str:
    """Break a name longer than `line` after a slash, hyphen or underscore."""
    lines = [""]
    for piece in re.findall(r"[^-/_]*[-/_]?", name):
        if len(lines[-1]) + len(piece) > line:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line for line in lines if line)
