from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from llmopt.decide.details import Details, details
from llmopt.decide.figures import Figures, figures
from llmopt.decide.gates import GateReport
from llmopt.decide.judgement import Rule
from llmopt.decide.robustness import Robustness, robustness
from llmopt.decide.verdict import Verdict, verdicts
from llmopt.domain import Candidate, Finding, Run
from llmopt.store.runs import RunStore
from llmopt.store.tallies import Broken, OddReplies, RoleTotal, StoredFailure

LISTED_FAILURES = 1000
SHOWN_REASONS = 3
"""Low scores of each candidate that are shown with the judge's reasons."""
SHOWN_BROKEN = 3
"""Cases of a candidate that are shown as examples of what a perturbation broke."""


class LowScore(NamedTuple):
    """A trial that scored low, and why."""

    case: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """A run with everything worked out that any report says of it, once.

    `failures` holds the first thousand failed trials; `errors` counts them all.
    `contradictions` counts the replies that a judge compared in both orders, and those on
    which it wavered. `robustness` has the candidates with perturbed trials, which count in
    `totals`, `errors` and `trials` and in no other figure; `perturbed_totals` are their
    part of the totals. These are empty unless details were asked for: `details` itself
    (resampling takes a while), the `broken` cases, and each candidate's `lowest` scores
    where a judge gave them. `gate` is there where limits
    were held, `findings` what was found besides. `odd_replies` counts those that a filter
    ended and those without usage.
    """

    run: Run
    candidates: tuple[Figures, ...]
    verdicts: Mapping[Candidate, Verdict]
    totals: Mapping[str, RoleTotal]
    failures: tuple[StoredFailure, ...]
    details: Mapping[Candidate, Details] = field(default_factory=dict)
    contradictions: tuple[int, int] = (0, 0)
    odd_replies: OddReplies = field(default_factory=OddReplies)
    lowest: Mapping[Candidate, Sequence[LowScore]] = field(default_factory=dict)
    robustness: Mapping[Candidate, Robustness] = field(default_factory=dict)
    perturbed_totals: Mapping[str, RoleTotal] = field(default_factory=dict)
    broken: Mapping[Candidate, Sequence[Broken]] = field(default_factory=dict)
    gate: GateReport | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def position_bias(self) -> float | None:
        """On what share of its comparisons a judge contradicted itself when the order changed."""
        asked, disagreed = self.contradictions
        return disagreed / asked if asked else None

    @property
    def errors(self) -> int:
        plain = sum(figures.errors for figures in self.candidates)
        return plain + sum(one.errors for one in self.robustness.values())

    @property
    def skipped(self) -> int:
        """Trials of the plan that were not run: the evidence had decided, or the run was ended."""
        return sum(self._skipped(one) for one in self.candidates)

    @property
    def cost_not_spent(self) -> float | None:
        """What the skipped trials would have cost at their candidates' averages, in dollars.

        A candidate that never ran counts as dear as the baseline of its prompt.
        None where that is not known.
        """
        cost = {f.candidate: f.cost_per_1k_calls for f in self.candidates}
        spared = 0.0
        for one in self.candidates:
            baseline = self.run.baselines.get(one.candidate.prompt)
            own = cost[one.candidate]
            per_1k = own if own is not None or baseline is None else cost.get(baseline)
            if self._skipped(one):
                if per_1k is None:
                    return None
                spared += self._skipped(one) * per_1k / 1000
        return spared

    def _skipped(self, one: Figures) -> int:
        cases = self.run.snapshot["cases"][one.candidate.prompt]
        return int(cases * self.run.snapshot["selection"]["repeat"]) - one.trials

    @property
    def trials(self) -> int:
        plain = sum(figures.trials for figures in self.candidates)
        return plain + sum(one.trials for one in self.robustness.values())


def judge(store: RunStore, run: Run, *, explain: bool = False) -> Result:
    """Read a run's trials and work out its figures and verdicts, with `explain` their details too.

    Raises:
        StoreError: the store cannot be read.
    """
    kept = store.of(run)
    tables = kept.outcomes()
    candidates = figures(tables, run.baselines)
    rule = Rule(**run.snapshot["rule"])
    perturbed = run.snapshot.get("robustness") is not None
    return Result(
        run=run,
        candidates=candidates,
        verdicts=verdicts(
            tables,
            {one.candidate: one for one in candidates},
            run.baselines,
            rule=rule,
            cases_total=run.snapshot["cases_total"],
            anytime=run.status != "complete" or run.snapshot["until_decided"],
            ladders=run.snapshot.get("ladders"),
            first_only=run.status == "complete" and _first_only(run),
        ),
        totals=kept.totals(),
        failures=tuple(kept.failures(limit=LISTED_FAILURES)),
        contradictions=kept.contradictions(),
        odd_replies=kept.odd_replies(),
        lowest={
            one.candidate: [
                LowScore(*row) for row in kept.lowest(one.candidate, limit=SHOWN_REASONS)
            ]
            for one in candidates
        }
        if explain and run.snapshot.get("judges")
        else {},
        details=details(tables, run.baselines, seed=run.seed) if explain else {},
        robustness=robustness(
            tables, kept.perturbed(), run.baselines, alpha=rule.alpha, seed=run.seed
        )
        if perturbed
        else {},
        perturbed_totals=kept.totals(perturbed=True) if perturbed else {},
        broken=kept.broken(limit=SHOWN_BROKEN) if perturbed and explain else {},
    )


def _first_only(run: Run) -> bool:
    asked = run.snapshot["asked"]["until_decided"]
    return asked is not None and not asked["every"]
