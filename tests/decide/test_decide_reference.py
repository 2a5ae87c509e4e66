"""Verdicts against what the papers promise: error rates, stopping points, one decision twice."""

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
from llmopt.decide.figures import figures
from llmopt.decide.judgement import (
    Judgement,
    Rule,
    Target,
    anytime_judgements,
    fixed_judgements,
)
from llmopt.decide.stopping import EvidenceRule, Outcome
from llmopt.decide.verdict import Verdict, verdicts
from llmopt.domain import Candidate, Outcomes
from llmopt.stats.eprocess import equal_cases

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
RUNS = 1000
TOLERATED = ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / RUNS)  # three standard errors
BASE = Candidate("p", "base", "acme/one")


def outcomes(seed: int, shape: tuple[int, ...], *, discordance: float, mean: float) -> Floats:
    """Differences of −1, 0 and 1 with the given share of non-zero ones and the given mean."""
    lost, gained = (discordance - mean) / 2, (discordance + mean) / 2
    draw = np.random.default_rng(seed).random(shape)
    return np.where(draw < lost, -1.0, np.where(draw < lost + gained, 1.0, 0.0))


def adopted(found: Sequence[Judgement]) -> bool:
    return any(one.decision == "adopt" for one in found)


def alone(differences: Floats) -> Pairs:
    return Pairs(differences, differences)


@pytest.mark.parametrize("discordance", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("n", [50, 200])
def test_one_look_at_candidates_on_the_margin_adopts_at_most_alpha_of_them(
    n: int, discordance: float
) -> None:
    rule = Rule(margin=0.05)
    runs = outcomes(1, (RUNS, n), discordance=discordance, mean=-rule.margin)
    wrong = sum(adopted(fixed_judgements([alone(row)], rule, n)) for row in runs)
    assert wrong / RUNS <= TOLERATED


def test_one_look_at_five_such_candidates_adopts_any_in_at_most_alpha_of_runs() -> None:
    rule = Rule(margin=0.05)
    runs = outcomes(2, (RUNS, 5, 100), discordance=0.15, mean=-rule.margin)
    wrong = sum(adopted(fixed_judgements([alone(row) for row in run], rule, 100)) for run in runs)
    assert wrong / RUNS <= TOLERATED


@pytest.mark.parametrize("discordance", [0.05, 0.2])
def test_looking_after_every_case_adopts_at_most_alpha_of_those_on_the_margin(
    discordance: float,
) -> None:
    rule = Rule(margin=0.05)
    runs = outcomes(3, (RUNS, 400), discordance=discordance, mean=-rule.margin)
    wrong = sum(running(row.tolist(), rule)[0] == "adopt" for row in runs)
    assert wrong / RUNS <= TOLERATED


@pytest.mark.parametrize("discordance", [0.05, 0.15])
def test_a_suite_that_lies_on_the_margin_is_adopted_in_at_most_alpha_of_its_orders(
    discordance: float,
) -> None:
    n, rule = 20, Rule(margin=0.05, target="suite")
    losses = round((discordance + rule.margin) / 2 * n)
    suite = np.array([-1.0] * losses + [1.0] * (losses - 1) + [0.0] * (n - 2 * losses + 1))
    assert suite.mean() == -rule.margin
    rng = np.random.default_rng(4)
    orders = [rng.permutation(suite).tolist() for _ in range(RUNS)]
    wrong = sum(running(order, rule, population=n)[0] == "adopt" for order in orders)
    assert wrong / RUNS <= TOLERATED


@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("rivals", [1, 5])
def test_equal_answers_are_adopted_at_the_case_that_the_plan_announces(
    margin: float, rivals: int
) -> None:
    rule = Rule(margin=margin)
    announced = equal_cases(margin, rule.alpha, rivals)
    assert announced is not None
    for n, decision in ((announced - 1, "inconclusive"), (announced, "adopt")):
        found = anytime_judgements([alone(np.zeros(n))] * rivals, rule, total=n)
        assert {one.decision for one in found} == {decision}


def running(
    differences: Sequence[float], rule: Rule, *, rivals: int = 1, population: int = 10_000
) -> tuple[Outcome | None, int]:
    """Feed differences one by one; return the decision and how many units it took."""
    comparison = EvidenceRule(rule).compare(families=rivals, population=population)
    for number, difference in enumerate(differences, start=1):
        if found := comparison.update(difference):
            return found, number
    return None, len(differences)


def table(
    candidate: Candidate, scores: Sequence[float], *, size: int = 1, cost: float = 1.0
) -> Outcomes:
    """Scores in the order of the plan; each unit is a cluster of `size` cases in a row."""
    made = Outcomes(candidate)
    for number, score in enumerate(scores):
        made.case.append(number)
        made.group.append(number // size)
        made.repeat.append(0)
        made.score.append(score)
        made.cost.append(cost)
        for column in (made.input_tokens, made.output_tokens, made.latency_ms):
            column.append(cost)
        for flags in (made.estimated, made.cut):
            flags.append(0)
    return made


def recomputed(
    base: Sequence[float],
    own: Sequence[float],
    rule: Rule,
    *,
    rivals: int,
    population: int,
    size: int = 1,
) -> Verdict:
    """Judge stored outcomes afterwards, beside rivals that never ran."""
    candidates = [Candidate("p", f"v{number}", "acme/one") for number in range(rivals)]
    tables = [
        table(BASE, base, size=size, cost=2.0),
        table(candidates[0], own, size=size),
        *(Outcomes(candidate) for candidate in candidates[1:]),
    ]
    found = {one.candidate: one for one in figures(tables, {"p": BASE})}
    judged = verdicts(
        tables, found, {"p": BASE}, rule=rule, cases_total={"p": population}, anytime=True
    )
    return judged[candidates[0]]


SCORES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
RUNS_OF_CASES = st.lists(st.tuples(SCORES, SCORES, st.integers(1, 80)), min_size=1, max_size=8)
RULES = st.builds(
    Rule,
    margin=st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3]),
    alpha=st.sampled_from([0.01, 0.05, 0.2]),
    target=st.sampled_from(["suite", "traffic"]),
)


