"""Everything that can be wrong in a project's files is told: words, place and hint.

`problems/*.txt` hold the examples: after `===` a name, after `---` the files that differ from a
sound project, and after `--- told` what llmopt says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

FOLDER = Path(__file__).parent / "problems"


class Example(NamedTuple):
    name: str
    files: dict[str, str | None]
    told: str


def examples() -> Iterator[Example]:
    for path in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            name, *parts = re.split(r"^--- (.*)\n", block, flags=re.MULTILINE)
            files: dict[str, str | None] = dict(zip(parts[::2], parts[1::2], strict=True))
            told = files.pop("told") or ""
            for file in [file for file in files if file.endswith(" (removed)")]:
                del files[file]
                files[file.removesuffix(" (removed)")] = None
            yield Example(f"{path.stem}: {name.strip()}", files, told)


@pytest.mark.parametrize("example", [pytest.param(e, id=e.name) for e in examples()])
def test_what_is_wrong_is_told(
    told: Callable[[dict[str, str | None]], str], example: Example
) -> None:
    assert told(example.files) == example.told.removesuffix("\n")


def test_the_words_of_the_validator_never_reach_the_user() -> None:
    said = "".join(example.told for example in examples()).lower()
    for word in ("pydantic", "validation", "input should", "dict_type", "extra inputs", "'str'"):
        assert word not in said
