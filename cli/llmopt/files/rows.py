"""Rows of CSV and JSONL files: one pass that finds where each begins, then any row by seeking.

Lines are read as bytes and cut at line feeds alone, so that the offsets hold for seeking; a row
of CSV may go over several of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from llmopt.files.problems import kind_of, plural, shorten
from llmopt.files.source import UTF16_BOMS

ROW_LIMIT = 16 * 1024 * 1024
"""Bytes of one row; more is a quote that was never closed, or no rows at all."""

_BOM = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """A row as the pass finds it: values by column, or why there are none."""

    offset: int
    end: int
    line: int
    values: dict[str, Any]
    wrong: str | None = None
    column: int = 1


class UnreadableError(Exception):
    """The file cannot be read from `line` on."""

    def __init__(self, line: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint


class RowFormat(Protocol):
    """A way to write rows."""

    columns: tuple[str, ...] | None
    """The columns where a header names them, once the pass has begun."""

    def scan(self, stream: BinaryIO) -> Iterator[Row]:
        """Read all rows in order.

        Raises:
            UnreadableError: what follows cannot be read.
        """
        ...

    def parse(self, chunk: bytes) -> dict[str, Any]:
        """Read one row again from its bytes."""
        ...


def format_of(path: Path) -> RowFormat | None:
    """The format that a file's ending names; None for others."""
    endings: dict[str, RowFormat] = {
        ".csv": CsvRows(","),
        ".tsv": CsvRows("\t"),
        ".jsonl": JsonRows(),
        ".ndjson": JsonRows(),
    }
    return endings.get(path.suffix.lower())


class _Lines:
    """Decoded lines of a file; knows where the next one begins."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        start = stream.read(len(_BOM))
        if start.startswith(UTF16_BOMS):
            raise UnreadableError(
                1, "the file is UTF-16 text; llmopt reads UTF-8", "save it again as UTF-8"
            )
        self.offset = len(_BOM) if start == _BOM else 0
        self.number = 0
        stream.seek(self.offset)

    def __iter__(self) -> Iterator[str]:
        while raw := self._stream.readline(ROW_LIMIT + 1):
            self.offset += len(raw)
            self.number += 1
            if len(raw) > ROW_LIMIT:
                raise UnreadableError(self.number, "a line is longer than 16 MB")
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = raw[error.start]
                raise UnreadableError(
                    self.number,
                    f"byte 0x{byte:02x} is not UTF-8 text",
                    "save the file again as UTF-8",
                ) from None


class CsvRows:
    """Comma-separated values with a header, as spreadsheets write them (RFC 4180)."""

    def __init__(self, delimiter: str) -> None:
        self.columns: tuple[str, ...] | None = None
        self._delimiter = delimiter

    def scan(self, stream: BinaryIO) -> Iterator[Row]:
        lines = _Lines(stream)
        reader = self._reader(iter(lines))
        offset, line = lines.offset, 1
        try:
            for fields in reader:
                if self.columns is None:
                    self.columns = _header(fields, line)
                elif fields:
                    yield self._row(offset, lines.offset, line, fields)
                offset, line = lines.offset, lines.number + 1
        except csv.Error as error:
            raise _csv_trouble(error, line) from None

    def parse(self, chunk: bytes) -> dict[str, Any]:
        text = chunk.decode("utf-8").rstrip("\r\n")
        return dict(zip(self.columns or (), next(self._reader(iter([text]))), strict=True))

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        # The limit is the module's own, not a reader's; documents are longer than its default.
        csv.field_size_limit(max(csv.field_size_limit(), ROW_LIMIT))
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _row(self, offset: int, end: int, line: int, fields: list[str]) -> Row:
        columns = self.columns or ()
        if len(fields) != len(columns):
            found, named = plural(len(fields), "value"), plural(len(columns), "column")
            wrong = f"has {found}, the header names {named}"
            return Row(offset, end, line, {}, wrong)
        return Row(offset, end, line, dict(zip(columns, fields, strict=True)))


def _header(fields: list[str], line: int) -> tuple[str, ...] | None:
    twice = next((name for i, name in enumerate(fields) if name in fields[:i]), None)
    if twice is not None:
        raise UnreadableError(line, f"the header names column '{shorten(twice)}' twice")
    return tuple(fields) or None


def _csv_trouble(error: csv.Error, line: int) -> UnreadableError:
    words = str(error)
    if "unexpected end of data" in words or "field larger than" in words:
        return UnreadableError(
            line, "a quote that opens in this row is never closed", 'inside quotes, write " as ""'
        )
    if "new-line character" in words:
        return UnreadableError(line, "lines end with CR alone", "save the file with LF line ends")
    if "expected after" in words:
        return UnreadableError(
            line, "text follows a closing quote in this row", 'inside quotes, write " as ""'
        )
    return UnreadableError(line, f"the row is not CSV: {words}")


class JsonRows:
    """One JSON object a line (https://jsonlines.org)."""

    columns: tuple[str, ...] | None = None

    def scan(self, stream: BinaryIO) -> Iterator[Row]:
        lines = _Lines(stream)
        offset = lines.offset
        for text in lines:
            if text.strip():
                yield self._row(offset, lines, text)
            offset = lines.offset

    def parse(self, chunk: bytes) -> dict[str, Any]:
        values: dict[str, Any] = json.loads(chunk)
        return values

    def _row(self, offset: int, lines: _Lines, text: str) -> Row:
        row = Row(offset, lines.offset, lines.number, {})
        try:
            values = _DECODER.decode(text)
            if "\\u" in text:
                json.dumps(values, ensure_ascii=False).encode()  # halves of characters are no text
        except json.JSONDecodeError as error:
            words = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
            return row._replace(wrong=words, column=error.colno)
        except UnicodeEncodeError:
            return row._replace(wrong="holds an escape that is half a character")
        except RecursionError:
            return row._replace(wrong="is nested too deeply")
        except ValueError as error:
            words = "a number is too long" if "digits" in str(error) else str(error)
            return row._replace(wrong=f"is not JSON: {words}")
        if not isinstance(values, dict):
            return row._replace(wrong=f"must be a JSON object, found {kind_of(values)}")
        return row._replace(values=values)


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
