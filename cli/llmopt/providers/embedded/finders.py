"""How values are found in a text: by their shape and by the words just before them.

A finder takes the text and the field that asks, and answers None when it sees nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from llmopt.providers.embedded import spans
from llmopt.providers.embedded.fields import Field
from llmopt.providers.embedded.lexicon import COLORS, COUNTRIES, STOPWORDS, bag
from llmopt.providers.embedded.summarize import shortest
from llmopt.providers.embedded.wishes import count
from llmopt.providers.embedded.words import stem, words

Value = str | int | float | bool | list[str] | None

_NEAR = 40
"""Characters within which a word speaks for the value that follows it."""

_SIGNED = re.compile(
    r"(?:regards|thanks|thank you|best|sincerely|cheers|yours|wishes)[,.!]?\s{1,4}"
    rf"(?:[-–] ?)?({spans.NAME.pattern})\s{{0,3}}(?:\n|$|,)",
    re.IGNORECASE,
)
_PRESENTED = re.compile(
    rf"\b(?:[Mm]y name is|I am|I'm|[Tt]his is|[Nn]ame is|signed|[Cc]ustomer|[Pp]atient|by|named)"
    rf" ({spans.NAME.pattern})"
)
_CUED = re.compile(rf"\b(?:from|with|for|contact|called) ({spans.NAME.pattern})")
_GREETED = re.compile(rf"\b(?:Dear|Hi|Hello|Hey|To:) ({spans.NAME.pattern})")
_FIRM = re.compile(
    rf"({spans.NAME.pattern}),? (?:Inc|Ltd|LLC|GmbH|Corp|Corporation|Co|Company|Group|Bank|AG|SA"
    r"|Limited|Industries|Systems|Solutions|Labs|Partners)\b\.?"
)
_EMPLOYS = re.compile(
    rf"\b(?:at|with|for|from|joined|by|vendor|supplier|company) ({spans.NAME.pattern})"
)
_CUED_CODE = re.compile(
    r"\b(order|invoice|ticket|booking|account|reference|ref|case|tracking|id|sku|code)"
    r"(?: (?:no|number|code|id|is)\b\.?){0,3}:? ?"
    r"(#?(?=[A-Z-]{0,10}[0-9])[A-Z0-9][A-Z0-9-]{0,24})\b",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\b[0-9]{1,3}(?=[- ]years?[- ]old)|(?<=aged )[0-9]{1,3}\b")
_STREET = re.compile(
    rf"\b[0-9]{{1,5}}[A-Za-z]? (?:{spans.NAME.pattern}) ?(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln"
    r"|Drive|Dr|Boulevard|Blvd|Way|Square|Court|Place)?\b\.?(?:, [A-Z][\w .-]{1,30}){0,3}"
)
_PLACE = re.compile(rf"\b(in|from|to|at|near) ({spans.NAME.pattern})")
_ZIP = re.compile(r"\b(?:[0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2})\b")
_BOUGHT = re.compile(
    r"\b(?:ordered|order for|order of|bought|purchased|purchase of|received|return(?:ing)?|buy"
    r"|send me|send us|would like|want|need|selling|sell|replace|item|product|invoice for"
    r"|delivery of) (?:for )?"
    r"(?:(?:a|an|the|my|your|our|some|another|[0-9]{1,5}(?: ?x)?|two|three|four|five|six|ten"
    r"|twelve) )?((?:[\w'-]{1,30} ?){1,5})"
)
_NOUN_END = re.compile(
    r" (?:for|from|on|at|in|with|to|by|and|but|that|which|last|yesterday|today|was|is|are|has|had"
    r"|costs?|because|via|please|this|it|i|we|arrived|of (?:which|that))\b"
)


class Finder(NamedTuple):
    """What fields it serves (stems of their names) and how it looks."""

    stems: frozenset[str]
    find: Callable[[str, Field], Value]


def _nearest(pattern: re.Pattern[str], text: str, field: Field) -> str | None:
    """The match that a word of the field's name stands closest before, else the first."""
    asked = frozenset(map(stem, words(f"{field.name} {field.hint}"))) - _GENERIC
    best, closest = None, _NEAR + 1
    for match in pattern.finditer(text):
        best = best if best is not None else match.group().strip()
        before = text[max(0, match.start() - _NEAR) : match.start()]
        near = [m.start() for m in _WORDS.finditer(before) if stem(m.group().lower()) in asked]
        if near and len(before) - near[-1] < closest:
            best, closest = match.group().strip(), len(before) - near[-1]
    return best


