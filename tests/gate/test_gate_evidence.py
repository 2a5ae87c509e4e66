from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.decide.cases import CaseMeans
from llmopt.domain import Bound
from llmopt.files.limits import parse_limit
from llmopt.gate.baseline import Measured
from llmopt.gate.comparing import relative
from llmopt.gate.evidence import Beyond, absolute_excess, paired_excess, ruled, summary_excess
from llmopt.gate.limits import judged, keeps
from llmopt.stats.independent import at_confidence, difference_interval, quantile_levels
from llmopt.stats.interval import Interval
from llmopt.stats.proportion import wilson
from llmopt.stats.resampling import bootstrap_mean_interval

ALPHA = 0.05
FIGURES = st.floats(0.1, 1e5)
SHARES = st.integers(0, 200)


def means(values: list[float]) -> CaseMeans:
    cases = np.arange(len(values), dtype=np.int64)
    return CaseMeans(cases, cases, np.array(values, dtype=np.float64))


def change(share: int) -> Bound:
    limit = parse_limit("input_tokens", f"+{share}%").fail
    assert limit is not None
    return limit


@given(FIGURES, FIGURES, SHARES, SHARES)
def test_a_wider_limit_never_fails_what_a_narrower_one_passes(
    actual: float, baseline: float, one: int, other: int
) -> None:
    narrow, wide = change(min(one, other)), change(max(one, other))
    assert keeps(wide, actual, baseline) or not keeps(narrow, actual, baseline)


@given(FIGURES, FIGURES, FIGURES, SHARES)
def test_growing_further_never_turns_a_failure_into_a_pass(
    one: float, other: float, baseline: float, share: int
) -> None:
    less, more = sorted((one, other))
    limit = parse_limit("input_tokens", f"+{share}%")
    order = ["pass", "warn", "fail"]
    statuses = [judged(limit, actual, baseline)[0] for actual in (less, more)]
    assert order.index(statuses[0]) <= order.index(statuses[1])


@given(FIGURES, SHARES)
def test_what_did_not_grow_keeps_every_limit(figure: float, share: int) -> None:
    assert judged(parse_limit("input_tokens", f"+{share}%"), figure, figure)[0] == "pass"


def test_rounding_in_the_file_is_no_growth() -> None:
    figure = 31.123456789
    assert judged(parse_limit("input_tokens", "+0%"), figure, float(f"{figure:.7g}"))[0] == "pass"
    assert relative(figure, float(f"{figure:.7g}")) == 0


def ruling(beyond: Beyond, limit: str = "+10%") -> str:
    return ruled(parse_limit("output_tokens", limit), beyond, alpha=ALPHA).status


THEN = [10.0 + i % 7 for i in range(100)]


@pytest.mark.parametrize(
    ("factor", "status"), [(1.0, "pass"), (1.05, "pass"), (1.1, "undecided"), (1.5, "fail")]
)
def test_paired_cases_decide_by_their_interval(factor: float, status: str) -> None:
    noise = [factor * value + (i % 3 - 1) * 0.5 for i, value in enumerate(THEN[:99])]
    now = means([*noise, factor * THEN[99]])
    assert ruling(paired_excess(now, means(THEN), alpha=ALPHA, seed=0)) == status


def test_cases_that_only_one_side_has_are_left_out() -> None:
    now = means([*THEN, 10_000.0])
    assert ruling(paired_excess(now, means(THEN), alpha=ALPHA, seed=0)) == "pass"


def test_one_case_shows_no_spread_and_decides_nothing() -> None:
    beyond = paired_excess(means([10.0]), means([10.0]), alpha=ALPHA, seed=0)
    assert ruling(beyond) == "undecided"
    assert ruled(parse_limit("output_tokens", "+10%"), beyond, alpha=ALPHA).cases_needed is None


