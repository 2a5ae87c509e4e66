"""What a conversation asks of the model: its order, its material, its examples.

Plain heuristics over `blocks`; a prompt they misread gets a poor answer, as it
would from a small model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from llmopt.providers.embedded.blocks import Block, scan
from llmopt.providers.embedded.lexicon import CONTAINERS
from llmopt.providers.embedded.orders import (
    is_example,
    is_form,
    is_instruction,
    is_offer,
    is_order,
    key,
    noun,
)
from llmopt.providers.embedded.words import bare, sentences

WINDOW = 200_000
"""Characters of one message that are read; of a longer one, the first and last halves of this."""

_QUOTED = re.compile(r"\"([^\"\n]{2,4000})\"|“([^”\n]{2,4000})”|(?<!\w)'([^'\n]{2,1000})'(?!\w)")
_DICTATED = re.compile(
    r"(?:say|reply|answer|respond|write|return|output|with|as|format|begin|end|start|words?|use"
    r"|mention|include|avoid|phrase|prefix|or|and|,)\W{0,3}(?:with\W{1,3}|by\W{1,3})?$"
)

_CHOOSES = re.compile(r"\b(?:pick|choose|select|decide|classify|assign|which|sort|route|say)\b")

_BRACKETED = re.compile(r"[(\[]([^()\[\]]{1,200})[)\]]")
"""What stands in brackets before a colon: in `Mood (good/bad): ...` the choices."""

_TAIL = 200
"""Characters at a slot's end that are searched for an order."""

_ENDING = re.compile(
    r"[.!?\"')]\s((?:please )?(?:answer|reply|respond|return|output|classify|choose|pick|label"
    r"|use|give)\b[^.\n]{0,60}\b(?:or|word|words|label|only|number|sentence|json|answer|phrase"
    r"|briefly|just)\b[^\n]{0,60})$",
    re.IGNORECASE,
)


class Slot(NamedTuple):
    """A piece of material; the name as written, "" when it has none."""

    name: str
    text: str


class Example(NamedTuple):
    """A worked example shown in the prompt."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation understood.

    `cue` is what the prompt ends with when it leaves a gap to fill ("Label", "->"), else "".
    `told` are the orders given before a user message that gives none but in its slots' names.
    """

    instruction: str
    slots: tuple[Slot, ...]
    examples: tuple[Example, ...] = ()
    cue: str = ""
    ask: str = field(default="")  # the instruction in lower case
    told: str = ""

    @property
    def material(self) -> str:
        """The text to work on: all slots, the name kept where it is part of the text."""
        return "\n".join(
            slot.text if _holds_text(slot.name) else f"{slot.name}: {slot.text}"
            for slot in self.slots
        )

    def slot(self, *names: str) -> str | None:
        """The text of the first slot with one of these names (see `orders.key`)."""
        return next((s.text for s in self.slots if key(s.name) in names), None)


class _Part(NamedTuple):
    """One message, sorted."""

    said: list[str]
    slots: list[Slot]
    examples: list[Example]
    cue: str


def read(messages: Sequence[tuple[str, str]]) -> Reading:
    """Sorts the messages (role, content) into order, material and examples."""
    said: list[str] = []
    slots: list[Slot] = []
    examples: list[Example] = []
    cue = before = ""
    last_user = max((i for i, (role, _) in enumerate(messages) if role == "user"), default=-1)
    for at, (role, content) in enumerate(messages):
        text = _window(content)
        if role == "assistant":
            cue = text.strip() or cue  # a prefilled answer, when it comes last
            continue
        told = bool(said) and role == "user"
        part = _sort(scan(text, given=role == "system"), user=role == "user", told=told)
        if told and _is_text(part):
            part = _Part([], [Slot("", text.strip())], [], "")
        if role == "user":
            before = "" if set(part.said) - _heads(part) else "\n".join(said)
        said.extend(part.said)
        examples.extend(part.examples)
        answer = _answer_after(messages, at) if role == "user" and at != last_user else None
        if answer is not None:
            examples.append(Example(_join(part.slots) or text.strip(), answer))
        elif role == "user":
            slots.extend(part.slots)
            cue = part.cue
        else:
            slots.extend(part.slots)
    instruction = "\n".join(dict.fromkeys(said))
    return Reading(instruction, tuple(slots), tuple(examples), cue, instruction.lower(), before)