@given(
    blocks=RUNS_OF_CASES,
    rule=RULES,
    rivals=st.integers(1, 4),
    tail=st.integers(0, 8),
    unseen=st.integers(0, 50),
)
def test_what_is_recomputed_from_stored_outcomes_is_what_was_decided_while_running(
    blocks: list[tuple[float, float, int]], rule: Rule, rivals: int, tail: int, unseen: int
) -> None:
    base = [b for b, _, times in blocks for _ in range(times)]
    own = [s for _, s, times in blocks for _ in range(times)]
    population = len(base) + unseen
    differences = [s - b for s, b in zip(own, base, strict=True)]
    decided, cases = running(differences, rule, rivals=rivals, population=population)
    kept = cases + tail  # trials that were under way when the evidence decided
    verdict = recomputed(base[:kept], own[:kept], rule, rivals=rivals, population=population)
    assert verdict.decision == (decided or "inconclusive")


@given(blocks=RUNS_OF_CASES, size=st.integers(2, 5), margin=st.sampled_from([0.05, 0.1, 0.3]))
def test_clusters_are_decided_on_alike_while_running_and_afterwards(
    blocks: list[tuple[float, float, int]], size: int, margin: float
) -> None:
    rule = Rule(margin=margin)
    base = [b for b, _, times in blocks for _ in range(times)]
    own = [s for _, s, times in blocks for _ in range(times)]
    differences = np.array(own) - np.array(base)
    starts = range(0, len(differences), size)
    units = [float(differences[start : start + size].mean()) for start in starts]
    decided, clusters = running(units, rule)
    kept = clusters * size
    verdict = recomputed(base[:kept], own[:kept], rule, rivals=1, population=10_000, size=size)
    assert verdict.decision == (decided or "inconclusive")


