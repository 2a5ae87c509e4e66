from __future__ import annotations

from collections.abc import Mapping

import pytest

from llmopt.providers.quota import Quota, Quotas, read

NOTHING = Quotas(None, None)


def openai(limit: str, remaining: str, reset: str | None) -> dict[str, str]:
    headers = {"x-ratelimit-limit-tokens": limit, "x-ratelimit-remaining-tokens": remaining}
    return headers if reset is None else headers | {"x-ratelimit-reset-tokens": reset}


def anthropic(reset: str, **more: str) -> dict[str, str]:
    return {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "20",
        "anthropic-ratelimit-requests-reset": reset,
    } | more


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("1s", 1),
        ("500ms", 0.5),
        ("6m0s", 360),
        ("1m0.25s", 60.25),
        ("7h12m", 25_920),
        ("30", 30),  # Azure
    ],
)
def test_a_limit_is_told_by_what_remains_and_when_it_is_whole_again(
    reset: str, seconds: float
) -> None:
    told = read(openai("1000", "400", reset)).tokens
    assert told is not None
    assert (told.limit, told.remaining) == (1000, 400)
    assert told.rate == pytest.approx(600 / seconds)


def test_requests_and_tokens_are_told_apart() -> None:
    headers = openai("1000", "400", "6s") | {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "60s",
    }
    assert read(headers) == Quotas(Quota(60, 0, 1), Quota(1000, 400, 100))


def test_a_window_in_the_name_is_the_rate() -> None:
    """Mistral's headers, which tell no reset."""
    headers = {
        "x-ratelimit-limit-tokens-minute": "5000000",
        "x-ratelimit-remaining-tokens-minute": "5000000",
        "x-ratelimit-tokens-query-cost": "52",
        "x-ratelimit-limit-req-minute": "720",
        "x-ratelimit-remaining-req-minute": "717",
    }
    assert read(headers) == Quotas(Quota(720, 717, 12), Quota(5e6, 5e6, 5e6 / 60))


def test_a_day_is_a_window_too() -> None:
    """Cerebras' headers."""
    headers = {
        "x-ratelimit-limit-requests-day": "86400",
        "x-ratelimit-remaining-requests-day": "86000",
        "x-ratelimit-reset-requests-day": "33011.4",
        "x-ratelimit-limit-tokens-minute": "60000",
        "x-ratelimit-remaining-tokens-minute": "100",
    }
    assert read(headers) == Quotas(Quota(86_400, 86_000, 1), Quota(60_000, 100, 1000))


def test_a_moment_in_seconds_is_no_duration() -> None:
    headers = openai("1000", "400", "1445412510") | {"date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert read(headers).tokens == Quota(1000, 400, 20)


def test_a_moment_is_read_by_their_clock() -> None:
    headers = anthropic("2015-10-21T07:28:30Z", date="Wed, 21 Oct 2015 07:28:00 GMT")
    assert read(headers) == Quotas(Quota(limit=50, remaining=20, rate=1), None)


def test_a_moment_is_read_by_our_clock_where_they_do_not_tell_theirs() -> None:
    told = read(anthropic("2999-01-01T00:00:00+00:00")).requests
    assert told is not None
    assert 0 < told.rate < 1e-6


@pytest.mark.parametrize(
    "headers",
    [
        {},
        openai("-1", "-1", "0"),  # Azure, without a limit
        openai("1000", "1000", "0s"),
        openai("1000", "2000", "1s"),
        openai("1000", "400", None),
        openai("1000", "400", "0ms"),
        openai("1000", "400", "-5"),
        openai("1000", "400", "soon"),
        openai("1000", "400", "1s ago"),
        openai("many", "400", "1s"),
        openai("inf", "400", "1s"),
        openai("1000", "nan", "1s"),
        {"x-ratelimit-remaining-tokens": "400", "x-ratelimit-reset-tokens": "1s"},
        anthropic("2015-10-21T07:28:00Z", date="Wed, 21 Oct 2015 07:28:00 GMT"),
        anthropic("2015-10-21T07:28:00", date="Wed, 21 Oct 2015 07:27:00 GMT"),
        anthropic("2015-10-21T07:28:00Z", date="some day"),
        anthropic("some day"),
        {"x-ratelimit-limit-req-minute": "0", "x-ratelimit-remaining-req-minute": "0"},
        {"x-ratelimit-limit-req-minute": "60"},
        openai("1000", "400", "1445412510") | {"date": "some day"},
        openai("1000", "400", "1445412510000"),  # a moment in milliseconds,
        openai("1000", "400", "1445412510000000000"),  # and in nanoseconds
    ],
)
def test_what_says_nothing_of_use_is_not_guessed_from(headers: Mapping[str, str]) -> None:
    assert read(headers) == NOTHING
