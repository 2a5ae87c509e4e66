"""The embedded model: a deterministic, offline answerer made of rules and word lists.

Not a language model; for trying llmopt and for tests. It reads the messages as
rendered and nothing else, tries one skill after another, and says plainly when
none applies. It knows no facts, understands no irony and writes by template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from llmopt.providers.embedded import answer, arithmetic, classify, extract, generate, summarize
from llmopt.providers.embedded.fields import wants_json
from llmopt.providers.embedded.reading import Reading, read
from llmopt.providers.embedded.wishes import Wishes, wishes_of

Truncate = Callable[[str, int], tuple[str, bool]]
Skill = Callable[[Reading, Wishes], str | None]

_ECHO = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|output|return|write)\b(?: (?:with|back|exactly|only|just"
    r"|the|word|words|text|by|saying)){0,5}:? ?[\"'`“]([^\"'`”\n]{1,200})[\"'`”]",
    re.IGNORECASE,
)
_ECHO_WORD = re.compile(
    r"^\W{0,3}(?:please )?(?:say|reply with|respond with|answer with)"
    r"(?: exactly| only| just| the word){0,3}:? (\w{1,30})[.!]?\s{0,9}$",
    re.IGNORECASE,
)
_LEADS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"\b(?:classif|categori[sz]|label the|sentiment|choose one|one of the)"),
        "classify",
    ),
    (re.compile(r"\b(?:summari[sz]e|summary|sums? up|tl;dr|condense)"), "summarize"),
    (re.compile(r"\b(?:extract|json|pull out)\b"), "extract"),
    (generate.ASKS, "generate"),
    (
        re.compile(r"\banswer (?:the|this|each|every|a|my|user|customer)\b[^.\n]{0,30}question"),
        "answer",
    ),
)


class Reply(NamedTuple):
    """What the model says; `length` when the token limit cut it short."""

    text: str
    finish_reason: Literal["stop", "length"]


def cut_words(text: str, limit: int) -> tuple[str, bool]:
    """The first `limit` words and whether any were cut; a stand-in for a tokenizer."""
    found = list(re.finditer(r"\S+", text))
    if len(found) <= limit:
        return text, False
    return (text[: found[limit - 1].end()] if limit > 0 else ""), True


def respond(
    messages: Sequence[tuple[str, str]],
    *,
    max_tokens: int | None = None,
    stop: Sequence[str] = (),
    truncate: Truncate = cut_words,
) -> Reply:
    """Replies to a conversation of (role, content), roles system, user or assistant.

    `truncate` cuts a text to so many tokens and says whether it cut. The reply
    ends before the first stop sequence, as chat APIs do it. Never raises on any
    text; the same messages get the same reply on every machine.
    """
    text = _until(_reply(read(messages)), stop)
    if max_tokens is None:
        return Reply(text, "stop")
    text, was_cut = truncate(text, max(0, max_tokens))
    return Reply(text, "length" if was_cut else "stop")


def _reply(reading: Reading) -> str:
    wishes = wishes_of(reading)
    for skill in _order(reading):
        text = skill(reading, wishes)
        if text is not None:
            return f"<{wishes.tag}>{text}</{wishes.tag}>" if wishes.tag else text
    return wishes.refusal


def _order(reading: Reading) -> list[Skill]:
    """The skills to try: what the instruction names first, then the usual order."""
    found = [(match.start(), name) for cue, name in _LEADS if (match := cue.search(reading.ask))]
    lead = [_SKILLS["extract" if wants_json(reading) else name] for _, name in sorted(found)[:1]]
    return [*lead, *(skill for skill in _SKILLS.values() if skill not in lead)]


def _echo(reading: Reading, wishes: Wishes) -> str | None:
    """The words a prompt dictates ('Reply with "pong"')."""
    if reading.slots and reading.material != reading.instruction:
        return None
    match = _ECHO.search(reading.instruction) or _ECHO_WORD.search(reading.instruction)
    return match.group(1) if match else None


_SKILLS: dict[str, Skill] = {
    "extract": extract.attempt,
    "classify": classify.attempt,
    "summarize": summarize.attempt,
    "arithmetic": arithmetic.attempt,
    "answer": answer.attempt,
    "echo": _echo,
    "generate": generate.attempt,
}


def _until(text: str, stop: Sequence[str]) -> str:
    ends = [at for at in (text.find(mark) for mark in stop if mark) if at >= 0]
    return text[: min(ends)] if ends else text
