"""One verdict per candidate: is it cheaper, and proven not worse?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from llmopt.decide.cases import paired
from llmopt.decide.figures import Figures
from llmopt.decide.judgement import (
    Decision,
    Reason,
    Rule,
    Unit,
    anytime_judgements,
    fixed_judgements,
)
from llmopt.domain import Candidate, Outcomes
from llmopt.domain.ladders import families
from llmopt.stats.interval import Interval


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the statistics say of a candidate against its baseline.

    Differences are candidate minus baseline in −1..1, savings shares of the
    baseline's. `p_worse` is the adjusted p-value of "worse by the margin or more"
    (small: proven not to be), `p_different` McNemar's of "equally accurate",
    `cases_needed` about how many more of the `unit` would decide (cases, or clusters
    where these count as one), None where none would or nobody can tell; `units_used` how
    many of these the comparison stands on. `gains` and
    `losses` count the cases on which the candidate scored higher and lower; `rivals`
    candidates in `families` were compared with the same baseline; `stopped_by` is the
    step of the ladder that was not adopted, so that no later one was tested; `anytime`
    evidence holds wherever the run ended.
    """

    baseline: Candidate
    decision: Decision
    reason: Reason
    rule: Rule
    accuracy_delta: float | None = None
    accuracy_delta_ci: Interval | None = None
    token_saving: float | None = None
    cost_saving: float | None = None
    cases_used: int = 0
    cases_total: int = 0
    units_used: int = 0
    cases_needed: int | None = None
    p_worse: float | None = None
    p_different: float | None = None
    gains: int = 0
    losses: int = 0
    unit: Unit = "case"
    rivals: int = 1
    families: int = 1
    stopped_by: Candidate | None = None
    anytime: bool = False

    @property
    def tied(self) -> bool:
        """Whether the accuracies cannot be told apart at `alpha`."""
        return self.p_different is not None and self.p_different > self.rule.alpha


def verdicts(
    tables: Sequence[Outcomes],
    figures: Mapping[Candidate, Figures],
    baselines: Mapping[str, Candidate],
    *,
    rule: Rule,
    cases_total: Mapping[str, int],
    anytime: bool,
    ladders: Mapping[str, Sequence[str]] | None = None,
    first_only: bool = False,
) -> dict[Candidate, Verdict]:
    """Judge every candidate whose prompt has its baseline in the run.

    `anytime` asks for evidence that holds wherever a run ended; without it the run
    is complete and nobody looked before its end. `ladders` holds the variants of each
    prompt's ladder in their order. `first_only` says that the run ended a prompt with
    the first candidate worth adopting.
    """
    by_candidate = {table.candidate: table for table in tables}
    found: dict[Candidate, Verdict] = {}
    for prompt, baseline in baselines.items():
        rivals = [c for c in by_candidate if c.prompt == prompt and c != baseline]
        chains = families(rivals, (ladders or {}).get(prompt, ()))
        places = [[rivals.index(one) for one in chain] for chain in chains]
        pairs = [paired(by_candidate[rival], by_candidate[baseline]) for rival in rivals]
        total = cases_total[prompt]
        judge = anytime_judgements if anytime else fixed_judgements
        found[baseline] = Verdict(
            baseline=baseline,
            decision="baseline",
            reason="baseline",
            rule=rule,
            cases_used=figures[baseline].cases,
            cases_total=total,
        )
        judged: dict[Candidate, Verdict] = {}
        for rival, pair, one in zip(rivals, pairs, judge(pairs, rule, total, places), strict=True):
            stop = one.stopped_by
            verdict = Verdict(
                baseline=baseline,
                rule=rule,
                cases_used=int(pair.by_case.size),
                cases_total=total,
                units_used=int(pair.units.size),
                rivals=len(rivals),
                families=len(chains),
                anytime=anytime,
                **{**one._asdict(), "stopped_by": None if stop is None else rivals[stop]},
            )
            judged[rival] = _priced(verdict, figures[rival], figures[baseline])
        found |= _not_needed(judged) if first_only else judged
    return found


def _not_needed(judged: dict[Candidate, Verdict]) -> dict[Candidate, Verdict]:
    """Tell apart what was left aside since one that saves as much or more is adopted."""
    best = max((_saving(one) for one in judged.values() if one.decision == "adopt"), default=None)
    return {
        candidate: replace(one, reason="not needed", cases_needed=None)
        if best is not None and one.reason in ("undecided", "no pairs") and _saving(one) <= best
        else one
        for candidate, one in judged.items()
    }


def _saving(verdict: Verdict) -> float:
    """What a candidate saves, as far as it is known: dollars, else tokens."""
    saving = verdict.token_saving if verdict.cost_saving is None else verdict.cost_saving
    return -math.inf if saving is None else saving


def _priced(verdict: Verdict, own: Figures, baseline: Figures) -> Verdict:
    """Turn down what is not cheaper, however accurate."""
    verdict = replace(verdict, token_saving=own.token_saving, cost_saving=own.cost_saving)
    if _dearer(own, baseline):
        return replace(verdict, decision="reject", reason="not cheaper", cases_needed=None)
    if verdict.decision == "adopt" and own.cost_saving is None and own.token_saving is None:
        return replace(verdict, decision="inconclusive", reason="saving unknown")
    return verdict


def _dearer(own: Figures, baseline: Figures) -> bool:
    """Compare in dollars where both are known and not both free, else in tokens.

    Without a case that both answered neither saving is known, and nothing is dearer.
    """
    if own.cost_per_1k_calls and baseline.cost_per_1k_calls == 0:
        return True
    if own.cost_saving is not None:
        return own.cost_saving <= 0
    return own.token_saving is not None and own.token_saving <= 0
