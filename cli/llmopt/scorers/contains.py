from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, filled_texts, given
from llmopt.scorers.options import flag, only
from llmopt.scorers.text import listed, plain


@dataclass(frozen=True, slots=True)
class Contains:
    """The share of the expected texts that stand in the reply, anywhere, also inside words.

    Line breaks count as spaces; typographic quotes and dashes as plain ones.
    """

    expect: Any = None
    ignore_case: bool = True

    def score(self, reply: str, case: Case) -> Score:
        wanted = given(self.expect, case, filled_texts)
        said = self._form(reply)
        missing = [text for text in wanted if self._form(text) not in said]
        found = len(wanted) - len(missing)
        if len(wanted) == 1:
            return Score(float(found), f"{'no ' if missing else ''}{listed(wanted)} in the reply")
        note = f"; missing {listed(missing)}" if missing else ""
        return Score(found / len(wanted), f"{found} of {len(wanted)} texts found{note}")

    def _form(self, text: str) -> str:
        return plain(text, ignore_case=self.ignore_case)


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Contains:
    """Options: `expect` (a text or a list), `ignore_case` (true)."""
    only(options, "expect", "ignore_case")
    return Contains(
        checked(options.get("expect"), filled_texts), flag(options, "ignore_case", default=True)
    )
