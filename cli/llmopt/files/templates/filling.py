"""What every template format comes down to: text that is filled with values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from llmopt.errors import TemplateError

TEXT_LIMIT = 20_000_000
"""Characters that one rendering may handle."""

_FEW = 8  # variables whose values are not worth adding up before they are joined

Fill = Callable[[Mapping[str, Any]], str]
Need = Literal["always", "sometimes", "never"]
"""Whether rendering fails without the variable: a branch may skip it, `default` replaces it."""


class Flaw(NamedTuple):
    """What is wrong in a template's text, at an offset of it."""

    offset: int
    message: str
    hint: str | None = None


class Use(NamedTuple):
    """A variable at an offset of a template's text."""

    name: str
    offset: int
    need: Need


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to fill; `fill` is None where flaws keep it from being one."""

    fill: Fill | None
    uses: tuple[Use, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    can_fail: bool = False
    """Whether filling can fail although every variable is given."""


class Slot(NamedTuple):
    """Where a variable's value goes."""

    name: str


def filler(pieces: Sequence[str | Slot]) -> Fill:
    """Fill plain pieces: no expression is evaluated, so nothing is slower than joining text."""
    pattern = "".join("%s" if isinstance(p, Slot) else p.replace("%", "%%") for p in pieces)
    names = [piece.name for piece in pieces if isinstance(piece, Slot)]
    text = pattern % tuple("" for _ in names)
    if not names:
        return lambda _: text

    def fill(values: Mapping[str, Any]) -> str:
        try:
            texts = [str(values[name]) for name in names]
        except KeyError as error:
            raise not_given(str(error.args[0])) from None
        if len(texts) > _FEW and sum(map(len, texts)) > TEXT_LIMIT:
            raise TemplateError(f"the template makes more than {TEXT_LIMIT:,} characters")
        return pattern % tuple(texts)

    return fill


def not_given(name: str) -> TemplateError:
    """The error of a case that lacks a variable."""
    return TemplateError(f"variable '{name}' is not given", hint="add it to the case's 'vars'")
