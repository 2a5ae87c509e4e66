from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, filled_texts, given
from llmopt.scorers.options import flag, only
from llmopt.scorers.text import quote, short

SEARCHED = 50_000
"""Characters of a reply that are searched.

`re` has no time limit. The bound keeps patterns that take quadratic time at
seconds; one that backtracks exponentially, such as `(a+)+$`, can hang on a
short reply, and nothing in the standard library prevents it.
"""


@dataclass(frozen=True, slots=True)
class Regex:
    """1 where the pattern is found in the reply (`re.search`; space around the reply is off)."""

    expect: Any = None
    ignore_case: bool = False

    def score(self, reply: str, case: Case) -> Score:
        pattern = given(self.expect, case, partial(_compiled, ignore_case=self.ignore_case))
        text = reply.strip()
        searched = text[:SEARCHED]
        match = pattern.search(searched)
        if match:
            return Score(1.0, f"found {quote(match[0])}")
        where = "the reply" if searched == text else f"its first {SEARCHED:,} characters"
        return Score(0.0, f"no match for {short(pattern.pattern)} in {where}")


@lru_cache(maxsize=1024)
def _compile(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE if ignore_case else 0)


def _compiled(value: object, *, ignore_case: bool) -> re.Pattern[str]:
    patterns = filled_texts(value)
    if len(patterns) > 1:
        raise ValueError("expected one pattern, got a list; join them with |")
    try:
        return _compile(patterns[0], ignore_case=ignore_case)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{quote(patterns[0])} is not a pattern: {error}") from error


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Regex:
    """Options: `expect` (the pattern), `ignore_case` (false)."""
    only(options, "expect", "ignore_case")
    ignore_case = flag(options, "ignore_case", default=False)
    return Regex(
        checked(options.get("expect"), partial(_compiled, ignore_case=ignore_case)), ignore_case
    )
