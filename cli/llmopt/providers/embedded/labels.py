"""Which labels a prompt offers: lists, bullets, `a/b/c`, "as a, b or c", worked examples."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from llmopt.providers.embedded.lexicon import POLARITY, bag
from llmopt.providers.embedded.orders import is_offer
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.words import QUOTES, sentences, squeeze, words

MOST = 60
"""Labels taken from one prompt at most."""

_ASKS = re.compile(
    r"\b(?:classif\w{1,9}|categor\w{1,9}|labels?|labell?ed|sentiment|polarity|intents?|topics?"
    r"|tags?|one of|which of|choose|pick|select|decide|determine|detect|judge|whether|tone|mood"
    r"|emotions?|spam|urgen\w{1,4}|priority|severity|route|assign|feel\w{0,4}|options|toxic"
    r"|(?:one|single)[- ]word|name (?:the|of the)|exactly one|verdict|section|desk|attitude"
    r"|yes or no|yes/no|true or false|true/false|language|stance|class(?:es)?|department|team)\b"
)
_LISTED = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|options?|choices|intents?|topics?|tags?|values"
    r"|one of|departments|teams|queues|languages|emotions|types)"
    r"(?: (?:are|is|below|allowed|must be|the|following|one|of|these|exactly|labels?|categories"
    r"|classes|options|values|topics|intents|tags|words)){0,6}\s?[:=][ \t]{0,3}([^\n]{0,600})",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:(?:is|be|as|into|to|with)? ?(?:exactly |just |only )?one of(?: the| these| following"
    r"| (?:two|three|four|five|six|seven|eight)){0,4}(?: words| labels| categories| classes| values"
    r"| names)?|nothing (?:but|except|other than)|(?:labels|categories|classes|options|topics) are"
    r"|(?:one|single) word(?: \([^()\n]{0,60}\))?|reply(?: only)?(?: with)?(?: just| only)?)"
    r"(?: ?[:,(]| -|\b) ?(?=\S)",
    re.IGNORECASE,
)
"""What closes a prompt's offer: the list after it says which words a reply may hold."""

_PLURAL = re.compile(r"\w{2,20}s")
_JOINED = re.compile(r",|/|[|]| or ")
_CLOSED_END = re.compile(
    r"[.;:?!)\n]|,? (?:in|without|with|for|that|which|when|if|on|to|from|by|as|this|it|please|no"
    r"|but|then|only|alone|nothing)\b|,? and (?:without|nothing|add|do|please|no|not|finally)\b"
)
_HEADS = re.compile(
    r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|options?|choices|intents?|topics?|tags|following"
    r"|queues|departments|teams|one of|types)\b[^\n]{0,40}:\s{0,3}$"
)
_BULLET = re.compile(r"\s{0,8}(?:[-*•]|[0-9]{1,2}[.)]|[a-zA-Z][.)])\s{1,3}(\S[^\n]{0,300})")
_PARENS = re.compile(r"[(\[{]([^()\[\]{}\n]{3,300})[)\]}]")
_SLASHED = re.compile(
    r"(?<![\w/.:])(?:very )?[A-Za-z][\w-]{0,25}"
    r"(?: ?[/|] ?(?:(?:not|non|very) )?[A-Za-z][\w-]{0,25}){1,15}(?![\w/])"
)
_CODED = re.compile(
    r"(?<![\w(])[\"']?([A-Z0-9]{1,3})[\"']? ?(?:=|\(|for|:|means) ?"
    r"[\"']?([A-Za-z][\w -]{1,30}?)[\"']?(?=[),.;\n]| or | and |$)"
)
_TRIGGER = re.compile(
    r"\b(?:as (?:either )?|either |one of |into |between |among "
    r"|whether (?:\w{1,20} ){1,6}(?:is|are|was|sounds|feels|belongs to) "
    r"|(?:with|say|reply|answer|respond|return|output|write|choose|pick|label|is it|is this"
    r"|is the \w{1,20})(?: only| just| exactly)?(?: with)? |whether |is |are )|[:(] ?",
    re.IGNORECASE,
)
_OR = re.compile(r",? or (?:else )?")
_CUT = re.compile(
    r"[.;:?!)\n]| (?:based|depending|for|in|with|according|using|given|that|which|where|when|if"
    r"|then|without|only|after|because|on|this|here|it|and|by|from|to)\b"
)
_FORBID = re.compile(r"\b(?:do not|don't|never|no|without|avoid)\b")
_SPLIT = re.compile(r" ?[,;|/] ?(?:or |and )?| (?:or|and) ")
_FORM_WORDS = bag("one two three word words label labels case letter letters reply answer comment"
                  " punctuation explanation quotes sentence text full")  # fmt: skip
"""Words for the form of a reply: choices that hold one offer no labels beside others that do."""

_NOT_LABELS = bag("less fewer more not so etc e.g. he she and or i.e. below above none-of-these")


class Label(NamedTuple):
    """A label as the prompt spells it, and what the prompt says it means."""

    text: str
    hint: str = ""


def find_labels(reading: Reading) -> tuple[Label, ...]:
    """The labels offered; empty when the prompt asks for no choice."""
    asks = bool(_ASKS.search(reading.ask))
    told = _offered(reading.told, asks=bool(_ASKS.search(reading.told.lower())))
    if any(_FORM_WORDS & set(words(label.text)) for label in told):
        told = []  # "one or two words", "upper or lower case"
    found = told or _offered(reading.instruction, asks=asks)
    seen = _shown(reading)
    if len(found) < 2:
        found = seen or (_customary(reading.ask) if asks else [])
    elif seen:
        found = _spelled(found, seen)
    return tuple(found) if len(found) > 1 else ()


def _offered(text: str, *, asks: bool) -> list[Label]:
    """The labels that orders offer, however they are written."""
    found = _listed(text) or _bulleted(text, asks=asks) or _coded(text, asks=asks)
    closed = _closed(text)
    found = _explained(closed, found) if closed else found or _bracketed(text, asks=asks)
    found = found or _asked(text) or _alternatives(text, asks=asks)
    return found or (_tails(text) if asks else [])


def _clean(item: str) -> str:
    item = item.strip(" .:;!?*" + QUOTES)
    for lead in ("either ", "the ", "a ", "an ", "as ", "word ", "words ", "label "):
        item = item.removeprefix(lead)
    return item.strip(" .:;" + QUOTES)


def _items(text: str, most_words: int = 4) -> list[Label]:
    """The labels of a written list; empty unless every item is short."""
    cut = [_clean(item) for item in _SPLIT.split(squeeze(text))[: MOST + 1]]
    items = list(dict.fromkeys(item for item in cut if item))
    short = all(len(i.split()) <= most_words and i.lower() not in _NOT_LABELS for i in items)
    return [Label(item) for item in items] if short and len(items) > 1 else []


def _first_sentence(text: str) -> str:
    return re.split(r"[.?!](?:\s|$)", text, maxsplit=1)[0]


def _closed(text: str) -> list[Label]:
    """`exactly one of the words a, b or c`: the last such list of the prompt."""
    found: list[Label] = []
    for match in _CLOSED.finditer(text):
        tail = _PARENS.sub("", text[match.end() : match.end() + 400])
        cut = _CLOSED_END.search(tail)
        tail = tail[: cut.start()] if cut else tail
        found = (_items(tail, most_words=2) if _JOINED.search(tail) else []) or found
    return found


def _explained(closed: list[Label], found: list[Label]) -> list[Label]:
    """The closed list, with the meanings that a list before it gave."""
    hints = {label.text.lower(): label.hint for label in found}
    return [Label(label.text, hints.get(label.text.lower(), "")) for label in closed]


def _listed(text: str) -> list[Label]:
    """`Labels: a, b, c` or `one of: a, b`."""
    for match in _LISTED.finditer(text):
        found = _items(_first_sentence(match.group(1).strip("[](){} ")).strip("[](){} "))
        if found:
            return found
    return []


def _bulleted(text: str, *, asks: bool) -> list[Label]:
    """A list of bullets, each a label, often with its meaning after a colon or a dash."""
    runs: list[tuple[bool, list[Label]]] = [(False, [])]
    headed = False
    for line in text.splitlines():
        bullet = _BULLET.match(line)
        if bullet:
            name, hint = name_and_hint(bullet.group(1))
            runs[-1][1].append(Label(name, hint))
        elif line.strip():
            headed = bool(_HEADS.search(line.lower()))
            runs.append((headed, []))
    for head, labels in runs:
        short = all(0 < len(label.text.split()) <= 4 for label in labels)
        if 1 < len(labels) <= MOST and short and (head or asks):
            return labels
    return []