_WORDS = re.compile(r"[^\W_]{1,40}")
_GENERIC = frozenset(
    map(stem, bag("date day time amount price cost number id name string the of in a an"))
)


def _pattern(*patterns: re.Pattern[str]) -> Callable[[str, Field], Value]:
    def find(text: str, field: Field) -> Value:
        if field.many:
            every = (match.group() for match in patterns[0].finditer(text))
            return list(dict.fromkeys(every)) or None
        found = (_nearest(pattern, text, field) for pattern in patterns)
        return next((value for value in found if value), None)

    return find


def _code(text: str, field: Field) -> Value:
    asked = frozenset(map(stem, words(field.name)))
    cued = list(_CUED_CODE.finditer(text))
    fits = [m.group(2) for m in cued if stem(m.group(1).lower()) in asked] or [
        m.group(2) for m in cued
    ]
    found = fits[0] if fits else _nearest(spans.CODE, text, field)
    return spans.value(found) if found and field.numeric else found


def _money(text: str, field: Field) -> Value:
    found = _nearest(spans.MONEY, text, field)
    if found is None:
        return spans.value(text) if text.strip().replace(".", "").isdecimal() else None
    return found if field.kind.startswith("string") else spans.value(found)


def _currency(text: str, field: Field) -> Value:
    found = spans.first(spans.MONEY, text) or ""
    marks = {"$": "USD", "dollar": "USD", "€": "EUR", "euro": "EUR", "£": "GBP", "pound": "GBP"}
    codes = marks | {"¥": "JPY", "USD": "USD", "EUR": "EUR", "GBP": "GBP", "CHF": "CHF"}
    return next((code for mark, code in codes.items() if mark in found), None)


def _age(text: str, field: Field) -> Value:
    match = _YEARS.search(text)
    return spans.value(match.group()) if match else _nearest(spans.MEASURE, text, field)


def _color(text: str, field: Field) -> Value:
    return next((word for word in words(text) if word in COLORS), None)


def _percent(text: str, field: Field) -> Value:
    found = _nearest(spans.PERCENT, text, field)
    return spans.value(found) if found and field.numeric else found


def _quantity(text: str, field: Field) -> Value:
    things = frozenset(map(stem, words(field.name)))
    found = None
    for match in spans.COUNTED.finditer(text):
        after = words(text[match.end() : match.end() + 40])[:2]
        if not after or stem(after[0]) in _UNITS or spans.CODE.match(match.group()):
            continue
        number = spans.value(match.group()) if match.group()[0].isdigit() else None
        number = number if number is not None else count(match.group().lower())
        if things & frozenset(map(stem, after)):
            return number
        before = words(text[max(0, match.start() - 15) : match.start()])[-1:]
        plain = text[max(0, match.start() - 1) : match.start()] not in {"-", "#", "/", ":"}
        plain = plain and not _CODE_WORDS & frozenset(before)
        found = number if found is None and plain else found
    return spans.value(text) if found is None and text.strip().isdecimal() else found


_CODE_WORDS = bag("order invoice ticket no number room id ref reference booking case #")
_UNITS = frozenset(
    map(
        stem,
        bag("""day days week weeks month months year years hour hours minute minutes am pm percent
        dollars euros january february march april may june july august september october
        november december street avenue road st nd rd th"""),
    )
)


def _person(text: str, field: Field) -> Value:
    parts = frozenset(words(field.name))
    if parts & {"recipient", "addressee", "to"}:
        found = _GREETED.search(text)
        return _name_in(found)
    greeted = _name_in(_GREETED.search(text))
    firms = {match.group(at).strip() for match in _FIRM.finditer(text) for at in (0, 1)}
    signed, presented = _SIGNED.search(text), _PRESENTED.search(text)
    candidates = [
        _name_in(signed),
        _name_in(presented),
        *(name for name in spans.names(text) if " " in name),
        *(_name_in(match) for match in _CUED.finditer(text)),
        *spans.names(text),
    ]
    fits = [name for name in candidates if name and name != greeted and name not in firms]
    if field.many:
        return list(dict.fromkeys(fits[: 2 * len(spans.names(text))])) or None
    name = next(iter(fits), greeted)
    if name and parts & {"first", "given"}:
        return name.split()[0]
    if name and parts & {"last", "family", "surname"}:
        return name.split()[-1]
    return name


def _name_in(match: re.Match[str] | None) -> str | None:
    return next(iter(spans.names(match.group(1))), None) if match else None


def _company(text: str, field: Field) -> Value:
    match = _FIRM.search(text)
    if match:
        return match.group().strip(" ,")
    return _name_in(_EMPLOYS.search(text))


def _place(text: str, field: Field) -> Value:
    parts = frozenset(words(field.name))
    wanted = {"from"} if parts & {"origin", "departure", "from"} else {"in", "at", "near", "to"}
    wanted = {"to"} if parts & {"destination", "to", "arrival"} else wanted
    for match in _PLACE.finditer(text):
        name = next(iter(spans.names(match.group(2))), None)
        if name and match.group(1) in wanted and name.lower() not in COUNTRIES:
            return name
    return None


def _country(text: str, field: Field) -> Value:
    return next((name for name in spans.names(text) if name.lower() in COUNTRIES), None)


def _product(text: str, field: Field) -> Value:
    for match in _BOUGHT.finditer(text):
        cut = _NOUN_END.split(f"{match.group(1)} ", maxsplit=1)[0].strip()
        if cut and cut.split()[0].lower() not in STOPWORDS:
            return cut
    return None


def _gist(text: str, field: Field) -> Value:
    return shortest(text) or None


def _serves(names: str, find: Callable[[str, Field], Value]) -> Finder:
    return Finder(frozenset(map(stem, names.split())), find)


DATES = _serves(
    "date deadline due birthday dob day when departure arrival", _pattern(spans.DATE, spans.WHEN)
)
_MONEYS = _serves(
    """amount price total cost fee sum balance salary budget paid payment charge subtotal tax
    refund rent premium""",
    _money,
)
_QUANTITIES = _serves(
    "quantity qty count units guests people items seats pieces nights adults rooms", _quantity
)
_PERCENTS = _serves("percent percentage discount rate", _percent)
FINDERS = (
    _serves("email mail", _pattern(spans.EMAIL)),
    _serves("phone telephone tel mobile cell", _pattern(spans.PHONE)),
    _serves("url website link site", _pattern(spans.URL)),
    _serves("currency", _currency),
    _serves("zip postcode postal", _pattern(_ZIP)),
    _serves("id number no ref reference code sku tracking", _code),
    DATES,
    _serves("time hour", _pattern(spans.TIME)),
    _PERCENTS,
    _MONEYS,
    _QUANTITIES,
    _serves("age", _age),
    _serves("color colour", _color),
    _serves("duration length", _pattern(spans.MEASURE)),
    _serves("address street", _pattern(_STREET)),
    _serves("country nationality", _country),
    _serves("city town location place destination origin venue", _place),
    _serves(
        "company vendor organization organisation supplier employer merchant firm store brand",
        _company,
    ),
    _serves("product item model", _product),
    _serves(
        """name customer person sender contact recipient author candidate employee guest patient
        buyer client speaker attendee surname""",
        _person,
    ),
    _serves("invoice ticket order booking account", _code),
    _serves("summary gist issue problem complaint request reason subject title topic", _gist),
)
NAMING = tuple(
    finder for finder in FINDERS if finder.find in (_company, _product, _place, _country, _person)
)
"""The finders for a field with "name" in its name."""

SHAPED = (_MONEYS, _QUANTITIES, _PERCENTS, DATES)
"""The finders that also cut a written value ("$45.00 (paid)") to shape."""
