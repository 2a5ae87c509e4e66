"""One message cut into blocks: what is said to the model, and the material it is given.

Reads line by line, each line once: fences, paired tags, `Name: text` heads,
`text -> label` lines, lists, plain prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from llmopt.providers.embedded.heads import head_of, is_step, last_sentence, lists, without_head
from llmopt.providers.embedded.lexicon import NOUN_HEADS
from llmopt.providers.embedded.lines import ARROWS, BULLET, unwrapped
from llmopt.providers.embedded.orders import (
    PARENS,
    SLASHES,
    is_announcement,
    is_directive,
    is_example,
    is_form,
    is_instruction,
    is_order,
    key,
    leads_up,
    names_material,
)
from llmopt.providers.embedded.words import bare

Kind = Literal["say", "plain", "slot", "cue", "header", "pair"]


class Block(NamedTuple):
    """A piece of a message.

    `say` instructs; `plain` is prose of unknown use; `slot` is material under its `name`;
    `cue` is a name left open at the end, where the answer belongs; `header` announces
    examples; `pair` is one example, its text in `name` and its answer in `text`.
    """

    kind: Kind
    name: str
    text: str


_TAG = re.compile(r"<(/?)([A-Za-z][\w-]{0,30})>")
_FENCES = ("```", '"""', "'''")
_RULES = ("---", "===", "###", "***")
_TEXTS = re.compile(
    r"\b(?:text|notes?|item|message|e-?mail|review|list|document|article|minutes)\b"
)
_TITLE = re.compile(r"(?:#{1,4}\s[^\n]{1,40}|\*\*[^*\n]{1,40}\*\*)")
_INLINE = re.compile(
    r"(?<=[.!?\"”')\]])\s(?=(?:question|q|a|answer|label|sentiment|output|category|context|review"
    r"|text|input|topic|intent|summary|json|response|class|message|features|tone|audience|keywords"
    r"|length|style|avoid|product|labels|options|format)\s?:(?:\s|$))",
    re.IGNORECASE,
)
_ASKED = re.compile(r"(?:who|whom|whose|when|where|why|how|what|which)\b", re.IGNORECASE)
MOST_MENDS = 20
"""How often a message's slots are taken up again after what looked like an order."""

_JSON = "{json}"  # the name of a fence that shows a format, no material


