"""Usage logs to records."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from llmopt.audit.probes.usage.facts import Record, UsageLog
from llmopt.audit.probes.usage.formats import Row, rows_of
from llmopt.domain import Evidence, Place, UsageFile

MOST_RECORDS = 1_000_000
_TRUE = frozenset({"true", "1", "yes", "y"})
_FALSE = frozenset({"false", "0", "no", "n"})


def read_usage(files: tuple[UsageFile, ...], root: Path, notes: list[str]) -> UsageLog:
    """Read the usage logs that the configuration names."""
    records: list[Record] = []
    evidence: list[Evidence] = []
    prefixes: dict[str, tuple[str, int, int]] = {}
    for wanted in files:
        before = len(records)
        try:
            for row in _rows(root / wanted.file, wanted.columns):
                if len(records) == MOST_RECORDS:
                    notes.append(
                        f"{wanted.file}: only the first {MOST_RECORDS:,} requests are read"
                    )
                    break
                record, text = _record(row)
                records.append(record)
                if text is not None:
                    _note_prefix(prefixes, record.feature or "", text)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            notes.append(f"{wanted.file}: cannot be read ({error})")
            continue
        count = len(records) - before
        if count == 0:
            notes.append(f"{wanted.file}: no request of a known format is in it")
            continue
        evidence.append(Evidence(f"{count:,} requests", Place(wanted.file, 1, 1)))
    shares = {
        feature: len(prefix) * count / characters
        for feature, (prefix, count, characters) in prefixes.items()
        if count > 1 and characters
    }
    return UsageLog(tuple(records), tuple(evidence), shares)


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        if path.suffix.lower() == ".csv":
            for row in csv.DictReader(stream):
                yield from rows_of(dict(row), columns or {"model": "model"})
            return
        for line in stream:
            if line.strip():
                try:
                    entry = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                yield from rows_of(entry, columns)


def _record(row: Row) -> tuple[Record, str | None]:
    prompt = row.get("prompt")
    text = (
        prompt if isinstance(prompt, str) or prompt is None else json.dumps(prompt, sort_keys=True)
    )
    model = row.get("model")
    return (
        Record(
            at=seconds(row.get("time")),
            model=str(model) if model else None,
            input_tokens=_whole(row.get("input_tokens")),
            output_tokens=_whole(row.get("output_tokens")),
            cached_input_tokens=_whole(row.get("cached_input_tokens")),
            cost=_number(row.get("cost")),
            latency_ms=_number(row.get("latency_ms")),
            feature=_name(row.get("feature")),
            tenant=_name(row.get("tenant")),
            prompt=_digest(text),
            similar=_digest(_words(text)) if text else None,
            interactive=_truth(row.get("interactive")),
            batched=_truth(row.get("batch")) is True,
            cached=_truth(row.get("cached")) is True,
        ),
        text or None,
    )


def _words(text: str) -> str | None:
    """Return a text's words in order of the alphabet; a single one is a fingerprint or a key."""
    words = sorted(re.findall(r"\w+", text.lower()))
    return " ".join(words) if len(words) > 1 else None


def _note_prefix(prefixes: dict[str, tuple[str, int, int]], feature: str, text: str) -> None:
    prefix, count, characters = prefixes.get(feature, (text, 0, 0))
    prefix = _common(prefix, text)
    prefixes[feature] = (prefix, count + 1, characters + len(text))


def _common(one: str, other: str) -> str:
    """Return what two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return one[:low]


def seconds(value: Any) -> float | None:  # noqa: ANN401 - any value of a log, by its form
    """Return a time as seconds since 1970: ISO text, seconds, milliseconds or nanoseconds."""
    if value is None or value == "":
        return None
    number = _number(value)
    if number is not None:
        for limit, scale in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)):
            if number < limit:
                return number / scale
        return number / 1e9
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(value: Any) -> float | None:  # noqa: ANN401
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number and abs(number) != float("inf") else None  # noqa: PLR0124 - nan


def _whole(value: Any) -> int | None:  # noqa: ANN401
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None


def _name(value: Any) -> str | None:  # noqa: ANN401
    return str(value) if value not in (None, "") else None


def _truth(value: Any) -> bool | None:  # noqa: ANN401
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None


def _digest(text: str | None) -> int | None:
    if not text:
        return None
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")
