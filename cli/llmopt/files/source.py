"""Text of a user's file: read within limits, with places counted as editors count them."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path

from llmopt.domain import Place
from llmopt.files.problems import Report, plural

YAML_LIMIT = 8 * 1024 * 1024
"""Bytes; a YAML file is held in memory, rows of data files are not."""

_LINE_END = re.compile(r"\r\n|\r|\n")
# What YAML 1.2 calls printable; anything else is a stray control character.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Source:
    """One file's text; `name` is how messages call the file."""

    __slots__ = ("_starts", "name", "path", "text")

    def __init__(self, path: Path, name: str, text: str) -> None:
        self.path = path
        self.name = name
        self.text = text
        self._starts: list[int] | None = None

    def place(self, index: int) -> Place:
        """Line and column of the character at `index` of the text."""
        if self._starts is None:
            self._starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        line = bisect_right(self._starts, index)
        return Place(self.name, line, index - self._starts[line - 1] + 1)

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1."""
        self.place(0)
        starts = self._starts or [0]
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")


def display_name(path: Path, root: Path) -> str:
    """The path as messages show it: from the project root, with forward slashes."""
    name = path.relative_to(root) if path.is_relative_to(root) else path
    # File names are bytes on POSIX; what is no UTF-8 in them must not break the printing.
    return name.as_posix().encode("utf-8", "replace").decode()


def read_source(path: Path, root: Path, report: Report) -> Source | None:
    """Read a YAML file; what keeps it from being read becomes a problem."""
    name = display_name(path, root)
    try:
        if not path.is_file():
            report.file_error(name, "this is not a regular file")
            return None
        size = path.stat().st_size
        if size > YAML_LIMIT:
            report.file_error(
                name,
                f"the file has {size / 1024**2:,.1f} MB; YAML files may have 8 MB",
                hint="move test cases into a CSV or JSONL file and name it under 'data:'",
            )
            return None
        raw = path.read_bytes()
    except OSError as error:
        report.file_error(name, f"the file cannot be read: {(error.strerror or 'error').lower()}")
        return None
    return decode(raw, path, name, report)


def decode(raw: bytes, path: Path, name: str, report: Report) -> Source | None:
    """Turn bytes into text, or into one problem that says where they are no text."""
    if raw.startswith(UTF16_BOMS):
        report.file_error(
            name, "the file is UTF-16 text; llmopt reads UTF-8", hint="save it again as UTF-8"
        )
        return None
    try:
        text = raw.removeprefix(_UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw.removeprefix(_UTF8_BOM)[: error.start].decode("utf-8")
        place = Source(path, name, before).place(len(before))
        report.error(
            place,
            f"byte 0x{raw.removeprefix(_UTF8_BOM)[error.start]:02x} is not UTF-8 text",
            hint="save the file again as UTF-8",
        )
        return None
    source = Source(path, name, text)
    strange = list(_UNPRINTABLE.finditer(text))
    if strange:
        first, code = strange[0].start(), ord(strange[0].group())
        report.error(
            source.place(first),
            f"control character U+{code:04X} cannot stand in YAML"
            + (f" ({plural(len(strange), 'such character')} in the file)" if strange[1:] else ""),
            hint=f'remove it, or write it as an escape in double quotes: "\\u{code:04x}"',
        )
        return None
    return source
