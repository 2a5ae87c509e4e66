"""Answering a question from a text: the sentence that shares most with the question.

Words count by rarity in the text; a sentence that holds the kind of thing asked
for (a name, a date, a number) is preferred. Nothing is known outside the text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from llmopt.providers.embedded import spans
from llmopt.providers.embedded.labels import find_labels
from llmopt.providers.embedded.lexicon import bag
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.wishes import Wishes
from llmopt.providers.embedded.words import bare, sentences, stem, stems, words

_ENOUGH = 0.34
"""Share of the question's weight that a sentence must hold to answer it."""

_LONGEST = 1000
"""Characters of a question that are read."""

_QUESTIONS = ("question", "q", "query", "user-question", "customer-question")
_ASKED = re.compile(
    r"^(?:\W{0,3})(?:who|whose|whom|when|where|why|how|what|which|is|are|was|were|does|do|did|can"
    r"|could|will|has|have|had|should|in (?:what|which)|at what|on what|for how|to whom)\b",
    re.IGNORECASE,
)
_BRIEF = re.compile(r"\b(?:brief|briefly|short|shortest|concise|concisely|few words|phrase|span)\b")
_READS = re.compile(
    r"\b(?:answer|context|passage|question|according to|based on|document|article|paragraph)\b"
)
_BECAUSE = re.compile(
    r"\b(because of|because|due to|owing to|since|so that|in order to"
    r"|to (?=avoid|reduce|save)|after)"
    r" ([^.;!?\n]{3,200})",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"\b(?:in|at|near|from|to|on|outside|inside|into|across) ((?:the )?{spans.NAME.pattern})"
)
_BY = re.compile(rf"\bby ({spans.NAME.pattern})")
_THINGS = re.compile(
    r"how many ([\w-]{1,30}(?: (?!(?:was|were|are|is|did|do|does|have|has|had|can|will)\b)"
    r"[\w-]{1,30}(?= (?:was|were|are|is|did|do|does|have|has|had|can|will)\b)){0,2})"
)
_SPOT = re.compile(
    r"\b((?:in|at|near|on|behind|under|above|outside|inside|next to|beside) (?:the|a|an|our|its)"
    r" [^.,;!?\n]{2,60})"
)
_BE = re.compile(r" (?:is|are|was|were|means|became|has been) ")
_NUMBERED = re.compile(r"^\[[0-9]{1,3}\] ?")
_MENTIONED = re.compile(r"\b(?:mentioned|named|given|appears?|stated)\b")
_PRONOUNS = bag("it he she they this these its his her their")
_LEAD = re.compile(
    r"^(?:(?:based on|according to|using|from|in|given|per) [^,?\n]{1,60}[,:]|[^:?\n]{1,60}:) ?",
    re.IGNORECASE,
)
_SAME = {"Yes": bag("yes y true"), "No": bag("no n false")}
_NEGATIVE = bag("not no never cannot n't without nor")


class _Kind(NamedTuple):
    """A kind of question: how it is told, and the span that answers it."""

    asks: re.Pattern[str]
    find: Callable[[str, str], str | None]  # (sentence, question) → span


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """An answer; None when there is no question, the refusal when no text answers it."""
    question, context = question_and_context(reading)
    if question is None:
        return None
    if not context:
        return wishes.refusal if _READS.search(reading.ask) else None
    if _is_closed(question):
        found, share = _best(context, question)
        return _yes_no(found, question, reading, wishes) if share >= 0.5 else wishes.refusal
    found, share = _best(context, question)
    if share < _ENOUGH and _MENTIONED.search(question):
        find = _finder(question)
        lines = sentences(context)
        found = next((line for line in lines if find and find(line, question)), "")
    elif share < _ENOUGH:
        found = ""
    if not found:
        return wishes.refusal
    span = _span(found, question)
    if span and (wishes.bare or _BRIEF.search(reading.ask)):
        return f"{wishes.form} {span}" if wishes.form else span
    return f"{wishes.form} {found}" if wishes.form else found