class Scanner:
    """Feeds lines, collects blocks; one instance per message."""

    def __init__(self, text: str, *, given: bool = False) -> None:
        self._text = text
        self._paired = _paired_tags(text)
        self._seen = -1  # the number of the last tag met
        self.blocks: list[Block] = []
        self._name: str | None = None  # of the slot being filled
        self._lines: list[str] = []
        self._tags: list[str] = []  # the open ones
        self._fence = ""  # what closes the fence being read
        self._gap = True  # a blank line, or the start, came before
        self._awaits = False  # an order ended in a colon: material follows
        self._listing = False  # inside a directive's list
        self._given_apart = given  # the material stands in another message
        self._given = given  # or stood before
        self._next = ""  # the line after the one being read
        self._broken: tuple[str, list[str], int] | None = None  # a slot that an order closed
        self._mends = MOST_MENDS
        self._open_braces = 0  # of a JSON object written out in the orders

    def scan(self) -> list[Block]:
        """All blocks of the text, in order."""
        lines = [*unwrapped(self._text), ""]
        for line, self._next in pairwise(lines):
            for part, tag in self._parts(line):
                self._feed(part, tag)
        self._close()
        if self.blocks and self.blocks[-1].kind == "slot" and not self.blocks[-1].text:
            self.blocks[-1] = Block("cue", self.blocks[-1].name, "")
        return [block for block in self.blocks if block.kind != "slot" or block.text]

    def _parts(self, line: str) -> Iterator[tuple[str, re.Match[str] | None]]:
        """The line cut at its paired tags and before `Question:` and the like."""
        at = 0
        for match in _TAG.finditer(line) if "<" in line else ():
            self._seen += 1
            if self._seen in self._paired:
                if line[at : match.start()].strip():
                    yield from ((part, None) for part in _INLINE.split(line[at : match.start()]))
                yield match.group(), match
                at = match.end()
        if at == 0 or line[at:].strip():
            parts = _INLINE.split(line[at:]) if ":" in line else [line[at:]]
            yield from ((part, None) for part in parts)

    def _feed(self, line: str, tag: re.Match[str] | None) -> None:
        stripped = line.strip()
        if self._fence:
            self._feed_fenced(line)
        elif tag is not None:
            self._feed_tag(*tag.groups())
        elif self._tags and not is_example(key(self._tags[-1])):
            self._feed_tagged(line, stripped)
        elif not stripped:
            self._feed_blank()
        else:
            if not (self._opens_fence(stripped) or self._is_rule(stripped)):
                self._feed_open(line, stripped)
            self._gap = False

    def _feed_blank(self) -> None:
        self._gap, self._listing, self._open_braces = True, False, 0
        if self._name is not None and self._lines:
            self._lines.append("")

    def _feed_tag(self, closes: str, name: str) -> None:
        if not closes:
            self._tags.append(name)
        elif self._tags:
            self._tags.pop()
        self._close()
        inner = key(self._tags[-1]) if self._tags else ""
        if is_example(inner):
            self.blocks.append(Block("header", "", ""))
        elif self._tags and not is_directive(inner):
            self._begin(self._tags[-1])

    def _feed_tagged(self, line: str, stripped: str) -> None:
        if self._name is not None:
            self._lines.append(line)
        elif stripped:
            self._say(stripped)

    def _feed_fenced(self, line: str) -> None:
        before, closing, rest = line.partition(self._fence)
        self._lines.append(before)
        if closing:
            self._fence = ""
            self._close()
            if rest.strip(" .?!"):
                self._feed_open(rest, rest.strip())

    def _opens_fence(self, stripped: str) -> bool:
        fence = next((mark for mark in _FENCES if stripped.startswith(mark)), None)
        if fence is None:
            return False
        name = "" if self._lines else self._name or ""
        said = self.blocks[-1].text.lower() if self.blocks and not self._awaits else ""
        shows_format = "json" in stripped.lower() or "json" in said
        self._begin(_JSON if shows_format and not name else name)
        self._fence = fence
        rest = stripped[len(fence) :]
        if rest and not (fence == "```" and rest.isalnum()):  # ```json names a language
            self._feed_fenced(rest)
        return True

    def _is_rule(self, stripped: str) -> bool:
        """A line of dashes between parts ends a slot."""
        if stripped[:3] in _RULES and not stripped.strip("-=#*"):
            self._close()
            self._broken = None
            return True
        return False

    def _feed_open(self, line: str, stripped: str) -> None:
        if self._feed_skeleton(stripped) or self._feed_arrow(stripped):
            return
        bullet = BULLET.match(line)
        if ":" not in stripped and _TITLE.fullmatch(stripped):
            stripped = stripped.strip("#*_ ") + ":"
        if bullet and (self._name is None or self._listing) and not self._awaits_text():
            self._say(stripped)
        elif not bullet and self._feed_head(stripped):
            self._broken = None
        else:
            self._feed_prose(stripped)

    def _feed_skeleton(self, stripped: str) -> bool:
        """Handles the lines of a JSON object written out in the orders."""
        if not self._open_braces and (self._name is not None or stripped[0] != "{"):
            return False
        self._open_braces = max(0, self._open_braces + stripped.count("{") - stripped.count("}"))
        self._say(stripped)
        return True

    def _feed_arrow(self, stripped: str) -> bool:
        """Handles `text -> label` (an example) and `text ->` (the open case)."""
        cuts = (stripped.rpartition(arrow) for arrow in ARROWS)
        before, arrow, after = max(cuts, key=lambda cut: len(cut[0]) if cut[1] else -1)
        if not arrow or "format" in before[:40].lower():
            return False
        before, after = without_head(BULLET.sub("", before, count=1)), after.strip()
        if after:
            if self._name is not None or len(after.split()) > 12 or not before.strip():
                return False
            self.blocks.append(Block("pair", bare(before), bare(after)))
            return True
        if self._name is None:
            if not self._gap and self.blocks and self.blocks[-1].kind == "plain":
                before = f"{self.blocks.pop().text}\n{before}"
            self._begin("")
        self._lines.append(before)
        self._close()
        self.blocks.append(Block("cue", arrow, ""))
        return True

    def _feed_head(self, stripped: str) -> bool:
        """Handles `Name: text`, `Do this: text`, `Labels: a, b`; False when the line is none."""
        head, tail = head_of(stripped) or ("", "")
        if not head or (self._name is not None and is_step(head)):
            return False
        name = key(head)
        short = len(PARENS.sub("", head).split()) <= 4
        if short and is_example(name) and not names_material(name):
            return self._feed_example(stripped, tail)
        orders = not (short and name in NOUN_HEADS) and is_instruction(last_sentence(head))
        if self._directs(name, short=short) or (orders and self._lists(head, tail)):
            self._say(stripped)
            self._listing = True
            return True
        if orders and "(" not in head[:25]:
            return self._feed_order(head, tail)
        if not tail and (not short or leads_up(head)) and self._feed_announcement(head):
            return True
        return short and self._feed_slot(head, tail)

    def _feed_announcement(self, head: str) -> bool:
        """Handles "Here is the letter that I mean:", which a text must follow."""
        inside = self._name is not None
        if (inside and not self._gap) or not is_announcement(head, inside=inside):
            return False
        self._say(head + ":")
        self._awaits = True
        return True

    def _awaits_text(self) -> bool:
        """Whether bullets are material: the order before them speaks of a text."""
        return self._awaits and bool(_TEXTS.search(self.blocks[-1].text.lower()))

    def _directs(self, name: str, *, short: bool) -> bool:
        return short and is_directive(name) and (self._name is None or self._gap)

    def _lists(self, head: str, tail: str) -> bool:
        """Whether an order ends in choices; so it does when the text follows on the next line."""
        follows = len(self._next) > 2 * len(tail)
        follows = follows and (len(self._next) > 120 or not is_instruction(self._next))
        return lists(head, tail, plainly=follows or self._given)

    def _feed_slot(self, head: str, tail: str) -> bool:
        if self._name is not None and head[0].islower() and not self._gap:
            return False  # prose with a colon
        if PARENS.search(head) or SLASHES.search(head.lower()):
            self._say(head)
        self._begin(head)
        self._lines.extend([tail] if tail else [])
        return True

    def _feed_order(self, head: str, tail: str) -> bool:
        if tail and self._given_apart:
            return False  # in a system message, what follows on the line goes on ordering
        if self._name is not None and not self._gap and ". " in head:
            return False  # a colon deep inside material
        self._say(head + ":")
        if tail:
            self._begin("")
            self._lines.append(tail)
        self._awaits = not tail
        return True

    def _feed_example(self, stripped: str, tail: str) -> bool:
        self._close()
        if tail and not self._feed_arrow(tail):
            self._say(stripped)
        self.blocks.append(Block("header", "", ""))
        return True

    def _feed_prose(self, stripped: str) -> None:
        if self._name is not None:
            gives_order = self._gap and (is_instruction(stripped) or is_form(stripped))
            if self._lines and (gives_order or (len(self._lines) == 1 and is_order(stripped))):
                self._break_off(stripped)
            elif self._gap and self._lines and "?" in stripped and _ASKED.match(stripped):
                self._begin("")
                self._lines.append(stripped)
            else:
                self._lines.append(stripped)
        elif self._awaits and not (stripped[0] in "{[" and "json" in self.blocks[-1].text.lower()):
            self._begin("")
            self._lines.append(stripped)
        elif is_instruction(stripped) or is_form(stripped) or self._goes_on():
            self._say(stripped)
        elif not self._mend(stripped):
            kind: Kind = "say" if stripped[0] in "{}[]" or self._listing else "plain"
            self.blocks.append(Block(kind, "", stripped))

    def _break_off(self, stripped: str) -> None:
        """Closes a slot at what reads as an order."""
        name, lines = self._name or "", self._lines
        self._say(stripped)
        self._broken = (name, lines, len(self.blocks) - 2)

    def _mend(self, stripped: str) -> bool:
        """Takes a slot up again where plain text follows: the order was part of it."""
        if self._broken is None or stripped.endswith("?") or not self._mends:
            return False
        name, lines, at = self._broken
        for block in self.blocks[at + 1 :]:
            lines += [block.text, ""]
        del self.blocks[at:]
        self._mends -= 1
        self._begin(name)
        self._lines = [*lines, stripped]
        return True

    def _goes_on(self) -> bool:
        """Whether the last line was an order that broke off without a full stop."""
        last = self.blocks[-1] if self.blocks and not self._gap else None
        return (
            last is not None
            and last.kind == "say"
            and not last.text.endswith((".", "!", "?", ":", "```", ")", "}", "]"))
        )

    def _say(self, text: str) -> None:
        self._close()
        self._awaits = False
        self.blocks.append(Block("say", "", text))

    def _begin(self, name: str) -> None:
        self._close()
        self._broken = None
        self._awaits = self._listing = False
        self._given = self._given or name != _JSON
        self._name = name

    def _close(self) -> None:
        if self._name is None:
            return
        text = "\n".join(self._lines).strip()
        if self._name == _JSON:
            self.blocks.append(Block("say", "", text))
        elif text or self._name:
            self.blocks.append(Block("slot", self._name, text))
        self._name, self._lines = None, []


def _paired_tags(text: str) -> frozenset[int]:
    """The numbers of the tags that open and close something; `<label>` alone is a placeholder."""
    paired: list[int] = []
    opened: dict[str, int] = {}
    for at, match in enumerate(_TAG.finditer(text)):
        closes, name = match.groups()
        if not closes:
            opened[name] = at
        elif name in opened:
            paired += [opened.pop(name), at]
    return frozenset(paired)


def scan(text: str, *, given: bool = False) -> list[Block]:
    """The blocks of one message; `given` says that its material stands elsewhere."""
    return Scanner(text, given=given).scan()
