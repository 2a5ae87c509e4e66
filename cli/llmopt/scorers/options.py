"""Reading a scorer's options; what is wrong with them becomes a UsageError."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from llmopt.errors import UsageError


def only(options: Mapping[str, Any], *names: str) -> None:
    """Refuse options that the scorer does not have.

    Raises:
        UsageError: there is one.
    """
    for name in options:
        if name not in names:
            raise UsageError(
                f"has no option '{name}'",
                hint=suggestion(str(name), names, otherwise=f"its options are {', '.join(names)}")
                if names
                else "it takes no options",
            )


def flag(options: Mapping[str, Any], name: str, *, default: bool) -> bool:
    """Read true or false.

    Raises:
        UsageError: it is something else.
    """
    value = options.get(name, default)
    if not isinstance(value, bool):
        raise UsageError(f"'{name}' is true or false, not {value!r}")
    return value


def count(options: Mapping[str, Any], name: str) -> int | None:
    """Read a whole number from 0; None where it is not given.

    Raises:
        UsageError: it is something else.
    """
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(f"'{name}' is a whole number from 0, not {value!r}")
    return value


def choice(options: Mapping[str, Any], name: str, choices: Sequence[str]) -> str:
    """Read one of `choices`; the first is the default.

    Raises:
        UsageError: it is something else.
    """
    value = options.get(name, choices[0])
    if value not in choices:
        raise UsageError(
            f"'{name}' is one of {', '.join(choices)}, not {value!r}",
            hint=suggestion(str(value), choices),
        )
    return str(value)


def suggestion(name: str, offered: Sequence[str], *, otherwise: str | None = None) -> str | None:
    """Return a did-you-mean hint where something offered is close to `name`."""
    close = difflib.get_close_matches(name, offered, n=1)
    return f"did you mean '{close[0]}'?" if close else otherwise
