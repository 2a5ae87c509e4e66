"""The plug point of every way to be right, and what scorers that ask models are given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from llmopt.domain import Case, Message, Score


class Scorer(Protocol):
    """Judges one reply to one case: the plug point of every way to be right.

    One method. It may be a coroutine function. A scorer that asks models is an `Asking`
    one as well.
    """

    def score(self, reply: str, case: Case) -> Score | Awaitable[Score]:
        """Return how right `reply` is, 0..1, and why.

        Raises:
            ScorerError: the reply cannot be judged; the trial counts as failed.
        """
        ...


class Need(NamedTuple):
    """A model that a scorer asks: to judge, or to turn texts into vectors.

    `model` is a configured model's name or id, or any `provider/name`; None stands for
    the project's own `judge_model` or `embedding_model`.
    """

    kind: Literal["judge", "embedding"]
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What a scorer cannot do without: models to ask, the baseline's reply to the same case."""

    models: frozenset[Need] = frozenset()
    baseline: bool = False

    def __or__(self, other: Needs) -> Needs:
        return Needs(self.models | other.models, self.baseline or other.baseline)

    def __bool__(self) -> bool:
        return bool(self.models) or self.baseline


NOTHING = Needs()


class Bench(Protocol):
    """What a scorer that asks models works with, for one trial.

    Calls made here are paced, retried, cached, priced and kept with the trial under the
    role `judge`.
    """

    @property
    def baseline(self) -> str | None:
        """The baseline's reply to the same case; None where it is the baseline that is judged."""
        ...

    async def ask(self, need: Need, messages: Sequence[Message], params: Mapping[str, Any]) -> str:
        """Return the model's reply; `params` win over what is asked by default.

        By default that is the likeliest reply, the same every time, as JSON where the
        provider takes such a wish.

        Raises:
            JudgeError: the model did not answer.
        """
        ...

    async def embed(self, need: Need, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return a vector for each text.

        Raises:
            JudgeError: the model did not answer.
        """
        ...


class Question(NamedTuple):
    """One thing that a scorer asks a model about a reply: of an embedding model, one text.

    `params` are the scorer's own. `shows` names the replies that stand in the messages.
    """

    need: Need
    messages: tuple[Message, ...]
    params: Mapping[str, Any]
    shows: tuple[Literal["reply", "baseline"], ...] = ()


@runtime_checkable
class Foretelling(Protocol):
    """An asking scorer that can say beforehand what it would ask, so that a plan can price it."""

    def questions(
        self, reply: str, case: Case, baseline: str | None
    ) -> tuple[Question, ...] | None:
        """Return what it would ask about this reply; None: it cannot say.

        Raises:
            ScorerError: the reply cannot be judged.
        """
        ...


@runtime_checkable
class Asking(Protocol):
    """A scorer that asks models; `needs` is known before the run, and false where it has none."""

    @property
    def needs(self) -> Needs: ...

    def at(self, bench: Bench) -> Scorer:
        """Return the scorer that asks at this bench."""
        ...


class Bound(NamedTuple):
    """A scorer at its bench: what `Asking.at` returns."""

    function: Callable[[str, Case, Bench], Awaitable[Score]]
    bench: Bench

    def score(self, reply: str, case: Case) -> Awaitable[Score]:
        return self.function(reply, case, self.bench)


def needs_of(scorer: Scorer) -> Needs:
    """Return what a scorer needs; most need nothing."""
    return scorer.needs if isinstance(scorer, Asking) else NOTHING


def questions_of(
    scorer: Scorer, reply: str, case: Case, baseline: str | None
) -> tuple[Question, ...] | None:
    """Return what a scorer would ask about a reply; None where it cannot say beforehand.

    Raises:
        ScorerError: the reply cannot be judged.
    """
    if isinstance(scorer, Foretelling):
        return scorer.questions(reply, case, baseline)
    return None if needs_of(scorer).models else ()


def at_bench(scorer: Scorer, bench: Bench) -> Scorer:
    """Return the scorer as it scores one trial."""
    return scorer.at(bench) if isinstance(scorer, Asking) and scorer.needs else scorer
