"""What a prompt's cases can show."""

from __future__ import annotations

from llmopt.api.project import store_path
from llmopt.decide.judgement import Rule
from llmopt.decide.power import Power, anytime_floor, assumed_power, seen_power
from llmopt.domain import Run, Suite
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
    there = cases or len(suite.cases.get(prompt, ()))
    rows: list[Power] = []
    found: Run | None = None
    if store_path(suite.root).exists():
        with RunStore(store_path(suite.root)) as store:
            found = _shown_by(store, run_id)
            baseline = found.baselines.get(prompt) if found else None
            if found and baseline:
                rows = seen_power(store.of(found).outcomes(), baseline, rule, cases=there)
    if not rows and run_id != "latest":
        raise MissingError(
            f"run {run_id} compared no variants of prompt '{prompt}'",
            hint="name another run, or none to plan with assumed discordances",
        )
    rivals = len(rows) or len(chosen.variants) - 1
    return PowerReport(
        prompt=prompt,
        rule=rule,
        cases=there,
        run_id=found.id if found and rows else None,
        rows=rows or assumed_power(rule, cases=there, rivals=rivals),
        anytime_floor=anytime_floor(rule, rivals=rivals),
    )


def _shown_by(store: RunStore, run_id: str) -> Run | None:
    try:
        return store.find(run_id)
    except MissingError:
        if run_id != "latest":
            raise
        return None
