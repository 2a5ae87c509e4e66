"""Ladders: steps tested in their order, at one share of alpha, up to the first that fails."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Project

from llmopt.decide.cases import Pairs
from llmopt.decide.judgement import Judgement, Rule, anytime_judgements, fixed_judgements
from llmopt.domain import Candidate
from llmopt.domain.ladders import families
from llmopt.stats.eprocess import equal_cases

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
RUNS = 300
TOLERATED = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)  # three standard errors
JUDGES = pytest.mark.parametrize("judge", [fixed_judgements, anytime_judgements])


def alone(differences: Floats) -> Pairs:
    return Pairs(differences, differences)


def equal(n: int) -> Pairs:
    return alone(np.zeros(n))


def lost(n: int, losses: int) -> Pairs:
    """Losses at even distances, so that no beginning looks better than the whole."""
    differences = np.zeros(n)
    differences[:: n // losses][:losses] = -1.0
    return alone(differences)


def said(found: Sequence[Judgement]) -> list[tuple[str, str]]:
    return [(one.decision, one.reason) for one in found]


@JUDGES
def test_what_follows_the_first_step_that_is_not_adopted_is_not_decided(judge: Any) -> None:
    pairs = [equal(200), lost(200, 10), equal(200)]
    found = judge(pairs, Rule(margin=0.05), 200, [(0, 1, 2)])
    assert said(found) == [
        ("adopt", "noninferior"), ("inconclusive", "undecided"), ("inconclusive", "ladder")
    ]  # fmt: skip
    assert (found[2].stopped_by, found[2].cases_needed) == (1, None)
    assert found[2].p_worse == found[1].p_worse


@JUDGES
def test_a_later_step_that_is_worse_is_rejected_all_the_same(judge: Any) -> None:
    pairs = [lost(200, 10), lost(200, 100)]
    found = judge(pairs, Rule(margin=0.05), 200, [(0, 1)])
    assert [one.decision for one in found] == ["inconclusive", "reject"]


@JUDGES
def test_a_ladder_pays_for_one_candidate_however_many_steps_it_has(judge: Any) -> None:
    n = equal_cases(0.05, ALPHA, 1)
    assert n is not None
    steps = [equal(n)] * 8
    assert {one.decision for one in judge(steps, Rule(margin=0.05), n, [range(8)])} == {"adopt"}
    alone_each = anytime_judgements(steps, Rule(margin=0.05), n)
    assert {one.decision for one in alone_each} == {"inconclusive"}


def test_one_step_that_nobody_ran_ends_the_ladder() -> None:
    none = alone(np.zeros(0))
    found = fixed_judgements([equal(300), none, equal(300)], Rule(), 300, [(0, 1, 2)])
    assert said(found)[1:] == [("inconclusive", "no pairs"), ("inconclusive", "ladder")]


def draws(seed: int, shape: tuple[int, ...], mean: float, discordance: float) -> Floats:
    low, high = (discordance - mean) / 2, (discordance + mean) / 2
    draw = np.random.default_rng(seed).random(shape)
    return np.where(draw < low, -1.0, np.where(draw < low + high, 1.0, 0.0))


@JUDGES
@pytest.mark.parametrize("good", [0, 2])
def test_ladders_on_the_margin_adopt_any_falsely_in_at_most_alpha_of_runs(
    judge: Any, good: int
) -> None:
    """Two ladders of four and two candidates alone, true ones after `good` that are better."""
    rule, n = Rule(margin=0.05), 150
    chains = [(0, 1, 2, 3), (4, 5, 6, 7), (8,), (9,)]
    better = {place for chain in chains[:2] for place in chain[:good]}
    runs = draws(5, (RUNS, 10, n), -rule.margin, 0.15)
    gains = draws(6, (RUNS, 10, n), 0.05, 0.06)
    wrong = 0
    for row, gain in zip(runs, gains, strict=True):
        pairs = [alone(gain[i] if i in better else row[i]) for i in range(10)]
        found = judge(pairs, rule, n, chains)
        wrong += any(f.decision == "adopt" for i, f in enumerate(found) if i not in better)
    assert wrong / RUNS <= TOLERATED


BLOCKS = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.integers(1, 60)), max_size=6)


@given(steps=st.lists(BLOCKS, min_size=1, max_size=5), first=st.booleans())
def test_adopted_steps_are_the_beginning_of_their_ladder_and_p_values_only_grow(
    steps: list[list[tuple[float, int]]], *, first: bool
) -> None:
    judge = fixed_judgements if first else anytime_judgements
    rows = [np.array([v for v, times in blocks for _ in range(times)]) for blocks in steps]
    pairs = [alone(row) for row in rows]
    found = judge(pairs, Rule(margin=0.1), 1000, [range(len(steps))])
    adopted = [one.decision == "adopt" for one in found]
    assert adopted == sorted(adopted, reverse=True)
    p_values = [one.p_worse for one in found if one.p_worse is not None]
    assert p_values == sorted(p_values)
    singly = judge(pairs[:1], Rule(margin=0.1), 1000)
    # For its adoption the first step pays for nobody behind it.
    assert found[0].p_worse == singly[0].p_worse
    assert adopted[0] == (singly[0].decision == "adopt")


def test_a_ladder_is_one_family_on_each_model() -> None:
    rivals = [
        Candidate("p", variant, model)
        for model in ("acme/one", "acme/two")
        for variant in ("long", "bare", "other", "short")
    ][1:]
    found = families(rivals, ("short", "bare"))
    assert [[f"{c.variant} {c.model[-3:]}" for c in family] for family in found] == [
        ["short one", "bare one"], ["other one"], ["long two"], ["short two", "bare two"],
        ["other two"],
    ]  # fmt: skip


CASES = 200
LADDER = {"long": 0.0, "short": 0.0, "terse": 0.3, "bare": 0.0}


@pytest.fixture
def ladder(empty_project: Project) -> Project:
    """Four variants, each half as long as the one before; the third one is bad."""
    texts = "\n".join(f'  {name}: {{user: "{{{{ text }}}}"}}' for name in LADDER)
    empty_project.write(
        "prompts/p.yaml", f"prompt: p\nladder: [short, terse, bare]\nvariants:\n{texts}\n"
    )
    cases = [f"  - {{id: c{n}, vars: {{text: x}}, expect: x}}" for n in range(CASES)]
    empty_project.write("testcases/p.yaml", "\n".join(["prompt: p\nscore: exact\ncases:", *cases]))
    rows = [
        {"prompt": "p", "variant": name, "model": "acme/one", "case": f"c{n}",
         "score": int((n * 7919) % 100 >= lost * 100), "input_tokens": 160 // 2**place,
         "output_tokens": 1, "cost": 160 // 2**place * 1e-6}
        for place, (name, lost) in enumerate(LADDER.items())
        for n in range(CASES)
    ]  # fmt: skip
    empty_project.write("past.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")
    return empty_project


def by_variant(text: str) -> dict[str, Any]:
    return {row["variant"]: row for row in json.loads(text)["candidates"]}


FLAGS = ("eval", "-m", "recorded/past.jsonl", "--margin", "5", "--format", "json")


def test_a_race_climbs_the_ladder_up_to_the_step_that_fails(ladder: Project) -> None:
    found = by_variant(ladder.llmopt(*FLAGS, "--until-decided", "--concurrency", "1").out)
    decisions = {name: row["verdict"]["decision"] for name, row in found.items()}
    assert decisions == {
        "long": "baseline", "short": "adopt", "terse": "reject", "bare": "inconclusive"
    }  # fmt: skip
    assert found["short"]["trials"] == equal_cases(0.05, ALPHA)  # full alpha for each step
    assert found["bare"]["trials"] == 2  # measured, never raced
    assert found["bare"]["verdict"]["stopped_by"] == "terse"


def test_a_kept_run_is_judged_by_the_ladder_it_was_made_with(ladder: Project) -> None:
    now = ladder.llmopt(*FLAGS)
    prompt = ladder.root / "prompts/p.yaml"
    prompt.write_text(prompt.read_text().replace("ladder: [short, terse, bare]\n", ""))
    later = ladder.llmopt("runs", "show", "--format", "json")
    assert json.loads(later.out)["candidates"] == json.loads(now.out)["candidates"]
    assert by_variant(later.out)["bare"]["verdict"]["reason"] == "ladder"


def test_the_step_that_ended_a_ladder_is_named(ladder: Project) -> None:
    out = " ".join(ladder.llmopt(*FLAGS[:-2], "--explain").out.split())
    assert "Not decided: p/bare" in out
    assert "its ladder ended at terse, which was not adopted" in out
    assert "over 3 candidates in one ladder" in out


def test_steps_left_out_of_a_run_leave_the_others_in_their_order(ladder: Project) -> None:
    flags = ("-v", "long", "-v", "bare", "-v", "short")
    found = by_variant(ladder.llmopt(*FLAGS, *flags).out)
    assert {row["verdict"]["decision"] for row in found.values()} == {"baseline", "adopt"}
