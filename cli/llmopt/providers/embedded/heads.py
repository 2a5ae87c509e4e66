"""What stands before a colon: a slot's name, an order, an announcement, a dictated form."""

from __future__ import annotations

import re

from llmopt.providers.embedded.orders import is_offer, names_wish

_HEAD = re.compile(r"[\s>#*_]{0,8}([^\W_][^:\n]{0,600}?)[*_]{0,2}\s?:[*_]{0,2}(?:\s|$)")
_QUOTING = re.compile(r"(?:^|\s)([\"'“])[^\"'”\n]{0,60}$")
_STEP = re.compile(r"(?:step|part|line) [0-9]", re.IGNORECASE)
_FIELDS_HEAD = re.compile(r"(?:extract|return|pull|capture|fields|give|provide)\b", re.IGNORECASE)
_LIST_HEAD = re.compile(
    r"(?:\b(?:labels?|categor(?:y|ies)|class(?:es)?|options?|choices|one of|keys|fields|topics"
    r"|teams?|queues?|departments?|types|groups|intents|tags|either|between|among|are|values"
    r"|format|rules|example|exactly|with|is|as|one of (?:the following|these)(?: \w{1,20})?|json"
    r"|schema|object|line|say|tone|length"
    r"|(?:labels|categories|classes|options|keys|fields) below))$"
)
_DICTATES = re.compile(
    r"\b(?:if|when|unless)\b[^\n]{0,300}\b(?:reply|say|answer|respond|write|put|return)"
    r"(?: with)?(?: the)?(?: words?| phrase)?$"
)


def head_of(line: str) -> tuple[str, str] | None:
    """The head and what follows it; None for a piece of JSON or a form quoted ("Answer: …")."""
    match = _HEAD.match(line)
    if match is None:
        return None
    head = match.group(1).strip()
    if "{" in head or head[-1] in "\"'" or _QUOTING.search(head):
        return None
    return head, line[match.end() :].strip()


def is_step(head: str) -> bool:
    """Whether a head counts the steps of a worked solution."""
    return bool(_STEP.match(head))


def lists(head: str, tail: str, *, plainly: bool) -> bool:
    """Whether an order ends in choices ("one word: good, bad or so") rather than material.

    `plainly`: the material is known to stand elsewhere, so that commas alone make a list.
    """
    low = head.lower()
    if names_wish(head) or _LIST_HEAD.search(low) or _DICTATES.search(low):
        return True
    return is_offer(tail, plainly=plainly or bool(_FIELDS_HEAD.match(head)))


def last_sentence(text: str) -> str:
    """What stands after the last full stop inside a head."""
    return re.split(r"[.!?] ", text)[-1]


def without_head(text: str) -> str:
    """The text after a short head, or all of it."""
    head = _HEAD.match(text)
    return text[head.end() :] if head and len(head.group(1).split()) <= 4 else text
