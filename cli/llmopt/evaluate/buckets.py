"""Rate limits as token buckets: what may be sent now, and how long until more may."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from llmopt.providers.quota import Quota

BURST = 0.1
"""The share of a minute's limit that may go out at once: six seconds' worth.

In no minute does more than 1.1 times a declared limit of tokens go out, where a bucket of
the whole limit would let through twice of it. Requests are counted besides: see `Recent`."""

MINUTE = 61.0
"""Seconds over which requests are counted: who counts them as they arrive may have seen the
first of them late."""

LONGEST_TOLD = 600.0
"""Seconds beyond which a wait reckoned from an API's own figures is not believed: the
API is asked, and its refusal says when to come back."""


class Bucket:
    """A bucket that refills continuously with `rate` units a second, up to `burst` units.

    More than `burst` may be taken at once when the bucket is full; its level is then
    below zero, and whoever comes next waits until that is made up for. So nothing is
    too large to be sent, and in any span of t seconds at most `rate` x t units go out
    beyond the burst (or beyond the largest single taking, where that is more).
    """

    def __init__(self, *, rate: float, burst: float, seconds: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._seconds = seconds
        self._level = burst
        self._at = seconds()

    def wait(self, amount: float) -> float:
        """Return the seconds until `amount` may be taken; 0 where it may be now."""
        self._refill()
        return max(0.0, min(amount, self._burst) - self._level) / self._rate

    def take(self, amount: float) -> None:
        """Take `amount`, whatever is there."""
        self._refill()
        self._level -= amount

    def put(self, amount: float) -> None:
        """Put back what was taken in vain; a negative amount is taken after all."""
        self._refill()
        self._level = min(self._burst, self._level + amount)

    def set(self, level: float, *, rate: float, burst: float) -> None:
        """Make it a bucket of another size, as full as somebody who knows says."""
        self._rate, self._burst, self._level = rate, burst, min(level, burst)
        self._at = self._seconds()

    def _refill(self) -> None:
        now = self._seconds()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now


class Recent:
    """The requests of the last minute: no more than `per_minute` of them go out in any."""

    def __init__(self, per_minute: float | None, seconds: Callable[[], float]) -> None:
        self._most = max(1, int(per_minute)) if per_minute else 0
        self._sent: deque[float] = deque(maxlen=self._most)
        self._seconds = seconds

    def wait(self) -> float:
        """Return the seconds until one more may be sent; 0 where it may be now."""
        if not self._most or len(self._sent) < self._most:
            return 0.0
        return max(0.0, self._sent[0] + MINUTE - self._seconds())

    def send(self) -> None:
        """Count a request that is sent now."""
        self._sent.append(self._seconds())


class Meter:
    """One unit of a model's traffic, requests or tokens: the limit declared and the one told.

    The limit that the user declared always holds. What the API tells of its own is a
    second bucket, set anew with every answer.
    """

    def __init__(self, per_minute: float | None, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._declared: Bucket | None = None
        self._told: Bucket | None = None
        self._under_way = 0.0
        if per_minute:
            self._declared = Bucket(
                rate=per_minute / 60, burst=max(1.0, per_minute * BURST), seconds=seconds
            )

    @property
    def limits(self) -> bool:
        """Whether there is a limit, as far as is known."""
        return bool(self._declared or self._told)

    def wait(self, amount: float) -> float:
        """Return the seconds until `amount` may be sent; 0 where it may be now."""
        declared = self._declared.wait(amount) if self._declared else 0.0
        told = self._told.wait(amount) if self._told else 0.0
        return max(declared, told if told <= LONGEST_TOLD else 0.0)

    def begin(self, amount: float) -> None:
        """Reserve `amount` for a call that is about to be sent."""
        self._under_way += amount
        for bucket in self._buckets():
            bucket.take(amount)

    def end(self, amount: float, *, used: float) -> None:
        """Settle a reservation of `amount`, of which the call has used `used`."""
        self._under_way -= amount
        for bucket in self._buckets():
            bucket.put(amount - used)

    def hear(self, quota: Quota) -> None:
        """Go by what the API says is left, less what is under way.

        What is under way may have been counted there already: near its end, a limit is
        rather taken for smaller than it is.
        """
        if self._told is None:
            self._told = Bucket(rate=quota.rate, burst=quota.limit, seconds=self._seconds)
        self._told.set(quota.remaining - self._under_way, rate=quota.rate, burst=quota.limit)

    def _buckets(self) -> Iterator[Bucket]:
        for bucket in (self._declared, self._told):
            if bucket is not None:
                yield bucket
