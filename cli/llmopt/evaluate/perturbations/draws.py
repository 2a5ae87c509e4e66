from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A seeded source of chance that is the same on every machine and Python version.

    Of the standard generator only `random()` is promised to stay as it is, so
    everything else is made of that.
    """

    def __init__(self, *seed: str | int) -> None:
        text = "\x1f".join(str(part) for part in seed)
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self._share = random.Random(int.from_bytes(digest)).random  # noqa: S311 - no secret

    def happens(self, rate: float) -> bool:
        """Say yes in a share `rate` (0..1) of all draws."""
        return self._share() < rate

    def pick(self, items: Sequence[T]) -> T:
        """Draw one of some items."""
        return items[int(self._share() * len(items))]

    def some(self, items: Sequence[T], rate: float) -> list[T]:
        """Draw each item with probability `rate`, but one of them at least, if there is any."""
        drawn = [item for item in items if self.happens(rate)]
        return drawn or ([self.pick(items)] if items else [])

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in a drawn order (Fisher and Yates)."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = int(self._share() * (last + 1))
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed
