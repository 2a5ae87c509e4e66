"""How a prompt wants its reply: bare or explained, how long, in which form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmopt.providers.embedded.lexicon import NUMBER_WORDS
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.words import words

CANNOT_TELL = "I cannot tell from the text."

_SOURCE = (
    r"(?! (?:the |this |that |these |your )?(?:passage|context|text|information|following|provided"
    r"|documents?|given|facts|article|excerpt|sources?|above))"
)
_BARE = re.compile(
    rf"\b(?:(?:one|single|1)[- ]word|(?:only|just){_SOURCE}(?: with)?"
    r" (?:the|one|a|an|its|that|this|your)\b"
    r"|nothing else|no (?:other|additional|extra) (?:text|words?|output)|(?:exactly|only|just) one"
    r"|(?:label|number|answer|json|word|category|name|value|result|figure|digit|letter|sentiment"
    r"|topic|intent|code) only|(?:reply|respond|answer|output|return|give|write)"
    rf"(?: \w{{1,12}}){{0,2}} (?:only|just)\b{_SOURCE}"
    r"|(?:only|just) (?:reply|respond|answer|output|return|write)\b(?! (?:from|if|when))"
    r"|any other text|besides the|anything else"
    r"|(?:the|its) (?:\w{1,20} ){1,2}(?:only|alone)\b|\bbare\b|nothing but"
    r"|(?:reply with|respond with|answer with|output) (?:exactly )?one of"
    r"|no preamble|(?:no|without(?: any)?|not) (?:explain|explanations?|explaining|commentary"
    r"|reasoning)|single (?:label|category|number|letter)|few words)"
)
_EXPLAIN = re.compile(r"\b(?:explain|explanation|why|reasons?|justify|justification|rationale)\b")
_STEPS = re.compile(
    r"\b(?:step[- ]by[- ]step|show (?:your|the|all|each) (?:work|working|steps?|reasoning)"
    r"|your reasoning|steps|(?:each|every) step|(?:write|show) (?:down )?your working"
    r"|think (?:it )?through|work (?:it )?through|reason through)\b"
)
_NOT = re.compile(r"\b(?:no|not|n't|don't|never|without|skip|omit)\b[^.\n]{0,25}$")
_FORM = re.compile(
    r"(?<![\w{,])([A-Za-z#][\w# ]{0,30}:|####|The answer is) ?"
    r"(?:[<\[{(](?!\")[^<>\[\]{}()\n]{1,60}[>\]})]|[NX]\b|_{2,20}|\.\.\.)"
)
_FORM_QUOTED = re.compile(
    r"\b(?:end|begin|start|starting|beginning|prefix|prefixed|ending)\b[^.\n\"'`]{0,60}"
    r"[\"'`]([^\"'`\n]{1,30}?[:#s])[ \"'`]"
)
_TAGGED = re.compile(
    r"\b(?:answer|label|reply|response|output|result|put|wrap|it)\b[^.\n<]{0,40}"
    r"\b(?:in|inside|within|between|using|with)\b[^.\n<]{0,20}"
    r"<([A-Za-z_]{1,20})>(?:[^.\n<]{0,10}</[A-Za-z_]{1,20}>)?[^.\n]{0,10}\btags?\b"
)
_SAYS = r"\b(?:say|reply|answer|respond|write|return|output)\b"
_UNKNOWN = (
    re.compile(rf"{_SAYS}[^\"“”.\n]{{0,40}}[\"“]([^\"“”\n]{{1,80}})[\"”]"),
    re.compile(rf"{_SAYS}[^'‘.\n]{{0,40}}(?<!\w)['‘]([^'‘’\n]{{1,80}})['’](?!\w)"),
    re.compile(
        rf"{_SAYS}(?: only| just| exactly)?"
        r"(?: with| with the words?| the words?| with the phrase)?: ([^\n.;,]{2,60})"
    ),
    re.compile(rf"{_SAYS}(?: only| just)?(?: with the| the) (?:words?|phrase) ([^\n.;,]{{2,60}})"),
)
"""How a prompt dictates a reply: in quotes, after a colon, after "the words"."""

_IF_UNKNOWN = re.compile(
    r"\b(?:cannot|can't|not|isn't|doesn't|has no|unknown|unsure|no answer|unless|missing|impossible"
    r"|insufficient)\b"
)
_COUNT = r"([0-9]{1,5}|[a-z]{3,9}(?:-[a-z]{3,5})?)"
_LIMIT = (
    r"(?:at most|no more than|not more than|up to|under|below|within|maximum(?: of)?|max\.?"
    r"|fewer than|less than|exceeds?|about|around|roughly|approximately|exactly|in|to|of|limit of)"
)


def _limits(unit: str) -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(rf"\b{_LIMIT} (?:[0-9]{{1,5}} ?(?:-|–|to) ?)?{_COUNT} {unit}s?\b"),
        re.compile(rf"\b{_COUNT}[- ]{unit}s? (?:or (?:less|fewer)|max(?:imum)?|at most|limit)"),
        re.compile(rf"\b{_COUNT}-{unit}s?\b"),
        re.compile(rf"\b{unit}s?(?: limit| count)?:? {_COUNT}\b"),
        re.compile(rf"\b{_COUNT}(?: [a-z]{{1,12}})? {unit}s?\b"),
    )


_LIMITS = {unit: _limits(unit) for unit in ("word", "sentence", "character", "bullet")}
_AT_LEAST = re.compile(
    rf"\b(?:at least|minimum of|no fewer than|no less than"
    rf"|(?<!no )(?<!not )more than) {_COUNT} words?\b"
)
_RANGE = re.compile(r"\b([0-9]{1,5}) ?(?:-|–|to|and) ?[0-9]{1,5} words\b")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The form a prompt asks its reply to have; None where it says nothing.

    `form` is what the answer line begins with ("Answer:"), `unknown` the reply the prompt
    dictates for a question that the text does not answer, `tag` the tags to wrap the reply in.
    """

    bare: bool
    explain: bool
    steps: bool
    form: str | None
    tag: str | None
    unknown: str | None
    max_words: int | None
    max_sentences: int | None

    @property
    def refusal(self) -> str:
        """What to say when there is no answer."""
        return self.unknown or CANNOT_TELL