def question_and_context(reading: Reading) -> tuple[str | None, str]:
    """The question and the text that may answer it ("" when there is none)."""
    question, context = _parted(reading)
    return (question[:_LONGEST] if question else None), context


def _parted(reading: Reading) -> tuple[str | None, str]:
    question = reading.slot(*_QUESTIONS)
    slots = [slot.text for slot in reading.slots if slot.text != question]
    if question is None:
        question = next((text for text in reversed(slots) if _is_question(text)), None)
        slots = [text for text in slots if text != question]
    if question is not None:
        return question, "\n".join(slots)
    return _question_inside(reading, "\n".join(slots))


def _question_inside(reading: Reading, context: str) -> tuple[str | None, str]:
    asked = [line for line in sentences(reading.instruction) if _is_question(line)]
    if asked:
        return asked[-1], context
    lines = sentences(context)
    asked = [line for line in lines if _is_question(line)]
    if not asked:
        return None, context
    return asked[-1], "\n".join(line for line in lines if line != asked[-1])


def _is_question(text: str) -> bool:
    text = _LEAD.sub("", text.strip())
    return len(text) < 400 and text.endswith("?") and bool(_ASKED.match(bare(text)))


def _is_closed(question: str) -> bool:
    low = words(_LEAD.sub("", question.strip()))
    return bool(low) and low[0] in {
        *("is", "are", "was", "were", "does", "do", "did", "can", "could", "will", "has", "have"),
        *("had", "should"),
    }


def _best(context: str, question: str) -> tuple[str, float]:
    """The sentence that fits best and the share of the question's weight it holds."""
    lines = [_NUMBERED.sub("", line) for line in sentences(context)]
    parts = _with_subjects(lines)
    spread = Counter(part for line in parts for part in line)
    asked = list(dict.fromkeys(stems(question)))
    weight = {part: math.log1p((len(lines) + 1) / (spread[part] + 0.5)) for part in asked}
    whole = sum(weight.values())
    if not lines or not whole:
        return "", 0.0
    find = _finder(question)
    best, best_score, best_share = "", -1.0, 0.0
    for line, part in zip(lines, parts, strict=True):
        share = sum(weight[word] for word in asked if word in part) / whole
        score = share + (0.25 if share and find and find(line, question) else 0.0)
        if score > best_score and not line.endswith("?"):
            best, best_score, best_share = line, score, share
    return best, best_share


def _with_subjects(lines: list[str]) -> list[frozenset[str]]:
    """The stems of each sentence; one that begins with a pronoun takes over the names before."""
    parts: list[frozenset[str]] = []
    subject: frozenset[str] = frozenset()
    for line in lines:
        own = frozenset(stems(line))
        if line[:8].partition(" ")[0].lower() in _PRONOUNS:
            own |= subject
        else:
            subject = frozenset(part for name in spans.names(line) for part in stems(name))
        parts.append(own)
    return parts


def _span(sentence: str, question: str) -> str | None:
    find = _finder(question)
    found = find(sentence, question) if find else None
    return (found or _predicate(sentence, question) or "").strip(" ,;:.!") or None


def _finder(question: str) -> Callable[[str, str], str | None] | None:
    low = question.lower()
    return next((kind.find for kind in _KINDS if kind.asks.search(low)), None)


def _new_name(sentence: str, question: str) -> str | None:
    asked = frozenset(stems(question))
    found = spans.names(sentence)
    return next((name for name in found if not asked & frozenset(stems(name))), None)


def _person(sentence: str, question: str) -> str | None:
    """The doer: after "by", else the first new name that follows no word of place."""
    asked = frozenset(stems(question))
    doers = [name for match in _BY.finditer(sentence) for name in spans.names(match.group(1))[:1]]
    placed = {name for match in _PLACE.finditer(sentence) for name in spans.names(match.group(1))}
    plain = [name for name in spans.names(sentence) if name not in placed]
    fits = (name for name in [*doers, *plain] if not asked & frozenset(stems(name)))
    return next(fits, None) or _new_name(sentence, question)


def _place(sentence: str, question: str) -> str | None:
    asked = frozenset(stems(question))
    found = [name for match in _PLACE.finditer(sentence) for name in spans.names(match.group(1))]
    named = next((name for name in found if not asked & frozenset(stems(name))), None)
    return named or spans.first(_SPOT, sentence) or _new_name(sentence, question)


