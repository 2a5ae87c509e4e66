"""What is seen in application code: the facts that checks judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llmopt.domain import Evidence, Place

SIMPLE_LIMIT = 64
"""Tokens of a reply that can only be a label or a number."""
CREATIVE = 0.5
"""A temperature above it, when written, asks for replies that differ."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call of a model; `limit` in tokens. None: the setting is absent (or unknown, if open)."""

    api: str
    place: Place
    model: str | None
    limit: Any
    stop: bool
    structured: bool
    tools: bool
    streaming: bool
    temperature: Any
    tenant: bool
    open: bool
    bulk: bool
    conversation: bool
    driven: bool = False
    """Whether the loop that makes it a bulk call stands in another file."""
    untold: bool = False
    """Whether it sends a text that cannot be read."""
    instructions: str | None = None
    """All that an agent is told that answers itself."""

    @property
    def single_turn(self) -> bool:
        creative = isinstance(self.temperature, int | float) and self.temperature > CREATIVE
        return not (self.bulk or self.conversation or self.tools or creative)

    @property
    def short(self) -> bool:
        return isinstance(self.limit, int) and self.limit <= SIMPLE_LIMIT

    def evidence(self, fact: str | None = None) -> Evidence:
        named = f" of {self.model}" if self.model else ""
        return Evidence(fact or f"{self.api} call{named}", self.place)


@dataclass(frozen=True, slots=True)
class PromptText:
    """A text that a model is told; `separated`: system and user messages stand apart."""

    text: str
    place: Place
    role: str | None
    separated: bool
    name: str | None = None
    """The llmopt prompt that it belongs to."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of a framework; `tools` are the names that its tools mention."""

    place: Place
    tools: frozenset[str]
    counted: bool
    model: str | None = None
    manages: bool = False
    """Whether it hands work to other agents."""


@dataclass(frozen=True, slots=True)
class Passages:
    """A retrieval and how many passages it asks for; None where that cannot be read."""

    place: Place
    count: int | None
    default: bool


@dataclass(frozen=True, slots=True)
class CodeFile:
    """One file: its calls, texts, agents, and what else was seen, by signal."""

    file: str
    calls: tuple[ModelCall, ...]
    texts: tuple[PromptText, ...]
    agents: tuple[Agent, ...]
    passages: tuple[Passages, ...]
    seen: Mapping[str, tuple[Evidence, ...]]
    model_choices: tuple[tuple[Evidence, tuple[str, ...]], ...]
    """Sets of texts between which the code chooses, where they may name models."""
    served_model: str | None = None
    """The model that the file itself loads and runs."""
    through: tuple[Evidence, ...] = ()
    """Where it calls what leads to a call in another file."""
    reached: frozenset[str] = frozenset()
    """The files of those calls."""
    plain: frozenset[str] = frozenset()
    """The files whose models it runs without a turn of a conversation."""


@dataclass(frozen=True, slots=True)
class Code:
    """All application code that was read; `tests` are the files that only tests use."""

    files: tuple[CodeFile, ...] = ()
    tests: tuple[CodeFile, ...] = ()

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        return tuple(call for file in self.files for call in file.calls)

    @property
    def texts(self) -> tuple[PromptText, ...]:
        found = {(t.place, t.text): t for file in self.files for t in file.texts}
        return tuple(found.values())

    @property
    def agents(self) -> tuple[Agent, ...]:
        return tuple(agent for file in self.files for agent in file.agents)

    def calling(self) -> Iterator[CodeFile]:
        """Yield the files with calls, and those that make the calls of others."""
        return (file for file in self.files if file.calls or file.through)

    @property
    def single_turn(self) -> tuple[ModelCall, ...]:
        """The calls that are single turns, whichever file makes them."""
        return tuple(
            call
            for file in self.files
            for call in file.calls
            if call.single_turn and not self._only_conversed(file)
        )

    def _only_conversed(self, file: CodeFile) -> bool:
        """Tell whether others hold conversations by the calls of a file, and do nothing else."""
        making = [made for made in self.making(file) if made is not file]
        conversing = any("conversation" in made.seen for made in making)
        return conversing and not any(file.file in made.plain for made in making)

    def made_by(self, file: CodeFile) -> tuple[ModelCall, ...]:
        """Return the calls that a file makes, those of other files among them."""
        elsewhere = (f for f in self.files if f.file in file.reached and f.file != file.file)
        return (*file.calls, *(call for other in elsewhere for call in other.calls))

    def making(self, file: CodeFile) -> Iterator[CodeFile]:
        """Yield a file and those that make its calls."""
        yield file
        yield from (f for f in self.files if file.file in f.reached and f.file != file.file)

    def seen(self, *signals: str) -> tuple[Evidence, ...]:
        """Return where any of the signals was seen."""
        return tuple(e for file in self.files for s in signals for e in file.seen.get(s, ()))

    def seen_beside_calls(self, *signals: str) -> tuple[Evidence, ...]:
        """Return where any of the signals was seen in a file with a call."""
        return tuple(e for file in self.calling() for s in signals for e in file.seen.get(s, ()))
