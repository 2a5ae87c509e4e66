"""One message cut into blocks: what is said to the model, and the material it is given.

Reads line by line, each line once: fences, paired tags, `Name: text` heads,
`text -> label` lines, lists, plain prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from llmopt.providers.embedded.lexicon import NOUN_HEADS
from llmopt.providers.embedded.orders import (
    PARENS,
    SLASHES,
    is_directive,
    is_example,
    is_instruction,
    is_order,
    key,
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


ARROWS = ("->", "=>", "→")

_TAG = re.compile(r"<(/?)([A-Za-z][\w-]{0,30})>")
_FENCES = ("```", '"""', "'''")
_RULES = ("---", "===", "###", "***")
_BULLET = re.compile(r"\s{0,12}(?:[-*•]|[0-9]{1,2}[.)]|\([0-9a-z]\))\s{1,4}(?=\S)")
_HEAD = re.compile(r"[\s>#*_]{0,8}([^\W_][^:\n]{0,600}?)[*_]{0,2}\s?:[*_]{0,2}(?:\s|$)")
_TITLE = re.compile(r"(?:#{1,4}\s[^\n]{1,40}|\*\*[^*\n]{1,40}\*\*)")
_INLINE = re.compile(
    r"(?<=[.!?\"”')\]])\s(?=(?:question|q|a|answer|label|sentiment|output|category|context|review"
    r"|text|input|topic|intent|summary|json|response|class|message|features|tone|audience|keywords"
    r"|length|style|avoid|product|labels|options|format)\s?:(?:\s|$))",
    re.IGNORECASE,
)
_ASKED = re.compile(r"(?:who|whom|whose|when|where|why|how|what|which)\b", re.IGNORECASE)
_FIELDS_HEAD = re.compile(r"(?:extract|return|pull|capture|fields|give|provide)\b", re.IGNORECASE)
_LIST_HEAD = re.compile(
    r"(?:\b(?:labels?|categor(?:y|ies)|class(?:es)?|options?|choices|one of|keys|fields|topics"
    r"|teams?|queues?|departments?|types|groups|intents|tags|either|between|among|are|values|format|rules|example|exactly|with|is|as"
    r"|one of (?:the following|these)(?: \w{1,20})?|json|schema|object|line|say|tone|length"
    r"|(?:labels|categories|classes|options|keys|fields) below))$"
)
_JSON = "{json}"  # the name of a fence that shows a format, no material


class Scanner:
    """Feeds lines, collects blocks; one instance per message."""

    def __init__(self, text: str) -> None:
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
        self._given = False  # some slot was begun

    def scan(self) -> list[Block]:
        """All blocks of the text, in order."""
        for line in self._text.splitlines():
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
        self._gap, self._listing = True, False
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
            return True
        return False

    def _feed_open(self, line: str, stripped: str) -> None:
        if self._feed_arrow(stripped):
            return
        bullet = _BULLET.match(line)
        if ":" not in stripped and _TITLE.fullmatch(stripped):
            stripped = stripped.strip("#*_ ") + ":"
        if bullet and (self._name is None or self._listing) and not self._awaits:
            self._say(stripped)
        elif bullet or not self._feed_head(stripped):
            self._feed_prose(stripped)

    def _feed_arrow(self, stripped: str) -> bool:
        """Handles `text -> label` (an example) and `text ->` (the open case)."""
        cuts = (stripped.rpartition(arrow) for arrow in ARROWS)
        before, arrow, after = max(cuts, key=lambda cut: len(cut[0]) if cut[1] else -1)
        if not arrow or "format" in before[:40].lower():
            return False
        before, after = _without_head(_BULLET.sub("", before, count=1)), after.strip()
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
        match = _HEAD.match(stripped)
        head = match.group(1).strip() if match else ""
        if match is None or "{" in head or head[-1] in "\"'":
            return False  # no head, or a piece of JSON
        tail = stripped[match.end() :].strip()
        name = key(head)
        short = len(PARENS.sub("", head).split()) <= 4
        if short and is_example(name):
            return self._feed_example(stripped, tail)
        orders = is_instruction(head) and not (short and name in NOUN_HEADS)
        if self._directs(name, short=short) or (orders and self._lists(head, tail)):
            self._say(stripped)
            self._listing = True
            return True
        if orders and "(" not in head[:25]:
            return self._feed_order(head, tail)
        return short and self._feed_slot(head, tail)

    def _directs(self, name: str, *, short: bool) -> bool:
        return short and is_directive(name) and (self._name is None or self._gap)

    def _lists(self, head: str, tail: str) -> bool:
        """Whether an order ends in choices ("one word: good, bad or so") rather than material."""
        if _LIST_HEAD.search(head.lower()):
            return True
        parts = re.split(r",|/|\|| or | and ", tail[:400].partition(". ")[0])
        given = self._given or "|" in tail or bool(_FIELDS_HEAD.match(head))
        return given and len(parts) > 1 and all(len(part.split()) <= 3 for part in parts)

    def _feed_slot(self, head: str, tail: str) -> bool:
        if self._name is not None and head[0].islower() and not self._gap:
            return False  # prose with a colon
        if PARENS.search(head) or SLASHES.search(head.lower()):
            self._say(head)
        self._begin(head)
        self._lines.extend([tail] if tail else [])
        return True

    def _feed_order(self, head: str, tail: str) -> bool:
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
            gives_order = self._gap and is_instruction(stripped)
            if self._lines and (gives_order or (len(self._lines) == 1 and is_order(stripped))):
                self._say(stripped)
            elif self._gap and self._lines and "?" in stripped and _ASKED.match(stripped):
                self._begin("")
                self._lines.append(stripped)
            else:
                self._lines.append(stripped)
        elif self._awaits and not (stripped[0] in "{[" and "json" in self.blocks[-1].text.lower()):
            self._begin("")
            self._lines.append(stripped)
        elif is_instruction(stripped) or self._goes_on():
            self._say(stripped)
        else:
            kind: Kind = "say" if stripped[0] in "{}[]" or self._listing else "plain"
            self.blocks.append(Block(kind, "", stripped))

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


def _without_head(text: str) -> str:
    head = _HEAD.match(text)
    return text[head.end() :] if head and len(head.group(1).split()) <= 4 else text


def scan(text: str) -> list[Block]:
    """The blocks of one message."""
    return Scanner(text).scan()