def wishes_of(reading: Reading) -> Wishes:
    """Reads the wishes out of the instruction, the gap left at the end and the examples."""
    ask = reading.ask
    explain = _asked(_EXPLAIN, ask)
    steps = _asked(_STEPS, ask) or _shows_steps(reading)
    form = _form(reading)
    steps = steps and (form is not None or not _BARE.search(ask))
    wrapped = _TAGGED.search(reading.instruction)
    tag = wrapped.group(1) if wrapped else None
    terse = bool(reading.cue) or tag is not None or (bool(reading.examples) and not steps)
    terse = terse or bool(_BARE.search(ask)) or len(words(ask)) < 12
    return Wishes(
        bare=terse and not explain,
        explain=explain,
        steps=steps,
        form=form,
        tag=tag,
        unknown=_unknown(reading.instruction),
        max_words=limit(ask, "word"),
        max_sentences=limit(ask, "sentence"),
    )


def count(text: str) -> int | None:
    """The value of `12`, `twelve` or `twenty-five`."""
    if text.isdecimal() and text.isascii():
        return int(text)
    if text == "single":
        return 1
    parts = [NUMBER_WORDS.get(part) for part in text.split("-")]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def limit(ask: str, unit: str) -> int | None:
    """The greatest number of words, sentences, characters or bullets that a prompt allows."""
    ask = _AT_LEAST.sub(" ", ask)
    for pattern in _LIMITS[unit]:
        for match in pattern.finditer(ask):
            value = count(match.group(1))
            if value is not None and value > 0:
                strict = match.group().startswith(("fewer", "less", "under", "below"))
                return max(1, value - strict)
    return None


def at_least(ask: str) -> int | None:
    """The least number of words that a prompt asks for."""
    match = _AT_LEAST.search(ask) or _RANGE.search(ask)
    return count(match.group(1)) if match else None


def _asked(pattern: re.Pattern[str], ask: str) -> bool:
    """Whether the pattern stands in the prompt without a "no" or "do not" before it."""
    return any(
        not _NOT.search(ask[max(0, match.start() - 40) : match.start()])
        for match in pattern.finditer(ask)
    )


def _shows_steps(reading: Reading) -> bool:
    answers = [example.answer for example in reading.examples]
    return any(len(words(answer)) > 5 and not answer.startswith("{") for answer in answers)


def _form(reading: Reading) -> str | None:
    for pattern in (_FORM_QUOTED, _FORM):
        match = pattern.search(reading.instruction)
        if match:
            form = match.group(1).strip()
            return None if form.rstrip(":").lower() == reading.cue.lower() else form
    for example in reading.examples[-1:]:
        last = example.answer.strip().splitlines()[-1:]
        head, colon, _ = (last[0] if last else "").partition(":")
        marker = next(
            (m for m in ("####", "The answer is") if m in (last[0] if last else "")), None
        )
        if marker:
            return marker
        marker = head.rpartition(". ")[2]
        if colon and len(marker.split()) <= 2 and marker[:1].isalpha():
            return marker + colon
    return None


def _unknown(instruction: str) -> str | None:
    lines = instruction.splitlines()
    for pattern in _UNKNOWN:
        for line in lines:
            for match in pattern.finditer(line):
                around = line[max(0, match.start() - 160) : match.end() + 80].lower()
                if _IF_UNKNOWN.search(around):
                    return match.group(1).strip()
    return None
