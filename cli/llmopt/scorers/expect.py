"""What a case expects: the scorer's own `expect` option, else the case's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from llmopt.domain import Case
from llmopt.errors import ScorerError, UsageError

T = TypeVar("T")


def given(own: object, case: Case, read: Callable[[object], T]) -> T:
    """Read what `case` expects, unless the scorer has an expectation of its `own`.

    Raises:
        ScorerError: there is none, or `read` cannot make sense of it (a ValueError).
    """
    value = case.expect if own is None else own
    if value is None:
        raise ScorerError(
            f"case '{case.id}' does not say what to expect",
            hint="give the case an `expect`, or the scorer one of its own",
        )
    try:
        return read(value)
    except ValueError as error:
        raise ScorerError(f"case '{case.id}': {error}") from error


def checked(own: T, read: Callable[[object], object]) -> T:
    """Return a scorer's own expectation (None: it has none) if `read` can read it.

    Raises:
        UsageError: it cannot.
    """
    if own is not None:
        try:
            read(own)
        except ValueError as error:
            raise UsageError(str(error)) from error
    return own


def texts(value: object) -> tuple[str, ...]:
    """Read a text, a number, a truth value or a date, or a list of them, as accepted texts.

    Raises:
        ValueError: there is no text in it.
    """
    items = value if isinstance(value, list | tuple) else (value,)
    if not items:
        raise ValueError("the expected list is empty")
    return tuple(_text(item) for item in items)


def filled_texts(value: object) -> tuple[str, ...]:
    """Read as `texts`, where an empty one would be found in every reply.

    Raises:
        ValueError: there is no text in it, or a blank one.
    """
    found = texts(value)
    if not all(text.strip() for text in found):
        raise ValueError("an expected text is empty")
    return found


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    kind = "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"
    raise ValueError(f"expected a text or a list of texts, got {kind}")