def _number(sentence: str, question: str) -> str | None:
    """The number nearest before the thing counted, else the first that is no year."""
    asked = _THINGS.search(question.lower())
    things = frozenset(stems(asked.group(1))) if asked else frozenset()
    found = list(spans.COUNTED.finditer(sentence))
    for match in found:
        after = words(sentence[match.end() : match.end() + 60])[:3]
        if things & frozenset(map(stem, after)):
            return match.group()
    plain = [m.group() for m in found if not re.fullmatch(r"(?:1[5-9]|20)[0-9]{2}", m.group())]
    return next(iter(plain), None)


def _match(*patterns: re.Pattern[str]) -> Callable[[str, str], str | None]:
    def find(sentence: str, question: str) -> str | None:
        for pattern in patterns:
            for match in pattern.finditer(sentence):
                if match.group().lower() not in question.lower():
                    return match.group()
        return None

    return find


def _reason(sentence: str, question: str) -> str | None:
    match = _BECAUSE.search(sentence)
    return f"{match.group(1)} {match.group(2)}" if match else None


def _predicate(sentence: str, question: str) -> str | None:
    """What stands on the other side of "is" from the question's words."""
    match = _BE.search(sentence)
    if match is None:
        return None
    asked = frozenset(stems(question))
    left, right = sentence[: match.start()], sentence[match.end() :]
    right = re.split(r"[,;]|\. ", right, maxsplit=1)[0]
    near = len(asked & frozenset(stems(left))) >= len(asked & frozenset(stems(right)))
    side = right if near else left
    return side if len(side.split()) <= 12 else None


_KINDS = (
    _Kind(re.compile(r"\bwho(?:se|m)?\b"), _person),
    _Kind(
        re.compile(r"\bwhen\b|\b(?:what|which) (?:date|day|year|time|month)\b|\bsince when\b"),
        _match(spans.WHEN),
    ),
    _Kind(
        re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|town|place|location|street)\b"),
        _place,
    ),
    _Kind(
        re.compile(r"\b(?:what|which) (?:percent\w{0,6}|share)\b|\bhow many percent"),
        _match(spans.PERCENT),
    ),
    _Kind(re.compile(r"\bhow many\b|\bwhat number\b"), _number),
    _Kind(
        re.compile(r"\bhow much\b|\b(?:price|cost|fee|fare|salary)\b"),
        _match(spans.MONEY, spans.PERCENT, spans.MEASURE),
    ),
    _Kind(
        re.compile(r"\bhow (?:long|far|old|tall|high|deep|wide|heavy|big|large|often|fast)\b"),
        _match(spans.MEASURE, spans.COUNTED),
    ),
    _Kind(re.compile(r"\bwhy\b"), _reason),
    _Kind(
        re.compile(r"\bwhat is the name\b|\bwhat (?:was|is) \w{1,20} (?:called|named)"), _new_name
    ),
    _Kind(re.compile(r"\bwhich (?:company|team|person|player|author|scientist)\b"), _new_name),
    _Kind(re.compile(r"\be-?mail\b"), _match(spans.EMAIL)),
    _Kind(re.compile(r"\bphone|\bnumber\b"), _match(spans.PHONE, spans.CODE)),
)


def _yes_no(sentence: str, question: str, reading: Reading, wishes: Wishes) -> str:
    """Yes unless only one of sentence and question denies; in the spelling the prompt offers."""
    denies = bool(_NEGATIVE & _denials(sentence)) != bool(_NEGATIVE & _denials(question))
    word = "No" if denies else "Yes"
    offered = [label.text for label in find_labels(reading)]
    word = next((x for x in offered if x.lower() in _SAME[word]), word)
    form = f"{wishes.form} " if wishes.form else ""
    return f"{form}{word}" if wishes.bare else f"{form}{word}. {sentence}"


def _denials(text: str) -> frozenset[str]:
    return frozenset("n't" if word.endswith("n't") else word for word in words(text))