def test_a_suite_of_clusters_is_judged_by_the_accuracy_over_its_cases() -> None:
    # Ten cases lost in one cluster, one case gained in another: even by clusters, not by cases.
    differences = np.array([-1.0] * 10 + [1.0] + [0.0] * 39)
    units = np.array([-1.0, 1.0] + [0.0] * 39)
    rule = Rule(margin=0.05, target="suite")
    for judge in (fixed_judgements, anytime_judgements):
        (found,) = judge([Pairs(differences, units)], rule, differences.size)
        assert found.accuracy_delta == pytest.approx(-0.18)
        assert found.decision == "reject"


def test_what_is_known_of_a_whole_suite_is_shown_without_doubt() -> None:
    differences = np.array([-1.0] + [0.0] * 49)
    for margin, p_worse in ((0.05, 0.0), (0.01, 1.0)):
        rule = Rule(margin=margin, target="suite")
        (found,) = fixed_judgements([alone(differences)], rule, differences.size)
        assert found.accuracy_delta_ci == (-0.02, -0.02)
        assert found.p_worse == p_worse


@pytest.mark.parametrize("target", ["suite", "traffic"])
def test_gains_and_losses_are_cases_whatever_counts_as_independent(target: Target) -> None:
    pair = Pairs(by_case=np.array([-1.0] * 10 + [1.0] * 3), units=np.array([-1.0, 1.0]))
    for judge in (fixed_judgements, anytime_judgements):
        (found,) = judge([pair], Rule(target=target), pair.by_case.size)
        assert (found.gains, found.losses) == (3, 10)


def until_decided(project: Project, target: Target, *, margin: float) -> dict[str, Any]:
    said = project.llmopt(
        "eval", "-m", "recorded/past.jsonl", "--until-decided", "--format", "json",
        "--margin", str(margin * 100), "--target", target,
    )  # fmt: skip
    assert said.code == 0, said.err
    (verdict,) = [
        row["verdict"] for row in json.loads(said.out)["candidates"] if not row["baseline"]
    ]
    return dict(verdict)


@pytest.fixture
def clustered(empty_project: Project) -> Project:
    """Three hundred cases in sixty clusters, and two variants that always score the same."""
    empty_project.write(
        "prompts/p.yaml",
        """\
        prompt: p
        baseline: long
        variants:
          long: {user: "Please, please answer: {{ text }}"}
          short: {user: "{{ text }}"}
        """,
    )
    cases = [
        f"  - {{id: c{n}, vars: {{text: x}}, expect: x, group: g{n % 60}}}" for n in range(300)
    ]
    empty_project.write("testcases/p.yaml", "\n".join(["prompt: p\nscore: exact\ncases:", *cases]))
    rows = [
        {"prompt": "p", "variant": variant, "model": "acme/one", "case": f"c{n}", "score": 1,
         "input_tokens": tokens, "output_tokens": 1}
        for n in range(300)
        for variant, tokens in (("long", 20), ("short", 10))
    ]  # fmt: skip
    empty_project.write("past.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")
    return empty_project


def test_a_run_on_clusters_goes_on_until_whole_clusters_decide(clustered: Project) -> None:
    verdict = until_decided(clustered, "traffic", margin=0.1)
    assert verdict["decision"] == "adopt"
    assert verdict["cases_used"] == 5 * (equal_cases(0.1, ALPHA) or 0)


def test_on_its_own_suite_a_run_counts_the_cases_of_clusters_one_by_one(clustered: Project) -> None:
    verdict = until_decided(clustered, "suite", margin=0.1)
    assert verdict["decision"] == "adopt"
    assert verdict["cases_used"] == equal_cases(0.1, ALPHA, population=300)


@pytest.mark.parametrize(
    ("target", "plan", "needs"),
    [
        ("traffic", "after 89 clusters; there are 60 of 300 cases: too few", "more clusters to"),
        ("suite", "after 77 cases; there are 300", "more cases to"),
    ],
)
def test_what_is_counted_in_clusters_is_called_clusters(
    clustered: Project, target: str, plan: str, needs: str
) -> None:
    flags = ["-m", "recorded/past.jsonl", "--until-decided", "--margin", "5", "--target", target]
    said = clustered.llmopt("eval", *flags)
    assert plan in " ".join(said.err.split())
    if target == "suite":
        said = clustered.llmopt("eval", *flags, "--limit", "20")
    assert needs in " ".join(said.out.split())
