"""The trials that a baseline was taken from, where the run store still has them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import replace

from llmopt.domain import Candidate, Outcomes, Run, Suite
from llmopt.errors import MissingError
from llmopt.gate.measuring import Earlier
from llmopt.store.runs import RunStore


def earlier_trials(store: RunStore, suite: Suite, run_ids: Iterable[str]) -> Earlier:
    """Return the trials of those runs that are kept, at the indices that their cases have today."""
    today = {
        prompt: {case.id: case.index for case in cases} for prompt, cases in suite.cases.items()
    }
    found: dict[str, Mapping[Candidate, Outcomes]] = {}
    for run_id in sorted(set(run_ids)):
        try:
            run = store.find(run_id)
        except MissingError:
            continue
        if run.id == run_id:
            found[run_id] = _trials(store, run, today)
    return found


def _trials(
    store: RunStore, run: Run, today: Mapping[str, Mapping[str, int]]
) -> dict[Candidate, Outcomes]:
    """Return the tables of candidates all of whose cases are there today."""
    names = {(index, case): name for index, case, name, _ in store.of(run).asked()}
    tables: dict[Candidate, Outcomes] = {}
    for index, table in enumerate(store.of(run).outcomes()):
        known = today.get(table.candidate.prompt, {})
        moved = [known.get(names[index, case]) for case in table.case]
        there = [case for case in moved if case is not None]
        if len(there) == len(moved):
            tables[table.candidate] = replace(table, case=array("q", there))
    return tables
