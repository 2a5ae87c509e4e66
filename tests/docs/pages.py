"""Documentation pages as what can be tested of them: fenced blocks, commands, tables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parent.parent.parent / "docs"

_FENCE = re.compile(r"^```(\w+)?(?: title=\"([^\"\n]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_COMMENT = re.compile(r"# ([\w./-]+\.(?:yaml|py|toml))\n")
_JUDGED = re.compile(r"^\| `(.+)` \| ([\d.]+) \| (.+) \|$")


class Block(NamedTuple):
    """One fenced block; `file` where it is the content of one, by its first line or its title."""

    line: int
    language: str
    file: str | None
    text: str


class Command(NamedTuple):
    """A command of a console block, and the output that stands below it."""

    line: int
    arguments: list[str]
    output: str


class Judged(NamedTuple):
    """A row of a scorer's table."""

    reply: str
    score: str
    reason: str


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def names() -> list[str]:
    """Every page by its path under docs, schemas and generated pages left out."""
    found = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    return [name for name in found if name != "reference/commands.md"]


def blocks(name: str) -> Iterator[Block]:
    text = page(name)
    for fence in _FENCE.finditer(text):
        language, title, content = fence[1] or "", fence[2], fence[3]
        comment = _FILE_COMMENT.match(content)
        file = title or (comment[1] if comment else None)
        yield Block(text[: fence.start()].count("\n") + 1, language, file, content)


def stages(name: str) -> Iterator[Mapping[str, str]]:
    """The files of a page as a reader has them; a file that is shown anew begins a stage."""
    files: dict[str, str] = {}
    fresh = False
    for block in blocks(name):
        if block.file is None:
            continue
        if block.file in files and fresh:
            yield dict(files)
        files[block.file] = block.text
        fresh = True
    if files:
        yield files


def commands(text: str, line: int = 0) -> Iterator[Command]:
    """The `$ …` lines of a console block."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, _, output = part.partition("\n")
        yield Command(line, shlex.split(first, comments=True), output)


def console(name: str) -> Iterator[Command]:
    """Every command of a page's console blocks."""
    for block in blocks(name):
        if block.language == "console":
            yield from commands(block.text, block.line)


def judged(name: str) -> Iterator[tuple[str, str, list[Judged]]]:
    """Each scorer example of a page: its heading, its YAML, the table that follows."""
    for section in re.split(r"^## ", page(name), flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        for part in re.split(r"^```yaml\n", section, flags=re.MULTILINE)[1:]:
            yaml, _, rest = part.partition("```\n")
            rows = [_judged(match) for line in rest.splitlines() if (match := _JUDGED.match(line))]
            yield heading, yaml, rows


def _judged(row: re.Match[str]) -> Judged:
    return Judged(row[1].replace("\\n", "\n"), row[2], row[3])


def plain(text: str) -> str:
    """Output with all that differs from run to run left out: spacing, times, ids."""
    text = re.sub(r"\d{8}-\d{6}-\w{4}", "ID", text)
    text = re.sub(r"\b\d+(\.\d+)?m?s\b", "TIME", text)
    text = re.sub(r"─+", "─", text)
    return " ".join(text.split())


def chunks(expected: str) -> Sequence[str]:
    """The parts of an expected output between its ellipses."""
    return [chunk for part in expected.split("...") if (chunk := plain(part))]
