import math
from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from llmopt.decide.robustness import Robustness, robustness
from llmopt.domain import PERTURBATIONS, Candidate, Outcomes, Perturbation, PerturbedOutcomes
from llmopt.stats.proportion import mcnemar_exact, tango_interval

BASE, RIVAL = Candidate("mood", "long", "m"), Candidate("mood", "short", "m")
ByCase = Mapping[int, float]
ByName = Mapping[Perturbation, ByCase]


def plain(
    candidate: Candidate, scores: ByCase, groups: Mapping[int, int] | None = None
) -> Outcomes:
    table = Outcomes(candidate)
    for case, score in scores.items():
        table.case.append(case)
        table.group.append((groups or {}).get(case, case))
        table.repeat.append(0)
        table.score.append(score)
    return table


def twins(candidate: Candidate, scores: ByName) -> PerturbedOutcomes:
    table = PerturbedOutcomes(candidate)
    for name, by_case in scores.items():
        for case, score in by_case.items():
            table.case.append(case)
            table.perturbation.append(PERTURBATIONS.index(name))
            table.score.append(score)
    return table


def judged(
    tables: Sequence[Outcomes], perturbed: Sequence[PerturbedOutcomes], alpha: float = 0.05
) -> dict[Candidate, Robustness]:
    return robustness(tables, perturbed, {"mood": BASE}, alpha=alpha, seed=0)


def right(cases: int, wrong: int = 0) -> dict[int, float]:
    return {case: float(case >= wrong) for case in range(cases)}


def test_a_loss_is_that_of_the_paired_cases() -> None:
    found = judged([plain(BASE, right(40))], [twins(BASE, {"case": right(40, 10)})])[BASE]
    loss = found.by_perturbation["case"]
    low, high = tango_interval(0, 10, 40)
    assert (loss.cases, loss.plain, loss.perturbed, loss.lost) == (40, 1.0, 0.75, 0.25)
    assert loss.interval == pytest.approx((-high, -low))
    assert loss.p_value == mcnemar_exact(0, 10)
    assert loss.proven
    assert found.worst == "case"


def test_only_cases_with_both_scores_count() -> None:
    table = plain(BASE, {0: 1.0, 1: math.nan, 3: 1.0})
    perturbed = twins(BASE, {"case": {0: 0.0, 1: 0.0, 2: 0.0, 3: math.nan}})
    found = judged([table], [perturbed])[BASE]
    assert found.by_perturbation["case"].cases == 1
    assert (found.trials, found.errors) == (4, 1)


def test_no_common_case_is_no_figure() -> None:
    found = judged([plain(BASE, {})], [twins(BASE, {"case": {0: 1.0}})])[BASE]
    assert found.overall is None
    assert found.by_perturbation == {}
    assert found.worst is None


def test_a_case_is_one_piece_of_evidence_however_often_it_is_perturbed() -> None:
    names: tuple[Perturbation, ...] = ("typos", "case", "whitespace")
    alone = judged([plain(BASE, right(20))], [twins(BASE, {"typos": right(20, 4)})])[BASE]
    thrice = judged([plain(BASE, right(20))], [twins(BASE, dict.fromkeys(names, right(20, 4)))])[
        BASE
    ]
    assert alone.overall
    assert thrice.overall == alone.overall


def test_the_cases_of_a_cluster_are_one_piece_of_evidence() -> None:
    groups = {case: -1 - case // 5 for case in range(20)}
    apart = judged([plain(BASE, right(20))], [twins(BASE, {"case": right(20, 10)})])[BASE]
    together = judged([plain(BASE, right(20), groups)], [twins(BASE, {"case": right(20, 10)})])
    one, other = apart.by_perturbation["case"], together[BASE].by_perturbation["case"]
    assert one.lost == other.lost == 0.5
    assert one.proven
    assert not other.proven
    assert other.interval.high - other.interval.low > one.interval.high - one.interval.low


def test_many_perturbations_make_a_loss_harder_to_prove() -> None:
    alone: ByName = {"case": right(40, 6)}
    many: ByName = {name: right(40, 6 if name == "case" else 0) for name in PERTURBATIONS}
    for scores, proven in ((alone, True), (many, False)):
        found = judged([plain(BASE, right(40))], [twins(BASE, scores)])[BASE]
        assert found.by_perturbation["case"].proven is proven


def test_a_gain_is_no_loss() -> None:
    found = judged([plain(BASE, right(40, 20))], [twins(BASE, {"case": right(40)})])[BASE]
    loss = found.by_perturbation["case"]
    assert loss.lost == -0.5
    assert loss.p_value < 0.001
    assert not loss.proven


def test_what_the_baseline_loses_too_is_not_held_against_a_candidate() -> None:
    tables = [plain(BASE, right(40)), plain(RIVAL, right(40))]
    hurt: ByName = {"case": right(40, 12)}
    unhurt: ByName = {"case": right(40)}
    same = judged(tables, [twins(BASE, hurt), twins(RIVAL, hurt)])
    more = judged(tables, [twins(BASE, unhurt), twins(RIVAL, hurt)])
    assert same[BASE].against is None
    for found, lost, proven in ((same, 0.0, False), (more, 0.3, True)):
        against = found[RIVAL].against
        assert against
        assert against.lost == pytest.approx(lost)
        assert against.proven is proven
        assert against.interval.low <= lost <= against.interval.high
        assert against.cases == 40


def test_graded_scores_are_judged_by_their_signs() -> None:
    scores = dict.fromkeys(range(30), 0.8)
    found = judged([plain(BASE, scores)], [twins(BASE, {"case": dict.fromkeys(scores, 0.5)})])[BASE]
    loss = found.by_perturbation["case"]
    assert loss.lost == pytest.approx(0.3)
    assert loss.interval.low < 0.3 < loss.interval.high
    assert loss.proven


def test_a_candidate_without_twins_has_no_robustness() -> None:
    tables = [plain(BASE, right(4)), plain(RIVAL, right(4))]
    found = judged(tables, [PerturbedOutcomes(BASE), twins(RIVAL, {"case": right(4)})])
    assert list(found) == [RIVAL]
    assert found[RIVAL].against is None


def test_losses_are_rarely_found_where_chance_alone_is_at_work() -> None:
    rng = np.random.default_rng(5)
    false = 0
    for _ in range(200):
        before = rng.random(60) < 0.8
        flips = {name: np.where(rng.random(60) < 0.1, rng.random(60) < 0.8, before)
                 for name in PERTURBATIONS}  # fmt: skip
        perturbed = PerturbedOutcomes(
            BASE,
            array("q", list(range(60)) * len(PERTURBATIONS)),
            array("q", [n for n in range(len(PERTURBATIONS)) for _ in range(60)]),
            array("d", np.concatenate([flips[name] for name in PERTURBATIONS]).astype(float)),
        )
        table = plain(BASE, {case: float(ok) for case, ok in enumerate(before)})
        found = judged([table], [perturbed])[BASE]
        false += found.worst is not None
    assert false <= 200 * 0.05 + 3 * math.sqrt(200 * 0.05 * 0.95)
