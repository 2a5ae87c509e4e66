import pytest

from llmopt.decide.robustness import Excess, Loss, Robustness
from llmopt.domain import PERTURBATIONS, Perturbation
from llmopt.report.robustness import SHORT, cells, change, columns, record, sentence
from llmopt.stats.interval import Interval


def a_loss(lost: float, *, proven: bool = False) -> Loss:
    return Loss(200, 0.9, 0.9 - lost, lost, Interval(lost - 0.04, lost + 0.05), 0.01, proven)


def robust(against: Excess | None = None, **losses: Loss) -> Robustness:
    by_name: dict[Perturbation, Loss] = {n: losses[n] for n in PERTURBATIONS if n in losses}
    return Robustness(200 * len(losses), 0, a_loss(0.02), by_name, against)


TYPOS = a_loss(0.06, proven=True)
HURT = "loses 6.0 points [2.0, 11.0] under typos."


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            robust(typos=TYPOS, case=a_loss(0.01), order=a_loss(0)),
            "loses 6.0 points [2.0, 11.0] under typos; the others are within noise.",
        ),
        (
            robust(typos=TYPOS, case=a_loss(0.01)),
            "loses 6.0 points [2.0, 11.0] under typos; the other is within noise.",
        ),
        (
            robust(typos=TYPOS, case=a_loss(0.1, proven=True)),
            "loses 10.0 points [6.0, 15.0] under case and 6.0 points [2.0, 11.0] under typos.",
        ),
        (
            robust(case=a_loss(-0.01)),
            "loses nothing beyond noise: 2.0 points [−2.0, 7.0] over all perturbations.",
        ),
        (
            robust(Excess(200, 0.03, Interval(0.01, 0.05), 0.001, proven=True), typos=TYPOS),
            f"{HURT} It loses 3.0 points [1.0, 5.0] more than the baseline.",
        ),
        (
            robust(Excess(200, -0.01, Interval(-0.03, 0.01), 0.4), typos=TYPOS),
            f"{HURT} Beyond what the baseline loses: −1.0 points [−3.0, 1.0], within noise.",
        ),
        (
            Robustness(4, 4, None, {}),
            "has no case with a score both plain and perturbed.",
        ),
    ],
)
def test_a_sentence_says_what_hurts(found: Robustness, said: str) -> None:
    assert sentence(found) == said


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (a_loss(0.054, proven=True), "−5.4*"),
        (a_loss(0.123), "−12"),
        (a_loss(-0.008), "+0.8"),
        (a_loss(0.0), "0"),
        (a_loss(0.0004), "0"),
        (a_loss(0.0996), "−10"),
        (a_loss(1.0, proven=True), "−100*"),
        (None, "–"),
    ],
)
def test_a_change_is_short(loss: Loss | None, text: str) -> None:
    assert change(loss) == text


def test_a_row_has_a_cell_for_every_column() -> None:
    names: list[Perturbation] = ["typos", "order"]
    assert columns(names) == ["cases", "plain", "all", "95%", "typos", "order"]
    assert cells(robust(typos=TYPOS), names) == ["200", "90%", "−2.0", "[−7, +2]", "−6.0*", "–"]
    assert cells(Robustness(1, 1, None, {}), names) == ["0", "–", "–", "–", "–", "–"]


def test_every_perturbation_has_a_short_name() -> None:
    assert tuple(SHORT) == PERTURBATIONS
    assert max(map(len, SHORT.values())) <= 5


def test_what_is_unknown_is_null() -> None:
    found = record(Robustness(3, 3, None, {}))
    assert found is not None
    assert found["accuracy_lost"] is found["accuracy_lost_ci"] is found["worst"] is None
    assert (found["trials"], found["errors"], found["cases"]) == (3, 3, 0)
    assert record(None) is None
