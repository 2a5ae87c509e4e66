"""What the readers of Python and of JavaScript see in a file, in one form for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple


class _Unknown:
    """A value that is there and cannot be read."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

Lookup = Callable[[str], Any]
"""Reads what a dotted name of another file stands for; UNKNOWN where that cannot be told."""


def nothing(_name: str) -> Any:  # noqa: ANN401 - a Lookup
    """Know nothing of other files."""
    return UNKNOWN


Loop = Literal["data", "steps", "while"]
"""Over data; over a number of steps (retries, an agent's); for as long as something holds."""


class Name(NamedTuple):
    """A dotted name as used, imports resolved: `langchain.cache.InMemoryCache`, `k=` for a key."""

    text: str
    line: int
    column: int


class Text(NamedTuple):
    """A text in code; `use` is where it stands, `group` the list of messages it belongs to."""

    text: str
    line: int
    column: int
    use: str
    """`role:system`, `role:user`, `role:assistant`, `key:system`, `name:SYSTEM_PROMPT`, `value`."""
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of anything.

    `keywords` maps names of arguments, those of nested literals included, to their
    literal values or UNKNOWN. `open` says that something unreadable is spread into it.
    `mentions` are the dotted names within the arguments, `targets` the variables that
    its statement assigns. `loop` is the innermost loop that repeats it, `function` the
    one it stands in.
    """

    name: str
    line: int
    column: int
    function: str
    keywords: Mapping[str, Any]
    mentions: frozenset[str]
    targets: tuple[str, ...] = ()
    loop: Loop | None = None
    open: bool = False
    tools: frozenset[str] = frozenset()
    """What is mentioned in the list of tools."""


class Assignment(NamedTuple):
    """Variables and what the expression assigned to them mentions."""

    targets: tuple[str, ...]
    mentions: frozenset[str]
    function: str
    line: int
    keyed: bool = False
    """Whether it is put into the variable, under a key."""


class Part(NamedTuple):
    """A part taken of something: its beginning, its end, or a loop over it that is left early."""

    kind: Literal["head", "tail", "break"]
    mentions: frozenset[str]
    line: int
    function: str


class Choice(NamedTuple):
    """Texts between which a condition, a loop or the table called `name` chooses."""

    texts: tuple[str, ...]
    line: int
    name: str = ""


class Function(NamedTuple):
    """A function and the lines that it takes up."""

    name: str
    line: int
    end: int
    decorators: tuple[str, ...]
    conditional: bool
    """Whether anything in it depends on a condition (an error is none)."""
    tests: frozenset[str] = frozenset()
    """What its conditions mention."""


class Span(NamedTuple):
    """The lines that something takes up."""

    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Defined:
    """What a file defines for others.

    `spans` are the lines of what is named at its top, `classes` the methods of its classes,
    `bases` what they are made from, `typed` what parameters (and `return`, what comes back)
    are said to be, by function, `exported` the modules whose names it hands on.
    """

    spans: Mapping[str, Span] = field(default_factory=dict)
    classes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    typed: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    exported: tuple[str, ...] = ()


class Sighting(NamedTuple):
    """A signal seen at a line, and the fact in words."""

    signal: str
    fact: str
    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Module:
    """One file of code. `modules` are what it imports, `constants` its named literals."""

    file: str
    modules: frozenset[str]
    names: tuple[Name, ...]
    texts: tuple[Text, ...]
    invocations: tuple[Invocation, ...]
    assignments: tuple[Assignment, ...]
    parts: tuple[Part, ...]
    choices: tuple[Choice, ...]
    functions: tuple[Function, ...]
    constants: Mapping[str, Any]
    defined: Defined = Defined()
