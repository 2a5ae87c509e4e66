"""The outcomes of a check, and how judges say them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from llmopt.domain import Evidence, Saving

if TYPE_CHECKING:
    from llmopt.audit.facts import Facts

Outcome = Literal["pass", "fail", "manual", "not-applicable", "attested", "suppressed", "undecided"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of a check, what it saw, and why where nothing was seen."""

    outcome: Outcome
    evidence: tuple[Evidence, ...] = ()
    why: str = ""


Judge = Callable[["Facts"], Judgement]
Saves = Callable[["Facts"], Saving | None]


def passed(evidence: Iterable[Evidence], why: str = "") -> Judgement:
    """Say that a check holds; nothing passes without evidence."""
    kept = _distinct(evidence)
    if not kept:
        raise ValueError("a pass needs evidence")
    return Judgement("pass", kept, why)


def failed(evidence: Iterable[Evidence], why: str = "") -> Judgement:
    """Say that a check does not hold, with what shows it."""
    kept = _distinct(evidence)
    if not kept:
        raise ValueError("a failure needs evidence")
    return Judgement("fail", kept, why)


def manual(why: str, evidence: Iterable[Evidence] = ()) -> Judgement:
    """Say that the check cannot be judged from here, and what would show it."""
    kept = _distinct(evidence)
    return Judgement("manual", kept, why)


def undecided(why: str, evidence: Iterable[Evidence] = ()) -> Judgement:
    """Say that what the check needs is there and cannot be read."""
    return Judgement("undecided", _distinct(evidence), why)


def inapplicable(why: str, evidence: Iterable[Evidence] = ()) -> Judgement:
    """Say that there is nothing here that the check is about, and why."""
    kept = _distinct(evidence)
    return Judgement("not-applicable", kept, why)


def _distinct(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))


def counted(count: int, noun: str) -> str:
    """Write `1 call`, `2 calls`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
