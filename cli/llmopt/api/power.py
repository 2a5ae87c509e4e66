"""What a prompt's cases can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from llmopt.api.project import store_path
from llmopt.decide.judgement import Rule
from llmopt.decide.power import Power, anytime_floor, assumed_power, seen_power
from llmopt.domain import Candidate, Prompt, Run, Suite
from llmopt.domain.ladders import families
from llmopt.errors import MissingError
from llmopt.evaluate.plan import known_prompt
from llmopt.report.power import PowerReport
from llmopt.store.runs import RunStore


def plan_power(
    suite: Suite, prompt: str, rule: Rule, *, cases: int | None, run_id: str = "latest"
) -> PowerReport:
    """Say what a prompt's cases can show, from the discordance that a kept run has shown.

    Raises:
        UsageError: the suite has no such prompt.
        MissingError: `run_id` names a run that is not kept, or not of this prompt.
    """
    chosen = known_prompt(suite, prompt)
    groups = Counter(case.group for case in suite.cases.get(prompt, ()))
    clusters = groups[None] + len(groups) - (None in groups)
    there = cases or clusters
    rows: list[Power] = []
    found: Run | None = None
    if store_path(suite.root).exists():
        with RunStore(store_path(suite.root)) as store:
            found = _shown_by(store, run_id)
            baseline = found.baselines.get(prompt) if found else None
            if found and baseline:
                tables = store.of(found).outcomes()
                rows = seen_power(tables, baseline, rule, cases=there, ladder=chosen.ladder)
    if not rows and run_id != "latest":
        raise MissingError(
            f"run {run_id} compared no variants of prompt '{prompt}'",
            hint="name another run, or none to plan with assumed discordances",
        )
    shares = len(families(_rivals(suite, chosen, rows), chosen.ladder))
    return PowerReport(
        prompt=prompt,
        rule=rule,
        cases=there,
        unit="case" if clusters == groups.total() else "cluster",
        run_id=found.id if found and rows else None,
        rows=rows or assumed_power(rule, cases=there, shares=shares),
        anytime_floor=anytime_floor(rule, shares=shares),
    )


def _rivals(suite: Suite, prompt: Prompt, rows: Sequence[Power]) -> list[Candidate]:
    """Return what a run has compared with the baseline, or what the next one would."""
    if rows:
        return [row.candidate for row in rows if row.candidate]
    models = [model.name for model in suite.config.models] or [""]
    planned = [Candidate(prompt.name, name, model) for model in models for name in prompt.variants]
    baseline = (prompt.baseline, suite.config.baseline_model or models[0])
    return [one for one in planned if (one.variant, one.model) != baseline]


def _shown_by(store: RunStore, run_id: str) -> Run | None:
    try:
        return store.find(run_id)
    except MissingError:
        if run_id != "latest":
            raise
        return None