@given(st.floats(1, 100), st.floats(0.01, 50), st.floats(1, 3))
def test_two_summaries_agree_with_the_sign_of_their_difference(
    mean: float, half: float, factor: float
) -> None:
    then = Measured(mean, Interval(mean - half, mean + half), 50)
    now = Measured(factor * mean, Interval(factor * mean - half, factor * mean + half), 50)
    excess = summary_excess(now, then, alpha=ALPHA)(Bound("+0%", 0.0, relative=True))
    assert excess.interval is not None
    assert excess.interval.low <= excess.mean <= excess.interval.high
    assert excess.mean == pytest.approx((factor - 1) * mean)
    back = summary_excess(then, now, alpha=ALPHA)(Bound("+0%", 0.0, relative=True))
    assert back.interval == pytest.approx((-excess.interval.high, -excess.interval.low))


def test_an_undecided_limit_asks_for_more_cases_the_nearer_it_is() -> None:
    now = Measured(11.0, Interval(10.0, 12.0), 50)
    needed = [
        ruled(
            parse_limit("max_latency_p95", f"{bound}ms"),
            absolute_excess(now, alpha=ALPHA),
            alpha=ALPHA,
        )
        for bound in (11.4, 11.1, 11)
    ]
    assert [one.status for one in needed] == ["undecided"] * 3
    assert needed[0].cases_needed
    assert needed[1].cases_needed
    assert needed[0].cases_needed < needed[1].cases_needed
    assert needed[2].cases_needed is None


def test_a_least_accuracy_fails_from_below() -> None:
    limit = parse_limit("min_accuracy", "90%")
    for right, status in ((199, "pass"), (150, "fail"), (181, "undecided")):
        own = Measured(right / 200, wilson(right, 200), 200)
        assert (
            ruled(limit, absolute_excess(own, alpha=ALPHA, least=True), alpha=ALPHA).status
            == status
        )


def test_newcombes_published_interval_is_met() -> None:
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 gives 0.0524 to 0.3339."""
    low, high = difference_interval(56 / 70, wilson(56, 70), 48 / 80, wilson(48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_levels_of_a_median_surround_it_and_narrow() -> None:
    few, many = (quantile_levels(0.5, n) for n in (10, 1000))
    assert few.low < many.low < 0.5 < many.high < few.high
    with pytest.raises(ValueError, match="probability"):
        quantile_levels(1.5, 10)


def test_a_lower_confidence_draws_an_interval_in() -> None:
    wide = Interval(8.0, 13.0)
    low, high = at_confidence(10.0, wide, of=0.05, alpha=0.1)
    assert wide.low < low < 10.0 < high < wide.high
    assert at_confidence(10.0, wide, of=0.05, alpha=0.05) == pytest.approx(wide)
    with pytest.raises(ValueError, match="scale"):
        difference_interval(1.0, wide, 1.0, wide, scale=-1.0)


@pytest.mark.parametrize("paired", [True, False])
def test_at_the_limit_itself_few_are_passed_or_failed(*, paired: bool) -> None:
    """Skewed tokens that truly grew by the 10 % allowed: each wrong answer at about 5 %."""
    rng = np.random.default_rng(7)
    statuses: list[str] = []
    for seed in range(200):
        base = rng.lognormal(4, 0.7, 50)
        now = 1.1 * base * rng.lognormal(0, 0.2, 50)
        then = (base if paired else rng.lognormal(4, 0.7, 50)) * rng.lognormal(0, 0.2, 50)
        ours, theirs = means(now.tolist()), means(then.tolist())
        if paired:
            beyond = paired_excess(ours, theirs, alpha=ALPHA, seed=seed)
        else:
            beyond = summary_excess(measured(ours, seed), measured(theirs, seed), alpha=ALPHA)
        statuses.append(ruling(beyond))
    for wrong in ("pass", "fail"):
        assert 0 < statuses.count(wrong) <= 20


def measured(sample: CaseMeans, seed: int) -> Measured:
    interval = bootstrap_mean_interval(sample.mean.tolist(), seed=seed)
    assert interval is not None
    return Measured(float(sample.mean.mean()), interval, len(sample.mean))
