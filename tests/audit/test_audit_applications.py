"""How right the audit is on applications whose outcomes were written down by reading them.

Every folder of `applications` holds `expected.yaml`: for each code an outcome (or a list of them,
where the check leaves it open), why, and for failures the lines that evidence may point to.
Some were written without a look at how the audit works. Where it turned out wrong there, the cell
says so (`known_wrong`: what the audit says) and keeps what a reader expects. Such cells count in
the table; the limits hold for all others.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import Project

HERE = Path(__file__).parent / "applications"
APPLICATIONS = sorted(path.parent.name for path in HERE.glob("*/expected.yaml"))
OUTCOMES = ("pass", "fail", "manual", "not-applicable", "attested")
CHECKS = 46
MOST_DEBATABLE = 0.05
LEAST_RECALL = 0.95
LEAST_PLACES = 0.9


@dataclass(frozen=True, slots=True)
class Place:
    """Lines that prove one thing: evidence on any of them shows it."""

    lines: frozenset[tuple[str, int]]
    said: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One check of one application: what was expected, what was said."""

    application: str
    code: str
    wanted: tuple[str, ...]
    said: str
    why: str
    facts: tuple[str, ...]
    places: tuple[Place, ...]
    pointed: frozenset[tuple[str, int]]
    known_wrong: str | None

    @property
    def right(self) -> bool:
        return self.said in self.wanted

    @property
    def counted_as(self) -> str:
        """The outcome that was expected; where several were, the one that was said."""
        return self.said if self.right else self.wanted[0]

    def __str__(self) -> str:
        head = f"{self.application} {self.code}: expected {' or '.join(self.wanted)}"
        return (
            f"{head} ({self.why or 'no reason given'}), said {self.said}: {'; '.join(self.facts)}"
        )


def _lines(root: Path, file: str, markers: list[str]) -> Iterator[tuple[str, int]]:
    texts = (root / file).read_text(encoding="utf-8").splitlines()
    for marker in markers:
        for number, text in enumerate(texts, 1):
            if marker in text:
                yield file, number


def _place(root: Path, files: str, markers: list[str]) -> Place:
    lines = {line for file in files.split("|") for line in _lines(root, file, markers)}
    return Place(frozenset(lines), f"{files} ({markers[0]})")


def _expectation(entry: object) -> Mapping[str, Any]:
    return entry if isinstance(entry, dict) else {"outcome": entry}


def _wanted(entry: Mapping[str, Any]) -> tuple[str, ...]:
    outcome = entry["outcome"]
    return tuple(outcome) if isinstance(outcome, list) else (outcome,)


@cache
def _expected(application: str) -> Mapping[str, Mapping[str, Any]]:
    text = (HERE / application / "expected.yaml").read_text(encoding="utf-8")
    return {code: _expectation(entry) for code, entry in yaml.safe_load(text).items()}


def _places(application: str, entry: Mapping[str, Any]) -> tuple[Place, ...]:
    root = HERE / application
    return tuple(_place(root, files, lines) for files, lines in entry.get("at", {}).items())


def _cell(application: str, check: Mapping[str, Any]) -> Cell:
    entry = _expected(application)[check["code"]]
    evidence = check["evidence"]
    return Cell(
        application=application,
        code=check["code"],
        wanted=_wanted(entry),
        said=check["outcome"],
        why=entry.get("why", ""),
        facts=tuple(f"{one['file']}:{one['line']} {one['fact']}" for one in evidence),
        places=_places(application, entry),
        pointed=frozenset((one["file"], one["line"]) for one in evidence if one["line"]),
        known_wrong=entry.get("known_wrong"),
    )


def _audit(application: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    copy = root / application
    shutil.copytree(HERE / application, copy, ignore=shutil.ignore_patterns("expected.yaml"))
    monkeypatch.chdir(copy)
    said = Project(copy).llmopt("checklist", ".", "--format", "json")
    assert said.code in {0, 1}, said.out + said.err
    return [_cell(application, check) for check in json.loads(said.out)["checks"]]


@pytest.fixture(scope="module")
def all_cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Cell]]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.delenv("LLMOPT_HOME", raising=False)
        root = tmp_path_factory.mktemp("applications")
        found = [cell for name in APPLICATIONS for cell in _audit(name, root, monkeypatch)]
        print(_table(found))  # noqa: T201 - what `pytest -s` is asked for
        yield found


