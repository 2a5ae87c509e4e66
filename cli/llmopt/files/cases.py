"""The cases of a prompt as one sequence: written out in memory, rows of data on demand."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, overload

from llmopt.domain import Case, Place, ScorerSpec
from llmopt.files.problems import Report, plural, shorten

LABEL_LIMIT = 1000
"""Distinct expectations that are kept of a prompt; more are no labels."""

SHOWN = 20
"""Problems of one kind that are told apart; the rest is counted."""


@dataclass(slots=True)
class Shape:
    """Cases that give the same variables: how many, and where the first of them are."""

    count: int = 0
    first: list[tuple[str, Place]] = field(default_factory=list)


Shapes = dict[frozenset[str], Shape]


def note_labels(labels: dict[str, None], expect: object) -> None:
    """Remember an expectation's texts, while there are few enough to be labels."""
    for text in expect if isinstance(expect, list) else (expect,):
        if isinstance(text, str) and len(labels) < LABEL_LIMIT:
            labels.setdefault(text)


class Part(Protocol):
    """Some of a prompt's cases, from one source."""

    ids: array[int]
    """A digest of each case's id."""
    labels: dict[str, None]
    shapes: Shapes
    scorers: dict[int, ScorerSpec]
    """Distinct by identity: the cases of a file share one."""

    @property
    def limited(self) -> bool:
        """Whether a case sets limits."""
        ...

    def __len__(self) -> int: ...

    def case(self, number: int, index: int) -> Case:
        """The part's case `number`, which is case `index` of the prompt."""
        ...


class Listed:
    """Cases that are written out in YAML."""

    def __init__(self) -> None:
        self._cases: list[Case] = []
        self.ids = array("q")
        self.labels: dict[str, None] = {}
        self.shapes: Shapes = {}
        self.scorers: dict[int, ScorerSpec] = {}

    def append(self, case: Case) -> None:
        self._cases.append(case)
        self.ids.append(hash(case.id))
        note_labels(self.labels, case.expect)
        self.scorers[id(case.score)] = case.score
        shape = self.shapes.setdefault(frozenset(case.vars), Shape())
        shape.count += 1
        if len(shape.first) < SHOWN:
            shape.first.append((case.id, case.place))

    @property
    def limited(self) -> bool:
        return any(case.limits for case in self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def case(self, number: int, index: int) -> Case:
        return self._cases[number]


class PromptCases(Sequence[Case]):
    """All cases of a prompt; rows of data files are read when they are asked for."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends: list[int] = []
        for part in self._parts:
            self._ends.append(len(part) + (self._ends[-1] if self._ends else 0))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Case: ...

    @overload
    def __getitem__(self, index: slice) -> list[Case]: ...

    def __getitem__(self, index: int | slice) -> Case | list[Case]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        which = bisect_right(self._ends, position)
        start = self._ends[which - 1] if which else 0
        return self._parts[which].case(position - start, position)

    def __iter__(self) -> Iterator[Case]:
        return (self[i] for i in range(len(self)))

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct expectations that are text, in order, at most 1,000."""
        merged = dict.fromkeys(label for part in self._parts for label in part.labels)
        return tuple(merged)[:LABEL_LIMIT]

    @property
    def scorers(self) -> tuple[ScorerSpec, ...]:
        """The distinct scorers that the cases use."""
        return tuple(
            {key: spec for part in self._parts for key, spec in part.scorers.items()}.values()
        )

    @property
    def limited(self) -> bool:
        """Whether a case sets limits."""
        return any(part.limited for part in self._parts)

    @property
    def shapes(self) -> Shapes:
        """Which variables the cases give, over all parts."""
        merged: Shapes = {}
        for part in self._parts:
            for names, shape in part.shapes.items():
                total = merged.setdefault(names, Shape())
                total.count += shape.count
                total.first.extend(shape.first[: SHOWN - len(total.first)])
        return merged

    def report_duplicate_ids(self, report: Report) -> None:
        """Ids name cases in results; two cases cannot share one."""
        digests = array("q")
        for part in self._parts:
            digests.extend(part.ids)
        repeated = {one for one, next_ in pairwise(sorted(digests)) if one == next_}
        if not repeated:
            return
        firsts: dict[str, Case] = {}
        again: list[tuple[Case, Case]] = []
        rest = 0
        for i, digest in enumerate(digests):
            if digest not in repeated:
                continue
            case = self[i]
            first = firsts.setdefault(case.id, case)
            if first is case:
                continue
            if len(again) < SHOWN:
                again.append((first, case))
            else:
                rest += 1
        for first, case in again:
            report.error(
                case.place,
                f"case id '{shorten(case.id)}' is used twice",
                hint=f"the first one is at {first.place}",
            )
        if rest:
            report.rest(again[-1][1].place.file, f"and {plural(rest, 'more repeated id')}")