def _window(text: str) -> str:
    text = text.replace("\r\n", "\n")
    if len(text) <= WINDOW:
        return text
    return f"{text[: WINDOW // 2]}\n{text[-WINDOW // 2 :]}"


def _holds_text(name: str) -> bool:
    return not name or key(name) in CONTAINERS or key(name).rsplit("-", 1)[-1] in CONTAINERS


def _join(slots: list[Slot]) -> str:
    return "\n".join(slot.text for slot in slots)


def _answer_after(messages: Sequence[tuple[str, str]], at: int) -> str | None:
    following = messages[at + 1] if at + 1 < len(messages) else ("", "")
    return following[1].strip() if following[0] == "assistant" else None


def _is_text(part: _Part) -> bool:
    """Whether a message after the orders is material throughout, whatever it asks of others."""
    asks = any(is_order(line) or is_form(line) for line in part.said)
    held = any(slot.name and _holds_text(slot.name) for slot in part.slots)
    return not (asks or held or _opens_with_offer(part) or part.cue or part.examples)


def _opens_with_offer(part: _Part) -> bool:
    """Whether a message is `Mood (good/bad): ...`, with no text before it."""
    heads = _heads(part)
    talks = any(line not in heads and not is_instruction(line) for line in part.said)
    first = part.slots[0].name if part.slots else ""
    return bool(heads) and not talks and (not first or _brackets_offer(first))


def _heads(part: _Part) -> set[str]:
    """The names of slots that hold choices in brackets, also where an order reads as one."""
    named = [slot.name for slot in part.slots]
    return {x for x in [*named, *(x for x in part.said if x[-1:] == ":")] if _brackets_offer(x)}


def _brackets_offer(head: str) -> bool:
    return any(is_offer(choices, plainly=True) for choices in _BRACKETED.findall(head))


def _sort(blocks: list[Block], *, user: bool, told: bool) -> _Part:
    """Sorts one message's blocks; `told` says that orders were given before it."""
    slots, added = _without_orders([Slot(b.name, b.text) for b in blocks if b.kind == "slot"])
    pairs = [Example(b.name, b.text) for b in blocks if b.kind == "pair"]
    cue = next((b.name for b in reversed(blocks) if b.kind == "cue"), "")
    said = [b.text for b in blocks if b.kind == "say"] + added
    plain = [b.text for b in blocks if b.kind == "plain"]
    if pairs and user and not (cue or slots or plain or len(pairs) > 1):
        plain, pairs = [f"{pairs[0].text} -> {pairs[0].answer}"], []
    headed = any(b.kind == "header" for b in blocks)
    examples, slots = _few_shot(slots, cue, headed=headed and not user)
    if not user:
        listed = [slot for slot in slots if not slot.name and is_offer(slot.text, plainly=True)]
        slots = [slot for slot in slots if slot not in listed]
        added += [slot.text for slot in listed]
    offers = [slot for slot in slots if len(slots) > 1 and _offers(slot, " ".join(said))]
    slots = [slot for slot in slots if slot not in offers]
    added += [f"{slot.name}: {slot.text}" for slot in offers]
    if slots or not user:
        said = [b.text for b in blocks if b.kind in {"say", "plain"}] + added
    elif plain:
        slots = [Slot("", "\n".join(plain))]
        if not said and not told:
            said = plain
    elif said:
        said, slots = _split_said(said)
    return _Part(said, slots, [*pairs, *examples], cue)


