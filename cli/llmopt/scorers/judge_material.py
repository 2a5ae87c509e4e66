from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmopt.domain import Case
from llmopt.errors import ScorerError
from llmopt.scorers.base import Need
from llmopt.scorers.judge_prompt import Piece, shown


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a judge's scorer asks, and what of a case it shows.

    `variables` are the names of those that are shown (None: all), `expect` takes the place
    of the case's own reference.
    """

    need: Need
    params: Mapping[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] | None = None
    expect: Any = None

    def material(self, case: Case) -> list[Piece]:
        """Return what a judge sees besides replies: the case's variables and its reference.

        Raises:
            ScorerError: the case lacks a variable that the judge is to see.
        """
        names = case.vars if self.variables is None else self.variables
        missing = [name for name in names if name not in case.vars]
        if missing:
            raise ScorerError(f"case '{case.id}' has no variable '{missing[0]}' to show the judge")
        pieces = [Piece("input", shown(case.vars[name]), name) for name in names]
        reference = case.expect if self.expect is None else self.expect
        return pieces if reference is None else [*pieces, Piece("reference", shown(reference))]
