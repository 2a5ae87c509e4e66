from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Role = Literal["system", "user", "assistant"]
TemplateFormat = Literal["jinja", "fstring"]


class Place(NamedTuple):
    """Where something stands in a user's file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Message(NamedTuple):
    """One rendered message of a chat.

    `static` is how many of its first characters are the same in every case, where the
    variant asks its provider to cache them; 0 asks for nothing.
    """

    role: Role
    content: str
    static: int = 0


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """One message of a variant before its variables are filled in.

    `uses` are the variables it names and where, in the order of the text.
    """

    role: Role
    text: str
    place: Place
    uses: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to ask a prompt's question.

    `examples` are rendered with the `example` template, one line each, and stand
    where a message says `{{ examples }}`. `params` win over the model's. `cache` asks
    the provider to cache what all cases share at the beginning.
    """

    name: str
    messages: tuple[MessageTemplate, ...]
    params: Mapping[str, Any]
    place: Place
    example: MessageTemplate | None = None
    examples: tuple[Mapping[str, Any], ...] = ()
    cache: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One task: its variants and the name of the one that the team runs today.

    `ladder` names variants that are ever more compressed, the least compressed first.
    """

    name: str
    description: str
    baseline: str
    variants: Mapping[str, Variant]
    format: TemplateFormat
    place: Place
    ladder: tuple[str, ...] = ()
