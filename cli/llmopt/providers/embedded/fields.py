"""Which fields a prompt wants filled: a JSON skeleton, a list of names, worked examples."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from llmopt.providers.embedded.labels import Label, name_and_hint
from llmopt.providers.embedded.lexicon import bag
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.words import QUOTES, sentences, squeeze

MOST = 60
"""Fields taken from one prompt at most."""

_KEY = re.compile(r"[\"']([A-Za-z_][\w -]{0,40})[\"']\s{0,3}:")
_BRACED = re.compile(r"\{\s{0,5}([a-z_]\w{0,40}(?:,\s{0,5}[a-z_]\w{0,40}){1,30})\s{0,5}\}")
_JSON = re.compile(r"\bjson\b|\{\s{0,20}[\"'][a-z_]")
_UNDER = re.compile(r"\bkey:? (?:named |called )?[\"'`“]?([A-Za-z]\w{0,40})[\"'`”]?")
_NO_KEYS = bag("is are must should that and for of to with points point if in the from words")
_CHOICES = re.compile(
    r"\b(?:one of|distinguish|choose between|among|either)(?: between| the| these| following){0,3}"
    r":? ([^.;()\n]{3,400})",
    re.IGNORECASE,
)
_BARRED = re.compile(r"[\w-]{1,40}(?: ?[|/] ?[\w-]{1,40}){1,30}")
_KINDS = bag("""
    null string text number none int integer float empty unknown boolean bool list array and or
    he she dd mm yyyy yy
""")
_NUMERIC = re.compile(
    r"(?:an? )?(?:int|integer|float|decimal|numeric|whole number)\b|number(?:$|,| or| ?[|(])"
    r"|[^\n]{0,200}\bas a (?:whole )?number\b"
)
_EXTRACT = re.compile(
    r"\b(?:extract|pull out|pull|find|get|identify|capture|collect|return|give|list|output|fields"
    r"|keys|parse|report)\b"
)
_ASKS = re.compile(
    r"\b(?:extract\w{0,4}|json|pull out|parse|fields|keys|key|fill in|list all"
    r"|find all|get the|get all)\b"
)
_NAMED = re.compile(
    r"\b(?:keys?|fields?|properties|attributes|columns)\b(?: (?:are|is|named|called|exactly|only"
    r"|these|the|following|as|below|of|in|must be|to|for|extract)){0,5}\s?:?\s{1,3}([^\n]{2,400})",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:extract|pull out|identify|capture|collect|find|get|parse|give(?: me)?|list|return)"
    r"(?: (?:only|just|the|these|this|following|all)){0,4}? ?(?:the )?:? ?([^\n]{2,300})",
    re.IGNORECASE,
)
_MARK = "\x00"
_PARENS = re.compile(r" ?\(([^()]{0,120})\)")
_COLON = re.compile(
    r"\b(?:extract|pull|capture|identify|collect|return|get)\b[^:.\n]{0,80}: ?([^\n]{2,400})",
    re.IGNORECASE,
)
_END = re.compile(
    r"[.;:?!{(\[\n]| (?:from|in|as|of the|into|out of|for each|mentioned|given|that|which|if|using"
    r"|with|below|and return|and output|and give|or null|where|when|to|contained|found)\b"
)
_SPLIT = re.compile(r" ?[,;|] ?(?:and |or )?(?:the )?| and (?:the )?| or ")
_BULLET = re.compile(r"\s{0,8}(?:[-*•]|[0-9]{1,2}[.)])\s{1,3}([^\n]{1,400})")
_NOT_FIELDS = bag("""
    json object text information data details fields keys following values answer result
    email-text review summary in-json valid-json everything
""")


class Field(NamedTuple):
    """A field as the prompt spells it and what is said of its value."""

    name: str
    hint: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the prompt shows or asks for a number as its value."""
        return bool(_NUMERIC.match(self.kind)) or self.hint[:1].isdecimal()

    @property
    def kind(self) -> str:
        """The hint without quotes and brackets, lower case ("string", "boolean", …)."""
        return self.hint.lower().strip(" <>" + QUOTES)

    @property
    def many(self) -> bool:
        """Whether all values are asked for rather than one."""
        return self.hint.startswith("[") or self.name.startswith("all ")

    @property
    def options(self) -> tuple[Label, ...]:
        """The values the prompt allows, if it lists them."""
        listed, barred = _CHOICES.search(self.hint), _BARRED.search(self.hint)
        if listed:
            items = re.split(r"[,|/]| or | and ", listed.group(1))
        else:
            text = barred.group() if barred else self.hint.strip(" <>[]()" + QUOTES)
            items = re.split(r"[|/]| or ", text)
        items = [item.strip(" .<>[]()" + QUOTES) for item in items]
        items = [item for item in items if item and item.lower() not in _KINDS]
        if listed:
            items = list(takewhile(_is_short, items))
        short = all(map(_is_short, items))
        return tuple(Label(item) for item in items) if len(items) > 1 and short else ()


