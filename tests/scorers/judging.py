"""How scorer tests ask: a scorer by its name and options, a reply, an expectation."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llmopt.domain import Case, Place, Score, ScorerSpec
from llmopt.scorers.base import Scorer
from llmopt.scorers.registry import build

PLACE = Place("testcases/mood.yaml", 3, 8)


def a_case(expect: Any = None, **variables: Any) -> Case:
    return Case("c1", 0, variables, expect, ScorerSpec("exact"), (), None, PLACE)


def a_scorer(
    name: str, *, labels: Sequence[str] = (), root: Path = Path(), **options: Any
) -> Scorer:
    return build(ScorerSpec(name, options, place=PLACE), labels=labels, root=root)


def judge(
    name: str, reply: str, expect: Any = None, *, labels: Sequence[str] = (), **options: Any
) -> Score:
    score = a_scorer(name, labels=labels, **options).score(reply, a_case(expect))
    assert not inspect.isawaitable(score)
    return score
