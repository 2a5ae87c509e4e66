from __future__ import annotations

import pytest

from llmopt.evaluate.width import Round, Width


def flight(width: Width, calls: int) -> list[Round]:
    return [width.send() for _ in range(calls)]


def test_it_starts_at_the_most() -> None:
    assert Width(50).limit == 50


def test_a_flight_that_is_refused_halves_it_once() -> None:
    width = Width(50)
    for call in flight(width, 50):
        width.refused(call)
    assert width.limit == 25


def test_a_second_flight_that_is_refused_halves_it_again() -> None:
    width = Width(50)
    for calls in (50, 25):
        for call in flight(width, calls):
            width.refused(call)
    assert width.limit == 12


def test_it_never_falls_below_one() -> None:
    width = Width(3)
    for _ in range(100):
        width.refused(width.send())
    assert width.limit == 1


@pytest.mark.parametrize(
    ("most", "refused", "left"),
    [(2, 1, 2), (2, 2, 1), (8, 4, 8), (8, 5, 4), (50, 18, 50), (50, 19, 25)],
)
def test_it_is_halved_where_clearly_more_than_a_quarter_is_refused(
    most: int, refused: int, left: int
) -> None:
    width = Width(most)
    for call in flight(width, most)[:refused]:
        width.refused(call)
    assert width.limit == left


def test_refusals_of_several_rounds_do_not_add_up() -> None:
    width = Width(50)
    for _ in range(20):
        for call in flight(width, 50)[:10]:
            width.refused(call)
    assert width.limit == 50


def test_as_many_answers_as_it_is_wide_make_it_one_wider() -> None:
    width = Width(8)
    for call in flight(width, 8):
        width.refused(call)
    assert width.limit == 4
    widths = []
    for _ in range(4 + 5 + 6 + 7 + 50):
        width.answered(width.send())
        widths.append(width.limit)
    grown = [widths.index(limit) + 1 for limit in (5, 6, 7, 8)]
    assert grown == [4, 4 + 5, 4 + 5 + 6, 4 + 5 + 6 + 7]
    assert max(widths) == 8


def test_answers_to_calls_sent_before_a_halving_do_not_make_it_wider() -> None:
    width = Width(8)
    calls = flight(width, 8)
    for call in calls[:5]:
        width.refused(call)
    for call in calls[5:] * 10:
        width.answered(call)
    assert width.limit == 4
