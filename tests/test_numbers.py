import math

import pytest

from llmopt import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"),
        (31, "31.0"),
        (99.94, "99.9"),
        (121.4, "121"),
        (1240, "1,240"),
        (12345, "12.3k"),
        (None, "unknown"),
    ],
)
def test_tokens(value: float | None, text: str) -> None:
    assert numbers.tokens(value) == text


def test_estimated_tokens_carry_a_tilde() -> None:
    assert numbers.tokens(31, exact=False) == "~31.0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0"),
        (0.0098, "$0.00980"),
        (0.0000104, "$0.0000104"),
        (1.5e-12, "$1.50e-12"),
        (0.5, "$0.500"),
        (12.4, "$12.40"),
        (1240.5, "$1,240"),
        (-3, "−$3.00"),
        (None, "unknown"),
        (math.nan, "unknown"),
    ],
)
def test_dollars(value: float | None, text: str) -> None:
    assert numbers.dollars(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.63, "−63%"), (0.04, "+4%"), (0.001, "0%"), (-0.001, "0%"), (None, "unknown")],
)
def test_changes_carry_their_sign(value: float | None, text: str) -> None:
    assert numbers.change(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-0.005, "−0.5"), (0.007, "+0.7"), (0.0001, "0.0"), (None, "unknown")]
)
def test_points_carry_their_sign(value: float | None, text: str) -> None:
    assert numbers.points(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.42, "0.4ms"),
        (410, "410ms"),
        (999.6, "1.0s"),
        (2100, "2.1s"),
        (59_960, "1m 00s"),
        (200_000, "3m 20s"),
        (None, "unknown"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert numbers.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(29.41, "29.4"), (7.523, "7.52"), (310.2, "310"), (0, "0"), (None, "unknown")],
)
def test_efficiency_scores(value: float | None, text: str) -> None:
    assert numbers.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (3_240_000_000, "3.2 GB"),
        (2_000_000_000_000_000, "2,000.0 TB"),
    ],
)
def test_sizes(value: int, text: str) -> None:
    assert numbers.size(value) == text
