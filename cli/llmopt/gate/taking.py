"""Taking a run's figures into a baseline, only where they speak of what stands in the files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from llmopt.domain import Candidate, Outcomes, Run
from llmopt.evaluate.plan import Plan, PlannedCandidate, Task
from llmopt.gate.baseline import CaseSet, RunFigures
from llmopt.gate.identity import case_set
from llmopt.gate.samples import summarized
from llmopt.prices.table import Pricer
from llmopt.store.runs import RunStore

REQUEST = 12
"""Characters of a template's hash that are kept."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A run's figures by candidate, and why those of others were left."""

    figures: Mapping[Candidate, RunFigures]
    refused: Mapping[Candidate, str]


def take(store: RunStore, run: Run, plan: Plan, *, partial: bool) -> Taken:
    """Take the figures of a run; `plan` is what it would ask today.

    A candidate is refused whose template, parameters or cases have changed since;
    without `partial` also one of which trials failed or cases were left out.
    """
    planned = {one.candidate: one for one in plan.candidates}
    changed = _changed(store, run, plan, planned)
    sets = {name: case_set(cases) for name, cases in plan.suite.cases.items()}
    figures: dict[Candidate, RunFigures] = {}
    refused: dict[Candidate, str] = {}
    for table in store.of(run).outcomes():
        candidate = table.candidate
        why = None
        if candidate not in planned:
            why = "it is gone"
        elif candidate in changed:
            why = "its template, parameters or cases have changed since"
        elif not partial:
            why = _lacking(table, sets[candidate.prompt])
        found = None if why else _figures(table, run, planned[candidate], sets[candidate.prompt])
        if found and found.measures:
            figures[candidate] = found
        else:
            refused[candidate] = why or "no trial of it was answered"
    return Taken(figures, refused)


def request_of(run: Run, candidate: Candidate) -> str:
    """Return the digest of what a run asked a candidate, besides the cases."""
    found = run.snapshot["templates"].get(str(candidate), "")
    return str(found)[:REQUEST]


def _changed(
    store: RunStore, run: Run, plan: Plan, planned: Mapping[Candidate, PlannedCandidate]
) -> set[Candidate]:
    """Return the candidates that were asked something else than they would be today."""
    today: dict[tuple[Candidate, str], int] = {}
    for candidate, one in planned.items():
        for case in plan.suite.cases.get(candidate.prompt, ()):
            today[candidate, case.id] = Task(0, one, case, 0).fingerprint
    return {
        run.candidates[index]
        for index, _, case_id, fingerprint in store.of(run).asked()
        if today.get((run.candidates[index], case_id)) != fingerprint
    }


def _lacking(table: Outcomes, cases: CaseSet) -> str | None:
    """Say what is missing in a candidate's trials."""
    pairs = zip(table.case, table.score, strict=True)
    scored = {case for case, score in pairs if not math.isnan(score)}
    failed = sum(map(math.isnan, table.score))
    if failed:
        return f"{failed:,} of its {len(table):,} trials failed"
    if len(scored) < cases.count:
        return f"the run asked {len(scored):,} of its {cases.count:,} cases"
    return None


def _figures(table: Outcomes, run: Run, planned: PlannedCandidate, cases: CaseSet) -> RunFigures:
    return RunFigures(
        id=run.id,
        date=run.started_at[:10],
        price_table=run.snapshot.get("price_table_date"),
        price=Pricer(planned.model).price,
        request=planned.template_hash[:REQUEST],
        cases=cases,
        measures=summarized(table, seed=run.seed),
    )
