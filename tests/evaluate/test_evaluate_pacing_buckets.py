from __future__ import annotations

from itertools import accumulate, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt.evaluate.buckets import LONGEST_TOLD, Bucket, Meter
from llmopt.evaluate.line import ON_TIME
from llmopt.providers.quota import Quota

SIZES = st.floats(0.1, 1e4)
TRAFFIC = st.lists(st.tuples(st.floats(0, 60), st.floats(0, 1e4)), min_size=1, max_size=30)


class Now:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@given(rate=SIZES, burst=SIZES, traffic=TRAFFIC)
def test_in_no_span_does_more_go_out_than_the_rate_and_one_burst(
    rate: float, burst: float, traffic: list[tuple[float, float]]
) -> None:
    now = Now()
    bucket = Bucket(rate=rate, burst=burst, seconds=now)
    times = []
    for idle, amount in traffic:
        now.seconds += idle
        now.seconds += bucket.wait(amount)
        bucket.take(amount)
        times.append(now.seconds)
    sums = [0.0, *accumulate(amount for _, amount in traffic)]
    at_once = max(burst, *(amount for _, amount in traffic))
    for first, last in combinations(range(len(times) + 1), 2):
        span = times[last - 1] - times[first]
        assert sums[last] - sums[first] <= at_once + rate * span + 1e-3


@given(rate=SIZES, burst=SIZES, traffic=TRAFFIC, amount=SIZES)
def test_who_waits_as_told_need_not_wait_again(
    rate: float, burst: float, traffic: list[tuple[float, float]], amount: float
) -> None:
    now = Now()
    bucket = Bucket(rate=rate, burst=burst, seconds=now)
    for idle, other in traffic:
        now.seconds += idle
        bucket.take(other)
    now.seconds += bucket.wait(amount)
    assert bucket.wait(amount) <= ON_TIME


def test_what_is_larger_than_the_bucket_goes_when_it_is_full_and_is_made_up_for() -> None:
    now = Now()
    bucket = Bucket(rate=1, burst=10, seconds=now)
    assert bucket.wait(100) == 0
    bucket.take(100)
    assert bucket.wait(1) == 91
    assert bucket.wait(100) == 100


def test_what_is_put_back_may_be_taken_again_but_never_more_than_a_burst() -> None:
    bucket = Bucket(rate=1, burst=10, seconds=Now())
    bucket.take(10)
    bucket.put(4)
    assert bucket.wait(4) == 0
    assert bucket.wait(5) == 1
    bucket.put(100)
    assert bucket.wait(10) == 0
    bucket.take(10)
    assert bucket.wait(1) == 1


@pytest.mark.parametrize(("per_minute", "in_first_minute"), [(500, 550), (60, 66), (3, 4)])
def test_a_minute_lets_through_its_limit_and_six_seconds_worth(
    per_minute: int, in_first_minute: int
) -> None:
    now = Now()
    meter = Meter(per_minute, now)
    sent = 0
    while (wait := meter.wait(1)) + now.seconds <= 60 + ON_TIME:
        now.seconds += wait
        meter.begin(1)
        meter.end(1, used=1)
        sent += 1
    assert sent == in_first_minute


def test_a_meter_without_a_limit_never_waits() -> None:
    meter = Meter(None, Now())
    meter.begin(1e9)
    assert not meter.limits
    assert meter.wait(1e9) == 0


def test_a_reservation_is_settled_by_what_was_used() -> None:
    meter = Meter(6000, Now())  # 100 a second, 600 at once
    meter.begin(600)
    assert meter.wait(100) == 1
    meter.end(600, used=50)
    assert meter.wait(550) == 0
    meter.begin(0)
    meter.end(0, used=650)
    assert meter.wait(0) == 1


def test_what_the_api_tells_holds_beside_what_was_declared() -> None:
    now = Now()
    meter = Meter(6000, now)
    meter.hear(Quota(limit=1000, remaining=5, rate=10))
    assert meter.wait(5) == 0
    assert meter.wait(25) == 2
    now.seconds += 2
    assert meter.wait(25) == 0
    meter.hear(Quota(limit=1e6, remaining=1e6 - 1, rate=1e4))
    assert meter.wait(700) == 0
    meter.begin(600)
    assert meter.wait(100) == 1, "the declared limit"


def test_what_is_under_way_is_taken_off_what_the_api_tells() -> None:
    meter = Meter(None, Now())
    meter.begin(3)
    meter.hear(Quota(limit=100, remaining=5, rate=1))
    assert meter.limits
    assert meter.wait(2) == 0
    assert meter.wait(3) == 1
    meter.end(3, used=0)
    assert meter.wait(5) == 0


def test_a_wait_beyond_reason_is_left_to_the_apis_own_refusal() -> None:
    meter = Meter(None, Now())
    meter.hear(Quota(limit=200, remaining=0, rate=200 / 86_400))
    assert [meter.wait(1), meter.wait(2)] == [432, 0]
    assert 432 < LONGEST_TOLD < 2 * 432
