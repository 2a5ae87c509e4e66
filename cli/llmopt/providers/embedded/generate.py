"""Short texts from templates: kind, topic, tone, what to mention, what to avoid, how long.

Sentences of one template are strung together until the length asked for; the
texts are plain and alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.summarize import cut
from llmopt.providers.embedded.templates import CLOSINGS, KINDS, PADDING, TEMPLATES, TONES
from llmopt.providers.embedded.wishes import Wishes, at_least, limit
from llmopt.providers.embedded.words import QUOTES, bare, squeeze, words

ASKS = re.compile(
    r"\b(?:write|you wrote|draft|compose|generate|create|produce|come up with|suggest)\b"
    r"(?! (?:[\"'“]|down|null|it|only|nothing|out|each|your|one|the (?:word|name|date|answer)))"
    r"(?![^.\n]{0,60}\b(?:summar|label|json|answer|categor|number|sentiment|one word))"
)
"""A verb of writing with something to write, no mere form of another task's reply."""

_SAID = r"[^.:\n]{0,160}: ([^\n]{2,300}?)(?:\.\s|\.?$)"
_DESCRIBED = {
    name: re.compile(rf"\b(?:{cue})\b{_SAID}", re.IGNORECASE | re.MULTILINE)
    for name, cue in {
        "type": "kind of|type of|type|kind",
        "topic": "topic|subject|theme",
        "style": "style|tone",
        "include": "includ(?:e|es|ed|ing)|mention(?:s|ed)?|contain(?:s|ed)?",
        "avoid": "avoid(?:ed)?|leave out|left out",
    }.items()
}
"""What a briefing in prose says of the text: "the topic is the following: …"."""

_TOPIC = re.compile(
    r"\b(?:about|on the topic of|on|for|announcing|describing|advertising|promoting|of|regarding"
    r"|introducing|that announces|that describes) (?:our |the |an |a |my )?([^.,;:\n]{2,120})"
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|announcing|describing) (?:our |the |an |a |my )?([^.,;:\n]{2,120})"
)
_TOPIC_END = re.compile(
    r" (?:in|using|with|that|which|and (?:mention|include|avoid)|for|under|of at most|no longer"
    r"|within|at most|to|aimed|targeting|where|mentioning|including|called out) "
)
_MUST = re.compile(
    r"\b(?:mention(?:s|ing)?|includ(?:es?|ing)|contain(?:s|ing)?|feature|must (?:say|use|have)"
    r"|keywords?"
    r"|highlight(?:ing)?|cover|use)"
    r"(?: (?:the|these|following|hashtag|words?|keywords?|phrases?|both|all|points?|that)){0,4}:?"
    r" ([^.\n]{2,200})",
    re.IGNORECASE,
)
_AVOID = re.compile(
    r"\b(?:avoid(?:ing)?|do not (?:use|mention|say|include)|don't (?:use|mention|say|include)"
    r"|never (?:use|mention|say)|without (?:using|mentioning|saying|the words?))"
    r"(?: (?:the|any|words?|phrases?|following|these)){0,3}:? ([^.\n]{2,200})",
    re.IGNORECASE,
)
_SPLIT = re.compile(r" ?[,;] ?(?:and |or )?| and (?:the )?| or ")
_STOP = re.compile(
    r" (?:in (?:the|your|at|no|under)|at most|at least|but|while|within|once|twice|somewhere|as)\b"
)
_TOPIC_SLOTS = ("topic", "subject", "product", "product-name", "theme", "about", "title", "item",
                "event", "name", "service", "company", "brand", "occasion")  # fmt: skip
_MUST_SLOTS = ("must-mention", "must-include", "mention", "include", "keywords", "keyword",
               "features", "feature", "key-points", "points", "details", "facts",
               "benefits", "must-mention-all-of")  # fmt: skip
