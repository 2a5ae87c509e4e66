"""Two runs side by side: what moved, what explains it, and what nobody can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from llmopt.domain import (
    Call,
    Candidate,
    Completion,
    Failure,
    Run,
    RunStatus,
    Score,
    Trial,
    TrialKey,
    Usage,
)
from llmopt.evaluate.plan import case_part
from llmopt.gate.run_changes import Change
from llmopt.gate.run_diff import SAME_PRICE, CandidateDiff, Moved, RunDiff, diff
from llmopt.store.runs import RunStore
from llmopt.store.writer import writing

SHORT = Candidate("mood", "short", "acme/one")
CHEAP = {"input": 1.0, "output": 2.0, "cached_input": None, "cache_write": None, "flat": True}


@dataclass(frozen=True)
class Asked:
    """A run of one candidate: its cases by id with their scores (None: it failed)."""

    scores: Mapping[str, float | None]
    candidate: Candidate = SHORT
    template: str = "t"
    messages: str = "m"
    params: Mapping[str, Any] = field(default_factory=dict)
    price: Mapping[str, Any] | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    tokens: int = 100
    cost: float | None = 0.001
    indices: Mapping[str, int] = field(default_factory=dict)
    group: str | None = None
    status: RunStatus = "complete"
    old: bool = False
    """Whether its snapshot is one without messages, params and prices."""


def snapshot(asked: Asked) -> dict[str, Any]:
    name = str(asked.candidate)
    kept = {
        "packages": {"llmopt": "1"},
        "templates": {name: asked.template},
        "models": {asked.candidate.model: {"id": "acme/one", "params": {}, "price": None}},
        "messages": {name: asked.messages},
        "params": {name: dict(asked.params)},
        "prices": {} if asked.price is None else {asked.candidate.model: asked.price},
        "selection": {"prompts": [], "variants": [], "tags": [], "limit": None, "repeat": 1},
        "rule": {"margin": 0.02, "alpha": 0.05, "target": "traffic"},
        "cases_total": {"mood": len(asked.scores)},
        "until_decided": False,
    }
    for key in ("messages", "params", "prices") if asked.old else ():
        del kept[key]
    return kept


def trials(asked: Asked) -> Sequence[Trial]:
    usage = Usage(asked.tokens, 10)
    call = Call("generation", "acme/one", Completion("good", usage, latency_ms=5.0), asked.cost)
    return [
        Trial(
            number=number,
            key=TrialKey(*asked.candidate, case, 0),
            candidate_index=0,
            case_index=asked.indices.get(case, number),
            group=asked.group,
            # The two parts are put together by the inverse of what takes them apart.
            fingerprint=case_part(asked.parts.get(case, hash(case) % 2**50), asked.template),
            calls=() if score is None else (call,),
            score=None if score is None else Score(score, ""),
            failure=Failure("server", "down") if score is None else None,
        )
        for number, (case, score) in enumerate(asked.scores.items())
    ]


async def compared(folder: Path, before: Asked, after: Asked) -> RunDiff:
    with RunStore(folder / "runs.db") as store:
        for number, asked in enumerate((before, after)):
            run = Run(
                id=f"run-{number}",
                status=asked.status,
                started_at="2026-01-01T00:00:00+00:00",
                finished_at=None,
                seed=0,
                candidates=(asked.candidate,),
                baselines={"mood": asked.candidate},
                snapshot=snapshot(asked),
            )
            async with writing(store, store.create(run)) as writer:
                for trial in trials(asked):
                    for seq, call in enumerate(trial.calls):
                        await writer.call(trial.number, seq, call, trial.fingerprint)
                    await writer.trial(trial)
        return diff(store, store.find("run-0"), store.find("run-1"))


async def one(folder: Path, before: Asked, after: Asked) -> CandidateDiff:
    (found,) = (await compared(folder, before, after)).candidates
    return found


def figure(found: CandidateDiff, measure: str) -> Moved:
    return next(row for row in found.moved if row.measure == measure)


def cases(count: int, score: float | None = 1.0) -> dict[str, float | None]:
    return {f"case-{number}": score for number in range(count)}


async def test_a_run_against_itself_shows_nothing(tmp_path: Path) -> None:
    found = await one(tmp_path, Asked(cases(8)), Asked(cases(8)))
    assert {row.finding for row in found.moved} == {"identical"}
    assert (found.changes.template, found.changes.params, found.changes.price) == (False, (), False)
    assert found.cases.compared == 8


async def test_lost_accuracy_is_shown_with_the_cases_that_lost_it(tmp_path: Path) -> None:
    after = {name: float(number >= 12) for number, name in enumerate(cases(40))}
    found = await one(tmp_path, Asked(cases(40)), Asked(after, template="u", messages="n"))
    accuracy = figure(found, "accuracy")
    assert (accuracy.before, accuracy.after, accuracy.finding) == (1.0, 0.7, "lower")
    assert accuracy.delta_ci is not None
    assert accuracy.delta_ci.low < -0.3 < accuracy.delta_ci.high < 0
    assert accuracy.p_different == pytest.approx(2 * 0.5**12)
    assert (accuracy.losses, accuracy.gains, accuracy.gained) == (12, 0, ())
    assert accuracy.lost == tuple(f"case-{number}" for number in range(5))
    assert found.changes.template is True


async def test_a_small_loss_is_not_called_one(tmp_path: Path) -> None:
    found = await one(tmp_path, Asked(cases(40)), Asked({**cases(40), "case-3": 0.0}))
    assert figure(found, "accuracy").finding == "not shown"


async def test_cases_are_paired_by_id_wherever_they_stand(tmp_path: Path) -> None:
    before = Asked({"a": 1.0, "b": 0.0, "c": 1.0})
    after = Asked({"new": 0.0, "c": 1.0, "a": 1.0, "b": 0.0})
    found = await one(tmp_path, before, after)
    assert figure(found, "accuracy").finding == "identical"
    assert (found.cases.compared, found.cases.added, found.cases.removed) == (3, 1, 0)
    assert found.cases.examples["added"] == ("new",)


async def test_a_changed_case_is_told_and_left_out_also_under_a_new_template(
    tmp_path: Path,
) -> None:
    parts = {"a": 1, "b": 2, "gone": 3}
    before = Asked({"a": 1.0, "b": 1.0, "gone": 1.0}, parts=parts)
    after = Asked({"a": 1.0, "b": 0.0}, template="u", parts={**parts, "b": 9})
    found = await one(tmp_path, before, after)
    assert (found.cases.compared, found.cases.changed, found.cases.removed) == (1, 1, 1)
    assert found.cases.examples["changed"] == ("b",)
    assert figure(found, "accuracy").finding == "identical"


async def test_a_price_that_moved_is_no_regression(tmp_path: Path) -> None:
    dear = {**CHEAP, "input": 2.0, "output": 4.0}
    before = Asked(cases(5), price=CHEAP, cost=0.00012)
    found = await one(tmp_path, before, Asked(cases(5), price=dear, cost=0.00024))
    assert found.changes.price is True
    cost, same = figure(found, "cost_per_1k_calls"), figure(found, SAME_PRICE)
    assert (cost.finding, same.finding) == ("repriced", "identical")
    assert cost.change == pytest.approx(1.0)
    assert same.before == pytest.approx(0.24)


async def test_more_tokens_are_told_from_the_price_that_moved_with_them(tmp_path: Path) -> None:
    dear = {**CHEAP, "input": 2.0, "output": 4.0}
    before = Asked(cases(5), price=CHEAP, cost=0.00012)
    after = Asked(cases(5), price=dear, tokens=150, cost=0.00034)
    found = await one(tmp_path, before, after)
    assert figure(found, "input_tokens").finding == "higher"
    same = figure(found, SAME_PRICE)
    assert same.finding == "higher"
    assert same.before == pytest.approx(0.24)
    assert same.after == pytest.approx(0.34)


async def test_prices_with_tiers_are_not_worked_out_anew(tmp_path: Path) -> None:
    tiers = {**CHEAP, "input": 2.0, "flat": False}
    found = await one(tmp_path, Asked(cases(5), price=CHEAP), Asked(cases(5), price=tiers, cost=1))
    assert SAME_PRICE not in {row.measure for row in found.moved}
    assert figure(found, "cost_per_1k_calls").finding == "repriced"


async def test_what_a_run_did_not_keep_is_unknown(tmp_path: Path) -> None:
    before = Asked(cases(5), old=True, parts={"case-0": 1})
    found = await one(tmp_path, before, Asked(cases(5), template="u", cost=0.5))
    assert (found.changes.template, found.changes.params, found.changes.price) == (None, None, None)
    assert found.cases.changed is None
    assert found.cases.compared == 5
    assert figure(found, "cost_per_1k_calls").finding == "price unknown"


async def test_params_are_told_from_the_template(tmp_path: Path) -> None:
    before = Asked(cases(3), params={"max_tokens": 4, "seed": 1})
    after = Asked(cases(3), template="u", params={"max_tokens": 8, "seed": 1})
    found = await one(tmp_path, before, after)
    assert found.changes.template is False
    assert found.changes.params == (Change("max_tokens", 4, 8),)


async def test_a_new_name_for_the_same_request_is_the_same_candidate(tmp_path: Path) -> None:
    after = Asked(cases(3), candidate=SHORT._replace(variant="brief"))
    found = await compared(tmp_path, Asked(cases(3)), after)
    assert [(one.candidate.variant, one.was) for one in found.candidates] == [("brief", SHORT)]
    assert (found.only_before, found.only_after) == ((), ())


async def test_candidates_of_one_run_alone_are_listed(tmp_path: Path) -> None:
    other = SHORT._replace(variant="brief")
    after = Asked(cases(3), candidate=other, template="u", messages="n")
    found = await compared(tmp_path, Asked(cases(3)), after)
    assert (found.candidates, found.only_before, found.only_after) == ((), (SHORT,), (other,))


async def test_failed_trials_are_counted_and_compared_with_nothing(tmp_path: Path) -> None:
    found = await one(tmp_path, Asked(cases(4)), Asked({**cases(4), "case-1": None}))
    assert found.errors == (0, 1)
    assert figure(found, "accuracy").cases == 3
    nothing = await one(tmp_path / "other", Asked(cases(4)), Asked(cases(4, None)))
    assert {row.finding for row in nothing.moved} == {"unknown"}


async def test_one_case_shows_no_spread(tmp_path: Path) -> None:
    found = await one(tmp_path, Asked(cases(1)), Asked(cases(1), tokens=90))
    assert figure(found, "input_tokens").finding == "too few"
    assert figure(found, "input_tokens").delta_ci is None


async def test_a_run_that_ended_early_needs_evidence_that_bears_it(tmp_path: Path) -> None:
    after = {name: float(number >= 12) for number, name in enumerate(cases(40))}
    fixed = await compared(tmp_path, Asked(cases(40)), Asked(after))
    partial = Asked(after, status="partial")
    early = await compared(tmp_path / "other", Asked(cases(40)), partial)
    assert (fixed.anytime, early.anytime) == (False, True)
    ends = [figure(found.candidates[0], "accuracy").delta_ci for found in (fixed, early)]
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[1].low < ends[0].low
    assert ends[1].high > ends[0].high


async def test_cases_of_one_cluster_are_one_piece_of_evidence(tmp_path: Path) -> None:
    after = cases(30, 0.0)
    alone = await one(tmp_path, Asked(cases(30)), Asked(after))
    before = Asked(cases(30), group="thread")
    together = await one(tmp_path / "other", before, replace(before, scores=after))
    assert figure(alone, "accuracy").finding == "lower"
    assert figure(together, "accuracy").finding == "not shown"
