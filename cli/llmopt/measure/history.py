"""What earlier runs know of a plan's candidates: how long their replies were, and took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean

from llmopt.decide.judgement import Rule
from llmopt.decide.power import Power, assumed_power, seen_power
from llmopt.domain import Candidate, Model, Run
from llmopt.domain.ladders import families
from llmopt.evaluate.judges import as_kept, unpriced
from llmopt.evaluate.plan import Plan
from llmopt.evaluate.units import units
from llmopt.store.runs import RunStore
from llmopt.store.tallies import JudgementsSeen, RepliesSeen

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


@dataclass(frozen=True, slots=True)
class Judgements:
    """What a judge was seen to answer on a prompt, and how often it was asked for each trial.

    Trials of the baseline are left out of the latter: a comparison asks nothing about them.
    """

    replies: RepliesSeen
    calls_a_trial: float


def judgements_seen(
    store: RunStore | None, plan: Plan, judges: Iterable[Model]
) -> Mapping[tuple[str, str], Judgements]:
    """Return, by prompt and judge, the judgements of the newest run that has some.

    Its judge was the same: the same model, parameters and address.
    """
    now = {judge.name: as_kept(judge) for judge in judges}
    found: dict[tuple[str, str], Judgements] = {}
    for run, *_ in store.runs(limit=RUNS_LOOKED_AT) if store and now else ():
        before = run.snapshot.get("judges", {})
        same = {name for name, one in now.items() if unpriced(before.get(name, {})) == one}
        if store and same:
            for key, one in _judgements(store, run).items():
                if key[0] in plan.order and key[1] in same:
                    found.setdefault(key, one)
    return found


def _judgements(store: RunStore, run: Run) -> Mapping[tuple[str, str], Judgements]:
    """Sum a run's judgements by prompt and judge."""
    kept = store.of(run)
    seen = kept.judgements_seen()
    trials: Counter[str] = Counter()
    for candidate, replies in kept.replies_seen().items() if seen else ():
        if candidate != run.baselines.get(candidate.prompt):
            trials[candidate.prompt] += replies.trials
    grouped: dict[tuple[str, str], list[tuple[Candidate, JudgementsSeen]]] = {}
    for (candidate, judge), one in seen.items():
        grouped.setdefault((candidate.prompt, judge), []).append((candidate, one))
    return {
        key: _summed(own, run.baselines.get(key[0]), trials[key[0]]) for key, own in grouped.items()
    }


def _summed(
    own: Sequence[tuple[Candidate, JudgementsSeen]], baseline: Candidate | None, trials: int
) -> Judgements:
    parts = [one for _, one in own]
    counted = sum(one.counted for one in parts)
    asked = sum(one.calls for candidate, one in own if candidate != baseline)
    latencies = [one.latency_ms for one in parts if one.latency_ms is not None]
    replies = RepliesSeen(
        trials=counted,
        least=min((one.least for one in parts if one.least is not None), default=None),
        mean=sum(one.total or 0 for one in parts) / counted if counted else None,
        most=max((one.most for one in parts if one.most is not None), default=None),
        latency_ms=fmean(latencies) if latencies else None,
    )
    return Judgements(replies, asked / trials if trials else 0.0)


def showable(store: RunStore | None, plan: Plan, rule: Rule) -> list[Showable]:
    """Say what each prompt's planned cases can show, if candidate and baseline are equal."""
    return [_showable(store, plan, prompt, rule) for prompt in plan.order]


def _showable(store: RunStore | None, plan: Plan, prompt: str, rule: Rule) -> Showable:
    cases, ladder = len(plan.order[prompt]), plan.ladders.get(prompt, ())
    there = len(units(plan, prompt, by_cluster=True))
    for run, trials, _ in islice(store.runs(limit=RUNS_LOOKED_AT), None) if store else ():
        baseline = run.baselines.get(prompt)
        if baseline and trials and store:
            tables = store.of(run).outcomes()
            powers = seen_power(tables, baseline, rule, cases=there, ladder=ladder)
            if powers:
                return Showable(prompt, cases, run.id, powers)
    here = [one.candidate for one in plan.candidates if one.candidate.prompt == prompt]
    shares = len(families([one for one in here if one != plan.baselines.get(prompt)], ladder))
    return Showable(prompt, cases, None, assumed_power(rule, cases=there, shares=shares))