def _is_short(item: str) -> bool:
    return len(item.split()) <= 3


def wants_json(reading: Reading) -> bool:
    """Whether the reply must be a JSON object."""
    shown = bool(reading.examples) and all(x.answer.startswith("{") for x in reading.examples)
    return shown or bool(_JSON.search(reading.ask))


def find_fields(reading: Reading) -> tuple[Field, ...]:
    """The fields asked for; empty when the prompt asks for none."""
    shown = _skeleton("\n".join(x.answer for x in reading.examples if x.answer.startswith("{")))
    if not shown and not _ASKS.search(reading.ask) and not wants_json(reading):
        return ()
    found = _skeleton(reading.instruction) if "{" in reading.instruction else []
    found = found or shown or _keyed(reading.instruction)
    found = found or _bulleted(reading.instruction, as_json=wants_json(reading))
    found = found or _listed(reading.instruction)
    return tuple({field.name: field for field in found[:MOST]}.values())


def _skeleton(text: str) -> list[Field]:
    """`{"name": string or null, …}`; what stands after a key, quoted or not, is its hint."""
    keys = list(_KEY.finditer(text))
    ends = [*(match.start() for match in keys[1:]), len(text)]
    hints = [text[m.end() : min(end, m.end() + 300)] for m, end in zip(keys, ends, strict=False)]
    return [
        Field(match.group(1), hint.partition("}")[0].strip(" ,\n\t"))
        for match, hint in zip(keys, hints, strict=True)
    ]


def _keyed(text: str) -> list[Field]:
    """`the full name (under the key name)`: fields told one after another in prose."""
    keys = [match for match in _UNDER.finditer(text) if match.group(1) not in _NO_KEYS][:MOST]
    if len(keys) < 2:
        return []
    between = zip([0, *(m.end() for m in keys)], [*(m.start() for m in keys), None], strict=True)
    told = [sentences(text[start:end][-1200:]) or [""] for start, end in between]
    return [  # a sentence leads up to its key; what stands between is said of the key before
        Field(match.group(1), " ".join([before[-1], *after[:-1]]))
        for match, before, after in zip(keys, told, told[1:], strict=False)
    ]


def _bulleted(text: str, *, as_json: bool) -> list[Field]:
    """A list of bullets under a head that extracts, or anywhere when each is explained."""
    runs: list[tuple[bool, list[Field]]] = [(False, [])]
    for line in text.splitlines():
        bullet = _BULLET.match(line)
        if bullet:
            name, hint = name_and_hint(bullet.group(1))
            runs[-1][1].append(Field(_clean(name), hint))
        else:
            runs.append((_is_head(line), []))
    for headed, found in runs:
        explained = as_json and all(f.hint and " " not in f.name for f in found)
        if found and (headed or explained) and all(len(f.name.split()) <= 4 for f in found):
            return found
    return []


def _is_head(line: str) -> bool:
    return line.rstrip().endswith(":") and bool(_EXTRACT.search(line.lower()))


def _listed(text: str) -> list[Field]:
    """`keys: a, b, c`, `with the fields a, b and c`, `extract the a, b and c from …`."""
    for pattern in (_BRACED, _NAMED, _COLON, _VERB):
        for match in pattern.finditer(text):
            found = _items(match.group(1))
            if found:
                return found
    return []


def _items(text: str) -> list[Field]:
    hints: list[str] = []

    def mark(match: re.Match[str]) -> str:
        hints.append(match.group(1))
        return f" {_MARK}{len(hints) - 1} "

    text = _PARENS.sub(mark, squeeze(text).replace(_MARK, " "))
    cut = _END.search(text)
    parts = [part.partition(_MARK) for part in _SPLIT.split(text[: cut.start()] if cut else text)]
    items = [Field(_clean(name), _hint(at, hints)) for name, _, at in parts]
    names = [item.name for item in items if item.name]
    good = all(
        len(n.split()) <= 3 and n.lower().replace(" ", "-") not in _NOT_FIELDS for n in names
    )
    if not good or not names:
        return []
    return [item for item in items if item.name]


def _hint(at: str, hints: list[str]) -> str:
    """The bracket that a mark's number stands for; more text may follow the number."""
    digits = at[: len(at) - len(at.lstrip("0123456789"))]
    return hints[int(digits)] if digits else ""


def _clean(name: str) -> str:
    name = name.strip(" .:*" + QUOTES)
    for lead in ("the ", "a ", "an ", "their ", "its ", "each ", "customer's "):
        name = name.removeprefix(lead)
    return name.strip(" .:" + QUOTES)