def _coded(text: str, *, asks: bool) -> list[Label]:
    """`P (positive) or N (negative)`, `1 = spam, 0 = ham`: codes with their meaning."""
    found = {m.group(1): Label(m.group(1), m.group(2)) for m in _CODED.finditer(text)}
    known = asks or all(label.hint.lower() in POLARITY for label in found.values())
    return list(found.values())[:MOST] if len(found) > 1 and known else []


def name_and_hint(item: str) -> tuple[str, str]:
    """A bullet's name and what is said of it after a colon, a dash or in brackets."""
    for mark in (": ", " - ", " – ", " — ", " (", " = "):
        name, found, hint = item.partition(mark)
        if found and len(name.split()) <= 4:
            return _clean(name), hint.strip(" )")
    return _clean(item), ""


def _bracketed(text: str, *, asks: bool) -> list[Label]:
    """`(positive/negative)`, `[a, b, c]` or `a/b/c` in the open."""
    for match in _PARENS.finditer(text):
        inner = match.group(1)
        if "e.g" in inner or "example" in inner or ":" in inner:
            continue
        found = _items(inner, most_words=3)
        if found and (asks or "/" in inner or "|" in inner):
            return found
    for match in _SLASHED.finditer(text):
        found = _items(match.group(), most_words=2)
        if found:
            return found
    return []


def _alternatives(text: str, *, asks: bool) -> list[Label]:
    """`as positive, negative or neutral`, `whether it is spam or not spam`."""
    for sentence in sentences(text):
        low = squeeze(_PARENS.sub("", sentence[:800]))[:600]
        if _FORBID.search(low.lower()):
            continue
        for match in list(_OR.finditer(low))[:20]:
            found = _around(low[: match.start()], low[match.end() :])
            if found and (asks or all(label.text.lower() in POLARITY for label in found)):
                return found
    return []


def _asked(text: str) -> list[Label]:
    """`Good, bad or so-so?`: a line that asks nothing but which of its few words it is."""
    for line in text.splitlines():
        asked, mark, _ = line[:120].partition("?")
        found = _items(asked, most_words=2) if mark and is_offer(asked, plainly=False) else []
        if found:
            return found
    return []


def _around(left: str, right: str) -> list[Label]:
    trigger = max((m.end() for m in _TRIGGER.finditer(left)), default=None)
    if trigger is None:
        return []
    cut = _CUT.search(right)
    last = right[: cut.start()] if cut else right
    first, *between = left[trigger:].split(",")
    others = [*between, last]
    if all(len(other.split()) == 1 for other in others):
        first = first.rpartition(" ")[2]  # "is the review good or bad": the label stands last
    return _items(", ".join([first, *others]), most_words=3)


def _tails(text: str) -> list[Label]:
    """`Which fits best: sport, finance, weather?`: a list after any colon."""
    for line in text.splitlines():
        head, colon, tail = line.rpartition(": ")
        found = _items(_first_sentence(tail[:600]), most_words=3)
        if colon and len(found) > (1 if _PLURAL.fullmatch(head) else 2):
            return found
    return []


def _shown(reading: Reading) -> list[Label]:
    """The distinct answers of the worked examples, when they read as labels."""
    answers = [squeeze(example.answer) for example in reading.examples]
    answers = [answer.rpartition(": ")[2] if ": " in answer else answer for answer in answers]
    short = all(0 < len(a.split()) <= 4 and not a[0].isdigit() and a[0] != "{" for a in answers)
    if not short or len(answers) < 2:
        return []
    found = Counter(_clean(answer) for answer in answers)
    asks = _ASKS.search(f"{reading.ask} {reading.cue.lower()}")
    repeated = len(found) < len(answers) or asks or reading.cue in {"->", "=>", "→"}
    names = [answer for answer in found if answer][:MOST]
    return [Label(name) for name in names] if repeated and len(names) > 1 else []


def _spelled(offered: list[Label], seen: list[Label]) -> list[Label]:
    """The offered labels in the spelling of the examples."""
    spelling = {label.text.lower(): label.text for label in seen}
    return [Label(spelling.get(x.text.lower(), x.text), x.hint) for x in offered]


def _customary(ask: str) -> list[Label]:
    """The usual labels of a task that the prompt names without listing any."""
    for cues, names in (
        (("yes or no", "yes/no"), ("yes", "no")),
        (("true or false",), ("true", "false")),
        (("sentiment", "polarity"), ("positive", "negative", "neutral")),
        (("spam",), ("spam", "not spam")),
    ):
        if any(cue in ask for cue in cues):
            return [Label(name) for name in names]
    return []