def _without_orders(slots: list[Slot]) -> tuple[list[Slot], list[str]]:
    """Moves orders off the ends of slots ("Is it open? Answer yes or no.")."""
    kept, orders = [], []
    for slot in slots:
        asks = key(slot.name) in {"q", "question"} or (not slot.name and "? " in slot.text[:400])
        text, told = _without_answering(slot.text) if asks else _without_ending(slot.text)
        kept.append(Slot(slot.name, text))
        orders.extend(told)
    return kept, orders


def _without_answering(text: str) -> tuple[str, list[str]]:
    """A question and the orders after it."""
    lines = sentences(text)
    told = [line for line in lines[1:] if is_instruction(line) and not line.endswith("?")]
    return (" ".join(line for line in lines if line not in told), told) if told else (text, [])


def _without_ending(text: str) -> tuple[str, list[str]]:
    """A text and the order that stands at its very end."""
    ending = _ENDING.search(text[-_TAIL:])
    at = max(0, len(text) - _TAIL) + ending.start(1) if ending else 0
    if at and is_instruction(text[at:]):
        return text[:at].strip(), [text[at:]]
    return text, []


def _offers(slot: Slot, said: str) -> bool:
    """Whether a slot lists the choices that the order names: "Desks" where one picks a desk."""
    name = slot.name.lower().removesuffix("s")
    named = len(name) > 2 and name in said.lower() and slot.name[-1:] == "s"
    return named and bool(_CHOOSES.search(said.lower())) and is_offer(slot.text, plainly=True)


def _few_shot(slots: list[Slot], cue: str, *, headed: bool) -> tuple[list[Example], list[Slot]]:
    """Splits `Text: … Label: … Text: …` runs into worked examples and the open material."""
    names = [noun(slot.name) for slot in slots]
    first = next((i for i, name in enumerate(names) if names.count(name) > 1 and i < 8), None)
    if first is None:
        shown = [slot for slot in slots if is_example(key(slot.name))]
        if (headed and len(slots) > 1) or len(shown) > 1:
            group = shown if len(shown) > 1 else slots
            return [_as_example(group)], [slot for slot in slots if slot not in group]
        return [], slots
    starts = [i for i in range(first, len(slots)) if names[i] == names[first]]
    groups = [slots[a:b] for a, b in zip(starts, [*starts[1:], len(slots)], strict=True)]
    shapes = [[noun(slot.name) for slot in group] for group in groups]
    shape = shapes[0]
    regular = len(shape) > 1 and all(s == shape for s in shapes[:-1])
    open_ended = cue and noun(cue) not in shape[1:]
    if not regular or shapes[-1] != shape[: len(shapes[-1])] or open_ended:
        return [], slots
    complete = groups if shapes[-1] == shape else groups[:-1]
    left = [] if shapes[-1] == shape else groups[-1]
    return [_as_example(group) for group in complete], [*slots[:first], *left]


def _as_example(group: list[Slot]) -> Example:
    return Example(_join(group[:-1]), group[-1].text)


def _split_said(said: list[str]) -> tuple[list[str], list[Slot]]:
    """Finds the material inside orders: a quotation, else the sentences that order nothing."""
    text = "\n".join(said)
    quotes = [
        (match, next(group for group in match.groups() if group))
        for match in _QUOTED.finditer(text)
        if not _DICTATED.search(text[max(0, match.start() - 20) : match.start()].lower())
    ]
    if quotes:
        match, quote = max(quotes, key=lambda found: len(found[1]))
        if len(quote.split()) > 1:
            return [f"{text[: match.start()]}…{text[match.end() :]}"], [Slot("", quote)]
    parts = [(line, is_instruction(line)) for line in sentences(text)]
    rest = [line for line, orders in parts if not orders]
    if rest and len(rest) < len(parts):
        return said, [Slot("", bare(" ".join(rest)))]
    return said, []
