"""Text as scorers see it, compare it and quote it in their reasons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

SHOWN = 80
"""Characters of a user's text that a reason shows."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana, Han
    "\uac00-\ud7a3"  # Hangul: words are spaced, but particles cling to them
)
"""Scripts in which a space does not part words, as a regex range: each character is a token."""

_THOUGHTS_END = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)


def short(text: str, limit: int = SHOWN) -> str:
    """Return `text` on one printable line of at most `limit` characters."""
    head = text.strip()[: 4 * limit]
    complete = len(head) == len(text.strip())
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _one_line(head))
    if complete and len(line) <= limit:
        return line
    return line[: limit - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def quote(text: str) -> str:
    """Return `text` shortened and in quotes."""
    return f"'{short(text)}'"


def listed(texts: Sequence[str], *, most: int = 3) -> str:
    """Quote the first few of `texts` and count the rest: `'a', 'b', 'c' and 2 more`."""
    shown = ", ".join(f"'{short(text, 40)}'" for text in texts[:most])
    rest = len(texts) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def visible(reply: str) -> str:
    """Return the reply without the `<think>` part that some models put before it."""
    ends = list(_THOUGHTS_END.finditer(reply))
    return reply[ends[-1].end() :] if ends else reply


def plain(text: str, *, ignore_case: bool) -> str:
    """Return `text` as it reads: compatibility forms, quotes, dashes and spaces made equal."""
    even = _one_line(unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY))
    return even.casefold() if ignore_case else even


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list written with spaces."""
    return frozenset(text.split())


def _one_line(text: str) -> str:
    return " ".join(text.split())
