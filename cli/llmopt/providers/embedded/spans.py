"""Spans that can be told by their shape: numbers, money, dates, names, addresses."""

from __future__ import annotations

import re

from llmopt.providers.embedded.lexicon import MONTHS, NUMBER_WORDS, STOPWORDS, bag
from llmopt.providers.embedded.words import CAPITAL

_MONTH = "(?:" + "|".join(f"{m[:3]}(?:{m[3:]})?" if m[3:] else m for m in MONTHS) + ")"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SPELLED = "|".join(word for word in NUMBER_WORDS if word != "zero")
_PART = rf"[{CAPITAL}][\w'’-]{{0,30}}"

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')]{1,300}")
PHONE = re.compile(
    r"(?<![\w-])(?=(?:[^0-9\n]{0,3}[0-9]){7})"  # seven digits at least
    r"\+?\(?[0-9]{1,4}\)?(?:[ .-]?\(?[0-9]{2,4}\)?){2,4}(?![\w-])"
)
MONEY = re.compile(
    r"(?:[$€£¥]|\b(?:USD|EUR|GBP|CHF)) ?[0-9][0-9,]{0,14}(?:\.[0-9]{1,2})?"
    r"(?: (?:thousand|million|billion))?"
    r"|\b[0-9][0-9,]{0,14}(?:\.[0-9]{1,2})? ?(?:(?:thousand |million |billion )?"
    r"(?:dollars|euros?|pounds|cents|USD|EUR|GBP|CHF)\b|[€£$])"
)
PERCENT = re.compile(r"\b[0-9]{1,6}(?:\.[0-9]{1,4})? ?(?:%|percent\b|per cent\b)")
NUMBER = re.compile(r"(?<![\w.])[0-9][0-9,]{0,14}(?:\.[0-9]{1,6})?(?![0-9])")
COUNTED = re.compile(
    rf"(?<![\w.$€£])(?:[0-9][0-9,]{{0,14}}(?:\.[0-9]{{1,4}})?(?: (?:thousand|million|billion))?"
    rf"|(?:{_SPELLED})(?:-(?:{_SPELLED}))?)\b",
    re.IGNORECASE,
)
MEASURE = re.compile(
    rf"\b(?:[0-9][0-9,]{{0,14}}(?:\.[0-9]{{1,4}})?|{_SPELLED}|half an?|an?)[ -]"
    r"(?:(?:square|business|working|full) )?"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|km|kilomet(?:er|re)s?|miles?"
    r"|met(?:er|re)s?|cm|feet|foot|inch(?:es)?|kg|kilograms?|grams?|tons?|pounds|lit(?:er|re)s?"
    r"|degrees?)\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"
    r"|\b[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}\b"
    rf"|\b{_MONTH}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?(?:,? [0-9]{{4}})?\b"
    rf"|\b[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b\.?(?:,? [0-9]{{4}})?"
    rf"|\b{_MONTH}\.?,? [0-9]{{4}}\b",
    re.IGNORECASE,
)
TIME = re.compile(
    r"\b[0-9]{1,2}:[0-9]{2}(?: ?[ap]\.?m\b\.?)?|\b[0-9]{1,2} ?[ap]\.?m\b\.?|\bnoon\b|\bmidnight\b",
    re.IGNORECASE,
)
WHEN = re.compile(
    rf"{DATE.pattern}|\b(?:1[0-9]|20)[0-9]{{2}}s?\b|\b(?:(?:every|next|last|on) )?{_DAY}s?\b"
    rf"|\b(?:in|since|until|by|every) {_MONTH}\b|\b(?:tomorrow|yesterday|today|tonight)\b"
    rf"|{TIME.pattern}",
    re.IGNORECASE,
)
CODE = re.compile(
    r"#\s?[A-Z0-9][\w-]{1,24}|\b(?=[A-Z0-9-]{0,24}[0-9])[A-Z0-9]{1,12}(?:-[A-Z0-9]{1,12}){1,4}\b"
    r"|\b[A-Z]{1,5}[0-9]{2,12}\b|\b[0-9]{4,14}\b"
)
NAME = re.compile(
    rf"(?:(?:Dr|Mr|Mrs|Ms|Prof)\. )?{_PART}"
    rf"(?: (?:(?:of|de|van|von|del|la|le|the|and|&) (?=[{CAPITAL}]))?{_PART}){{0,4}}"
)
_NOT_NAMES = (
    STOPWORDS
    | bag("""hi hello dear hey thanks thank regards best sincerely cheers yes no please order total
    invoice subject from date monday tuesday wednesday thursday friday saturday sunday today
    yesterday tomorrow also however after before since meanwhile later then although
    """)
    | frozenset(MONTHS)
)


def names(text: str) -> list[str]:
    """Runs of capitalised words, in order, without sentence openers such as "The"."""
    found = []
    for match in NAME.finditer(text):
        parts = match.group().replace("’", "'").removesuffix("'s").split()
        while parts and parts[0].lower() in _NOT_NAMES:
            parts = parts[1:]
        while parts and parts[-1].lower() in _NOT_NAMES:
            parts = parts[:-1]
        if parts:
            found.append(" ".join(parts).removesuffix("'s"))
    return found


def first(pattern: re.Pattern[str], text: str) -> str | None:
    """The first match as it stands in the text."""
    match = pattern.search(text)
    return match.group().strip() if match else None


def iso_date(text: str) -> str | None:
    """A written date as YYYY-MM-DD; None when a part is missing or its order is unclear."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return text
    numbers = re.findall(r"[0-9]{1,4}", text)
    month = re.search(_MONTH, text.lower())
    if month is None or len(numbers) != 2:
        return None
    day, year = (int(number) for number in numbers)
    index = [name[:3] for name in MONTHS].index(month.group()[:3]) + 1
    return f"{year:04d}-{index:02d}-{day:02d}" if year > 31 >= day > 0 else None


def value(text: str) -> int | float | None:
    """The number in `$1,250.50` or `12 items`; None when there is none."""
    match = NUMBER.search(text.lstrip("$€£¥ "))
    if match is None:
        return None
    digits = match.group().replace(",", "")
    return float(digits) if "." in digits else int(digits)
