"""Recordings: JSON lines of past trials, written by `eval --record`, answered from by `recorded/`.

A line is `{"prompt", "variant", "model", "case", "repeat", "response", "score",
"input_tokens", "output_tokens", "cached_input_tokens", "cost", "latency_ms"}`.
Only the first four are required, so a table of past outcomes replays as well. A
trial of perturbed input has one field more, `perturbation`.
"""

from __future__ import annotations

import json
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from llmopt.domain import PERTURBATIONS, Completion, Model, Request, Trial, TrialKey, Usage
from llmopt.errors import InputError, MissingError, Problem, ProviderError
from llmopt.providers.base import BEYOND, Provider

SHOWN_PROBLEMS = 20


def line(trial: Trial) -> str:
    """Write a trial as one line of a recording.

    One that got no reply has neither response nor score: a replay fails there, too.
    """
    completion = trial.final.completion if trial.final else Completion(text=None)
    tokens_in, tokens_out = trial.input_tokens, trial.output_tokens
    key = trial.key._asdict()
    if trial.key.perturbation is None:
        del key["perturbation"]
    row = {
        **key,
        "response": completion.answer,
        "score": trial.score.value if trial.score else None,
        "input_tokens": tokens_in.tokens if tokens_in else None,
        "output_tokens": tokens_out.tokens if tokens_out else None,
        "cached_input_tokens": completion.usage.cached_input_tokens,
        "cost": trial.cost,
        "latency_ms": trial.latency_ms,
    }
    return json.dumps(row, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording's index: where each trial's line begins, and the models it names.

    Lines stay on disk and keys are kept as sorted hashes, so 100,000 lines cost
    1.6 megabytes. A key that stands twice answers with its last line.
    """

    path: Path
    models: tuple[str, ...]
    hashes: array[int]
    offsets: array[int]

    def find(self, key: TrialKey, file: BinaryIO) -> Mapping[str, Any] | None:
        """Return the row recorded for a trial, or None."""
        wanted = hash(key)
        number = bisect_right(self.hashes, wanted) - 1
        if number < 0 or self.hashes[number] != wanted:
            return None
        file.seek(self.offsets[number])
        row: Mapping[str, Any] = json.loads(file.readline())
        return row if _key(row) == key else None


def read(path: Path) -> Recording:
    """Index a recording; the models of one file share the index while it stays as it is.

    Raises:
        MissingError: there is no such file.
        InputError: lines that are no recorded trials, with their numbers.
    """
    with _open(path) as file:
        state = os.fstat(file.fileno())
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Recording:
    models: dict[str, None] = {}
    hashes, offsets = array("q"), array("q")
    problems: list[Problem] = []
    offset = 0
    with _open(path) as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                try:
                    row = _checked(raw)
                    hashes.append(hash(_key(row)))
                    offsets.append(offset)
                    models[row["model"]] = None
                except ValueError as error:
                    problems.append(Problem(str(error), str(path), number, hint=_HINT))
            offset += len(raw)
    if not problems and not models:
        problems.append(Problem("the recording is empty", str(path), hint=_HINT))
    if problems:
        raise InputError(problems[:SHOWN_PROBLEMS])
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    return Recording(
        path,
        tuple(models),
        array("q", (hashes[i] for i in order)),
        array("q", (offsets[i] for i in order)),
    )


_HINT = "a line is one JSON object; `llmopt eval --record FILE` writes such files"
_TEXTS = ("prompt", "variant", "model", "case")
_COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens")
_FIGURES = ("score", "cost", "latency_ms")


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise MissingError(
            f"cannot read the recording {path}: {error.strerror}",
            hint="write recorded/FILE.jsonl with the path of a file that exists",
        ) from error


def _checked(raw: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(raw)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deeply") from error
    _require(isinstance(row, dict), "a line must be a JSON object")
    for name in _TEXTS:
        _require(_is_name(row.get(name)), f"'{name}' must be a text")
    _require(_is_count(row.get("repeat", 0)), "'repeat' must be a whole number, counted from 0")
    _require(isinstance(row.get("response"), str | None), "'response' must be a text or null")
    perturbation = row.get("perturbation")
    _require(
        perturbation is None or perturbation in PERTURBATIONS,
        f"'perturbation' must be one of {', '.join(PERTURBATIONS)}",
    )
    for name in _COUNTS:
        value = row.get(name)
        _require(
            value is None or _is_count(value),
            f"'{name}' must be a whole number below 10^12, or null",
        )
    for name in _FIGURES:
        value = row.get(name)
        _require(
            value is None or _is_figure(value),
            f"'{name}' must be a number from 0 to below 10^12, or null",
        )
    _require((row.get("score") or 0) <= 1, "'score' must lie between 0 and 1")
    return cast("Mapping[str, Any]", row)


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise ValueError(message)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < BEYOND


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < BEYOND


def _is_name(value: object) -> bool:
    """Tell a text that can be printed and stored: half an emoji cannot."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _key(row: Mapping[str, Any]) -> TrialKey:
    return TrialKey(
        row["prompt"],
        row["variant"],
        row["model"],
        row["case"],
        row.get("repeat", 0),
        row.get("perturbation"),
    )


class RecordedModel:
    """Answers with what was recorded for the same trial; the messages are not looked at."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._file = _open(recording.path)

    async def complete(self, request: Request) -> Completion:
        row = self._recording.find(request.trial, self._file)
        if row is None or (row.get("response") is None and row.get("score") is None):
            perturbed = request.trial.perturbation
            what = f"the perturbation '{perturbed}' of this trial" if perturbed else "this trial"
            raise ProviderError(
                "not_recorded", f"{self._recording.path.name} has no answer for {what}"
            )
        return Completion(
            text=row.get("response"),
            usage=Usage(
                input_tokens=row.get("input_tokens"),
                output_tokens=row.get("output_tokens"),
                cached_input_tokens=row.get("cached_input_tokens"),
            ),
            latency_ms=row.get("latency_ms"),
            cost=row.get("cost"),
            score=row.get("score"),
        )

    async def aclose(self) -> None:
        self._file.close()


def expand(model: Model, folder: Path) -> tuple[Model, ...]:
    """Return every model named in the recording, each under its own name."""
    path = folder / model.wire_name
    return tuple(
        replace(model, id=f"recorded/{path}", name=name, stands_for=name)
        for name in read(path).models
    )


def provider(
    model: Model,
    *,
    environ: Mapping[str, str],
    clock: Callable[[], float],
) -> Provider:
    """Make the replay of one model of a recording."""
    return RecordedModel(read(Path(model.wire_name)))
