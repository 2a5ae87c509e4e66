from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Score
from llmopt.scorers.expect import checked, given, texts
from llmopt.scorers.options import flag, only
from llmopt.scorers.text import listed, quote


@dataclass(frozen=True, slots=True)
class Exact:
    """1 where the reply is one of the accepted texts.

    Space around either does not count, nor how an accented letter is encoded.
    """

    expect: Any = None
    ignore_case: bool = False

    def score(self, reply: str, case: Case) -> Score:
        accepted = given(self.expect, case, texts)
        said = self._form(reply)
        if any(self._form(text) == said for text in accepted):
            return Score(1.0, f"is {quote(said)}")
        wanted = f"one of {listed(accepted)}" if len(accepted) > 1 else quote(accepted[0])
        near = any(self._form(text).casefold() == said.casefold() for text in accepted)
        note = " (only upper and lower case differ)" if near else ""
        return Score(0.0, f"expected {wanted}, got {quote(reply)}{note}")

    def _form(self, text: str) -> str:
        form = unicodedata.normalize("NFC", text).strip()
        return form.casefold() if self.ignore_case else form


def scorer(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Exact:
    """Options: `expect` (a text or a list of accepted ones), `ignore_case` (false)."""
    only(options, "expect", "ignore_case")
    return Exact(checked(options.get("expect"), texts), flag(options, "ignore_case", default=False))