_AVOID_SLOTS = ("avoid", "do-not-mention", "forbidden", "banned", "never-mention", "avoid-words")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written; limits are None where the prompt sets none."""

    kind: str
    topic: str
    tone: str
    must: tuple[str, ...]
    avoid: tuple[str, ...]
    max_words: int | None
    min_words: int | None
    max_sentences: int | None
    max_characters: int | None


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """A text to order; None when the prompt asks for none."""
    if not ASKS.search(reading.ask):
        return None
    order = order_of(reading, wishes)
    return compose(order) if order else wishes.refusal


def order_of(reading: Reading, wishes: Wishes) -> Order | None:
    """Reads the order out of named slots and the instruction; None without a topic."""
    said = squeeze(reading.instruction)
    told = {
        name: match.group(1)
        for name, cue in _DESCRIBED.items()
        if (match := cue.search(f"{reading.instruction}\n{reading.material}"))
    }
    topic = (
        reading.slot(*_TOPIC_SLOTS)
        or told.get("topic")
        or _topic(said)
        or reading.slot("")
        or squeeze(reading.material)[:120]
    )
    if not topic:
        return None
    whole = "\n".join(
        [told.get("type", ""), reading.ask, *(f"{s.name}: {s.text}" for s in reading.slots)]
    )
    whole = whole.lower()
    avoid = _phrases(reading.slot(*_AVOID_SLOTS) or told.get("avoid") or _after(_AVOID, said))
    wanted = reading.slot(*_MUST_SLOTS) or told.get("include")
    wanted = wanted or _after(_MUST, _AVOID.sub(" ", said))
    return Order(
        kind=_kind(reading.slot("type", "kind", "content-type") or told.get("type", ""))
        or _kind(whole)
        or "paragraph",
        topic=bare(squeeze(topic))[:160].rstrip("."),
        tone=next((tone for tone in TONES if tone in (told.get("style") or whole).lower()), ""),
        must=tuple(item for item in _phrases(wanted) if item not in avoid)[:12],
        avoid=avoid[:30],
        max_words=wishes.max_words or limit(whole, "word"),
        min_words=at_least(whole),
        max_sentences=wishes.max_sentences or limit(whole, "sentence"),
        max_characters=limit(whole, "character"),
    )


def _kind(text: str) -> str | None:
    return next((kind for cue, kind in KINDS if re.search(rf"\b{cue}", text.lower())), None)


def compose(order: Order) -> str:
    """Strings the template's sentences together, within the limits, without the avoided words."""
    allowed = [line for line in _lines(order) if not _mentions(line, order.avoid)]
    chosen: list[str] = []
    for at, line in enumerate(allowed):
        longer = " ".join([*chosen, line])
        if _too_long(longer, len(chosen) + 1, order):
            continue
        enough = order.min_words is None or len(" ".join(chosen).split()) >= order.min_words
        if at >= _core(order) and enough:
            break
        chosen.append(line)
    text = " ".join(chosen)
    if not chosen or any(item.lower() not in text.lower() for item in order.must):
        return _tight(order)
    return text


def _core(order: Order) -> int:
    """How many lines the text has when nothing asks for more."""
    return len(TEMPLATES[order.kind]) + bool(order.must)


def _lines(order: Order) -> list[str]:
    topic = order.topic
    own = [line.format(topic=topic, Topic=_capital(topic)) for line in TEMPLATES[order.kind]]
    must = [f"{TONES.get(order.tone, 'It offers')} {_joined(order.must)}."] if order.must else []
    close = [CLOSINGS[order.tone]] if order.tone in CLOSINGS else []
    padding = [line.format(topic=topic, Topic=_capital(topic)) for line in PADDING]
    return [*own[:1], *must, *own[1:], *close, *padding]


def _tight(order: Order) -> str:
    """Topic and demands in as few words as can be, cut to the limits."""
    text = (
        f"{_capital(order.topic)}: {_joined(order.must)}."
        if order.must
        else f"{_capital(order.topic)}."
    )
    return cut(text, order.max_words or 10**9, order.max_characters or 10**9)


def _too_long(text: str, lines: int, order: Order) -> bool:
    return (
        (order.max_words is not None and len(text.split()) > order.max_words)
        or (order.max_sentences is not None and lines > order.max_sentences)
        or (order.max_characters is not None and len(text) > order.max_characters)
    )


def _mentions(line: str, avoided: tuple[str, ...]) -> bool:
    said = f" {' '.join(words(line))} "
    return any(f" {' '.join(words(phrase))} " in said for phrase in avoided)


def _topic(said: str) -> str | None:
    match = _ABOUT.search(said) or _TOPIC.search(said)
    if match is None:
        return None
    return _TOPIC_END.split(f"{match.group(1)} ", maxsplit=1)[0].strip() or None


def _after(pattern: re.Pattern[str], said: str) -> str:
    match = pattern.search(said)
    return _STOP.split(f"{match.group(1)} ", maxsplit=1)[0].strip() if match else ""


def _phrases(text: str) -> tuple[str, ...]:
    """The items of a list, each without quotes and bullets."""
    items = [item for line in text.splitlines() for item in _SPLIT.split(line.strip(" -*•"))]
    found = [item.strip(" .:" + QUOTES) for item in items]
    return tuple(dict.fromkeys(item for item in found if item and len(item.split()) <= 8))


def _joined(items: tuple[str, ...]) -> str:
    return ", ".join(items[:-1]) + (" and " if len(items) > 1 else "") + items[-1]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