@pytest.fixture(scope="module")
def cells(all_cells: list[Cell]) -> list[Cell]:
    """Cells that the audit is not known to get wrong."""
    return [cell for cell in all_cells if not cell.known_wrong]


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.3f}" if whole else "none"


def _table(cells: list[Cell]) -> str:
    """Return precision and recall of every outcome, then of the places that failures name."""
    wanted = Counter(cell.counted_as for cell in cells)
    said = Counter(cell.said for cell in cells)
    right = Counter(cell.said for cell in cells if cell.right)
    rows = [
        f"{outcome:15} {_share(right[outcome], said[outcome]):>18} "
        f"{_share(right[outcome], wanted[outcome]):>18}"
        for outcome in OUTCOMES
    ]
    places, shown, pointed, justified = _place_counts(cells)
    rows.append(f"{'places':15} {_share(justified, pointed):>18} {_share(shown, places):>18}")
    rows.append(f"{'cells':15} {_share(right.total(), len(cells)):>18}")
    rows.append(f"{'known wrong':15} {sum(bool(cell.known_wrong) for cell in cells):>18}")
    return "\n".join([f"\n{'outcome':15} {'precision':>18} {'recall':>18}", *rows])


def _place_counts(cells: list[Cell]) -> tuple[int, int, int, int]:
    """Count, of failures rightly said: places, those shown, lines pointed to, those justified."""
    failures = [cell for cell in cells if cell.said == "fail" and cell.right and cell.places]
    places = [(cell, place) for cell in failures for place in cell.places]
    shown = sum(bool(cell.pointed & place.lines) for cell, place in places)
    pointed = sum(len(cell.pointed) for cell in failures)
    justified = sum(len(cell.pointed & _allowed(cell)) for cell in failures)
    return len(places), shown, pointed, justified


def _allowed(cell: Cell) -> frozenset[tuple[str, int]]:
    return frozenset[tuple[str, int]]().union(*(place.lines for place in cell.places))


def _list(cells: list[Cell]) -> str:
    return "\n" + "\n".join(map(str, cells))


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_check_has_an_expectation_and_every_place_is_there(application: str) -> None:
    expected = _expected(application)
    assert len(expected) == CHECKS
    for code, entry in expected.items():
        assert set(_wanted(entry)) <= set(OUTCOMES), code
        assert "why" in entry or "fail" not in _wanted(entry), f"{code} fails without a reason"
        assert entry.get("known_wrong") not in _wanted(entry), f"{code} is not wrong"
        for place in _places(application, entry):
            assert place.lines, f"{code}: no line of {place.said}"


def test_expectations_are_seldom_debatable() -> None:
    outcomes = [_wanted(entry) for name in APPLICATIONS for entry in _expected(name).values()]
    assert sum(len(one) > 1 for one in outcomes) <= MOST_DEBATABLE * len(outcomes)


def test_nothing_fails_that_a_reader_would_let_pass(cells: list[Cell]) -> None:
    alarms = [cell for cell in cells if cell.said == "fail" and not cell.right]
    assert not alarms, _list(alarms)


def test_failures_are_found(cells: list[Cell]) -> None:
    failures = [cell for cell in cells if cell.counted_as == "fail"]
    missed = [cell for cell in failures if not cell.right]
    assert len(missed) <= (1 - LEAST_RECALL) * len(failures), _list(missed)


def test_evidence_of_failures_points_where_a_reader_would_look(cells: list[Cell]) -> None:
    astray = [
        f"{cell.application} {cell.code}: {place.said}, pointed to {sorted(cell.pointed)}"
        for cell in cells
        if cell.said == "fail" and cell.right
        for place in cell.places
        if not cell.pointed & place.lines
    ]
    places = _place_counts(cells)[0]
    assert len(astray) <= (1 - LEAST_PLACES) * places, "\n" + "\n".join(astray)


def test_other_outcomes_are_right(cells: list[Cell]) -> None:
    wrong = [cell for cell in cells if not cell.right]
    assert len(wrong) <= (1 - LEAST_RECALL) * len(cells), _list(wrong)


def test_what_is_known_to_be_wrong_still_is(all_cells: list[Cell]) -> None:
    mended = [cell for cell in all_cells if cell.known_wrong and cell.right]
    assert not mended, "these are right now; take their known_wrong away:" + _list(mended)
    moved = [cell for cell in all_cells if cell.known_wrong and cell.said != cell.known_wrong]
    assert not moved, "these are wrong in another way than their known_wrong says:" + _list(moved)
