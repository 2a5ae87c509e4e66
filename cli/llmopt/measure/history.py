"""What earlier runs know of a plan's candidates: how long their replies were, and took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from llmopt.decide.judgement import Rule
from llmopt.decide.power import Power, assumed_power, seen_power
from llmopt.domain import Candidate
from llmopt.evaluate.plan import Plan
from llmopt.store.kept_run import RepliesSeen
from llmopt.store.runs import RunStore

RUNS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Showable:
    """What a prompt's cases can show: by rival as in run `run_id`, or, None, by assumption."""

    prompt: str
    cases: int
    run_id: str | None
    powers: Sequence[Power]


def replies_seen(store: RunStore | None, plan: Plan) -> Mapping[Candidate, RepliesSeen]:
    """Return, by candidate, the replies of the newest run that asked exactly the same.

    The same is the same template, parameters, model and address.
    """
    wanted = {str(one.candidate): one for one in plan.candidates}
    found: dict[Candidate, RepliesSeen] = {}
    for run, *_ in store.runs(limit=RUNS_LOOKED_AT) if store else ():
        same = [
            one.candidate
            for name, one in wanted.items()
            if run.snapshot["templates"].get(name) == one.template_hash
        ]
        replies = store.of(run).replies_seen() if store and same else {}
        for candidate in same:
            seen = replies.get(candidate)
            if seen is not None and seen.trials:
                found[candidate] = seen
                del wanted[str(candidate)]
        if not wanted:
            break
    return found


def showable(store: RunStore | None, plan: Plan, rule: Rule) -> list[Showable]:
    """Say what each prompt's planned cases can show, if candidate and baseline are equal."""
    return [_showable(store, plan, prompt, rule) for prompt in plan.order]


def _showable(store: RunStore | None, plan: Plan, prompt: str, rule: Rule) -> Showable:
    cases = len(plan.order[prompt])
    for run, trials, _ in islice(store.runs(limit=RUNS_LOOKED_AT), None) if store else ():
        baseline = run.baselines.get(prompt)
        if baseline and trials and store:
            powers = seen_power(store.of(run).outcomes(), baseline, rule, cases=cases)
            if powers:
                return Showable(prompt, cases, run.id, powers)
    rivals = sum(one.candidate.prompt == prompt for one in plan.candidates) - 1
    return Showable(prompt, cases, None, assumed_power(rule, cases=cases, rivals=rivals))
