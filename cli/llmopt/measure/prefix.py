"""How much of a candidate's input is the same in every case, and so can be cached by its provider.

Providers bill a prefix of equal tokens at a discount from a minimum length on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from os.path import commonprefix
from typing import Any

from llmopt.domain import Message, Place, Role, Variant
from llmopt.domain.prompts import TemplateFormat
from llmopt.files.template import render_examples, static_heads
from llmopt.files.templates.beginning import without_tags
from llmopt.tokens.counting import Counter

CONTINUATION = 64
"""Characters behind the common text that are kept of a case: what joins its last token."""

TAIL = 200
"""Characters at the end of a common text whose tokens may depend on what follows."""

CONTINUATIONS = 1000
"""Distinct continuations kept; more would only confirm the shortest token prefix found."""


@dataclass(frozen=True, slots=True)
class StaticPrefix:
    """What all cases share at the beginning: `tokens` of it, chat overhead included.

    `whole` says that nothing varies at all. Otherwise it ends in message `message`
    (from 0) of `role`, behind its first `characters`; `variable` is the first that
    varies there and `place` where the variant names it, both None where templates do
    not tell.
    """

    tokens: int
    whole: bool
    message: int | None = None
    role: Role | None = None
    characters: int | None = None
    variable: str | None = None
    place: Place | None = None


class Shared:
    """Watches a variant's rendered cases for what they have in common at the beginning.

    Cases come one at a time; kept of them is the common text alone, with what follows
    it in each, a few characters long.
    """

    def __init__(self) -> None:
        self.cases = 0
        self._messages: tuple[Message, ...] = ()
        self._equal = 0
        """How many messages at the beginning have been equal in all cases."""
        self._text = ""
        """What the first unequal message has in common in all cases."""
        self._ends: set[str] = set()
        self._values: Mapping[str, Any] = {}
        self._varying: set[str] = set()

    def add(self, messages: Sequence[Message], values: Mapping[str, Any]) -> None:
        """Take in a rendered case and the values that it was rendered with."""
        self.cases += 1
        if self.cases == 1:
            self._messages, self._values = tuple(messages), values
            self._equal = len(self._messages)
            return
        self._note_varying(values)
        for i in range(self._equal):
            if messages[i].content != self._messages[i].content:
                self._equal, self._text = i, self._messages[i].content
                self._ends = {""}
                break
        if self._equal < len(self._messages):
            self._narrow(messages[self._equal].content)

    def _note_varying(self, values: Mapping[str, Any]) -> None:
        for name, value in self._values.items():
            if name not in self._varying and values.get(name) != value:
                self._varying.add(name)

    def _narrow(self, content: str) -> None:
        if not content.startswith(self._text):
            common = commonprefix((self._text, content))  # noqa: RUF071 - texts, no paths
            rest = self._text[len(common) : len(common) + CONTINUATION]
            self._ends = {(rest + end)[:CONTINUATION] for end in self._ends}
            self._text = common
        if len(self._ends) < CONTINUATIONS:
            start = len(self._text)
            self._ends.add(content[start : start + CONTINUATION])

    def prefix(self, variant: Variant, format: TemplateFormat, counter: Counter) -> StaticPrefix:  # noqa: A002 - the users' word
        """Say what the cases share, in a model's tokens.

        A single case shares everything with itself, so its template is asked instead
        where it has variables.
        """
        if self.cases < 2:
            return self._by_template(variant, format, counter)
        if self._equal == len(self._messages):
            return StaticPrefix(counter.messages(self._messages).tokens, whole=True)
        return self._ending(variant, counter, self._equal, self._text, self._ends, self._varying)

    def _by_template(
        self,
        variant: Variant,
        format: TemplateFormat,  # noqa: A002 - the users' word
        counter: Counter,
    ) -> StaticPrefix:
        heads = static_heads(variant, format, render_examples(variant, format))
        equal = len(
            list(
                takewhile(lambda p: p[0] == p[1].content, zip(heads, self._messages, strict=False))
            )
        )
        if equal == len(self._messages):
            return StaticPrefix(counter.messages(self._messages).tokens, whole=True)
        head = heads[equal] if equal < len(heads) else ""
        end = self._messages[equal].content[len(head) : len(head) + CONTINUATION]
        return self._ending(variant, counter, equal, head, {end, ""}, set(self._values))

    def _ending(
        self,
        variant: Variant,
        counter: Counter,
        message: int,
        text: str,
        ends: Collection[str],
        varying: Collection[str],
    ) -> StaticPrefix:
        """Describe a prefix that ends in a message behind `text`, before one of `ends`."""
        role = self._messages[message].role
        tokens = counter.framed(self._messages[:message]) + counter.opening(role)
        tokens += _common_tokens(text, ends, counter)
        uses = [use for template in variant.messages[message:] for use in template.uses]
        name, place = next((use for use in uses if use[0] in varying), (None, None))
        return StaticPrefix(
            tokens,
            whole=False,
            message=message,
            role=role,
            characters=len(text),
            variable=name,
            place=place,
        )


def fixed_tokens(variant: Variant, format: TemplateFormat, counter: Counter) -> int:  # noqa: A002 - the users' word
    """Count what a variant writes itself: its texts without tags, its examples, the frame."""
    examples = render_examples(variant, format)
    return counter.framed(
        [
            Message(message.role, without_tags(message.text.removesuffix("\n"), format, examples))
            for message in variant.messages
        ]
    )


def _common_tokens(text: str, ends: Collection[str], counter: Counter) -> int:
    """Count the tokens that a text has in common before each of its ends."""
    cut = text.rfind(" ", 0, max(0, len(text) - TAIL))
    before = len(counter.encode(text[:cut])) if cut > 0 else 0
    if cut <= 0 or before + len(counter.encode(text[cut:])) != len(counter.encode(text)):
        cut = before = 0  # a token spans the cut: take the text as a whole
    encoded = [counter.encode(text[cut:] + end) for end in ends]
    first, last = min(encoded), max(encoded)  # of a sorted list, these two have least in common
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))))
    return counter.scaled(before + same, text)
