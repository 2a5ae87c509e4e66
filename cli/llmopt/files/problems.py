"""Collecting what is wrong in the user's files, in words that a user can act on."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from llmopt.domain import Place
from llmopt.errors import Problem

PER_FILE, IN_ALL = 200, 1000
"""Problems of one file, and of all files, that are told apart; the rest is counted."""

_SECRET = re.compile(
    r"\b(?:sk|xai)-[A-Za-z0-9_-]{6,}|\b(?:gsk|hf|r8)_\w{16,}|\bAIza[\w-]{20,}"
    r"|\bgh[pousr]_\w{20,}|\bAKIA[0-9A-Z]{12,}|\bBearer\s+[\w.~+/=-]{8,}"
)


class Report:
    """The problems found so far; nothing here raises."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._rests: set[Problem] = set()

    def add(self, problem: Problem) -> None:
        """Keep a problem; the same one twice (a shared anchor) is one."""
        # Whatever a message quotes, a key that was pasted into a file goes no further.
        clean = replace(problem, message=hidden(problem.message), hint=hidden(problem.hint or ""))
        self._problems.setdefault(replace(clean, hint=clean.hint or None))

    def error(self, place: Place, message: str, hint: str | None = None) -> None:
        self.add(Problem(message, place.file, place.line, place.column, hint))

    def warning(self, place: Place, message: str, hint: str | None = None) -> None:
        self.add(Problem(message, place.file, place.line, place.column, hint, "warning"))

    def file_error(self, file: str, message: str, hint: str | None = None) -> None:
        """Add an error about a file as a whole."""
        self.add(Problem(message, file, hint=hint))

    def rest(self, file: str, message: str) -> None:
        """Add an error that stands for more like the last ones; it comes at their end."""
        problem = Problem(message, file)
        self._rests.add(problem)
        self.add(problem)

    def has_errors(self, file: str) -> bool:
        """Whether something is wrong in a file."""
        return any(p.file == file and p.severity == "error" for p in self._problems)

    def problems(self) -> tuple[Problem, ...]:
        """All problems by file and line; of a file with very many the first and a count."""
        ordered = sorted(self._problems, key=self._order)
        kept: list[Problem] = []
        seen: Counter[tuple[str, str]] = Counter()
        for problem in ordered:
            kind = problem.file, problem.severity
            seen[kind] += 1
            if seen[kind] <= PER_FILE:
                kept.append(problem)
        for (file, severity), count in seen.items():
            if count > PER_FILE:
                kept.append(_rest(file, severity, count - PER_FILE))
        return _some(sorted(kept, key=lambda p: p.file))

    def _order(self, problem: Problem) -> tuple[str, bool, int, int]:
        return problem.file, problem in self._rests, problem.line or 0, problem.column or 0


def _some(found: Sequence[Problem]) -> tuple[Problem, ...]:
    """Leave out what nobody reads to the end: a path named too many files."""
    if len(found) <= IN_ALL:
        return tuple(found)
    left = found[IN_ALL:]
    file = left[0].file
    kind: Literal["error", "warning"] = "warning"
    if any(problem.severity == "error" for problem in left):
        kind = "error"
    told = f"and {plural(len(left), 'more problem')}, from here on"
    hint = f"in {plural(len({p.file for p in left}), 'file')}: are 'prompts' and 'testcases' right?"
    return (*found[:IN_ALL], Problem(told, file, hint=hint, severity=kind))


def _rest(file: str, severity: str, count: int) -> Problem:
    kind: Literal["error", "warning"] = "warning" if severity == "warning" else "error"
    return Problem(f"and {plural(count, f'more {kind}')} in this file", file, severity=kind)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean 'text'?` when a known word is near, else None."""
    by_fold = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold()[:80], by_fold, n=1, cutoff=0.6)
    return f"did you mean {by_fold[near[0]]!r}?" if near else None


def hints(*parts: str | None) -> str | None:
    """Join the hints that there are into one line."""
    return " ".join(part for part in parts if part) or None


def listing(words: Sequence[str], limit: int = 12) -> str:
    """`a, b, c`, of long lists the first and a count."""
    shown = ", ".join(shorten(word) for word in words[:limit])
    rest = len(words) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


def quoted(words: Sequence[str]) -> str:
    """`'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`."""
    marked = [f"'{shorten(word)}'" for word in words]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} and {marked[-1]}"


def plural(count: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shorten(value: object, limit: int = 40) -> str:
    """A user's value in one short line, what looks like a key struck out."""
    text = str(value) if isinstance(value, str) else repr(value)
    text = " ".join(hidden(text[:400]).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def hidden(text: str) -> str:
    """The text with everything that looks like an API key struck out."""
    return _SECRET.sub("[hidden]", text)


def looks_secret(text: str) -> bool:
    """Whether a text looks like an API key that was pasted in."""
    return bool(_SECRET.search(text))


def kind_of(value: object) -> str:
    """What a value is, in a user's words: `text`, `a number`, `a list`."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        ((int, float), "a number"),
        (list, "a list"),
        (dict, "a mapping"),
        (type(None), "nothing"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "something else")
