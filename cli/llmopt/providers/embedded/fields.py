"""Which fields a prompt wants filled: a JSON skeleton, a list of names, worked examples."""

from __future__ import annotations

import re
from typing import NamedTuple

from llmopt.providers.embedded.labels import Label
from llmopt.providers.embedded.lexicon import bag
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.words import QUOTES, squeeze

MOST = 60
"""Fields taken from one prompt at most."""

_SKELETON = re.compile(r"[\"']([A-Za-z_][\w -]{0,40})[\"']\s{0,3}:\s{0,3}([^\n,}]{0,120})")
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
_BULLET = re.compile(r"\s{0,8}(?:[-*•]|[0-9]{1,2}[.)])\s{1,3}([^\n]{1,200})")
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
        """Whether the prompt shows a number for its value."""
        kinds = ("number", "int", "float", "decimal", "numeric")
        return self.kind.startswith(kinds) or self.hint[:1].isdecimal()

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
        text = self.hint.strip(" <>[]()" + QUOTES).lower()
        text = text.removeprefix("one of").strip(" :")
        items = [item.strip(" " + QUOTES) for item in re.split(r"[|/]| or ", text)]
        kinds = {"null", "string", "number", "none", "int", "integer", "float", "empty", "unknown"}
        items = [item for item in items if item and item not in kinds]
        short = all(len(item.split()) <= 3 for item in items)
        return tuple(Label(item) for item in items) if len(items) > 1 and short else ()


def wants_json(reading: Reading) -> bool:
    """Whether the reply must be a JSON object."""
    shown = bool(reading.examples) and all(x.answer.startswith("{") for x in reading.examples)
    return shown or bool(re.search(r"\bjson\b", reading.ask))


def find_fields(reading: Reading) -> tuple[Field, ...]:
    """The fields asked for; empty when the prompt asks for none."""
    shown = _skeleton("\n".join(x.answer for x in reading.examples if x.answer.startswith("{")))
    if not shown and not _ASKS.search(reading.ask):
        return ()
    found = _skeleton(reading.instruction) if "{" in reading.instruction else []
    found = found or shown or _bulleted(reading.instruction)
    found = found or _listed(reading.instruction)
    return tuple({field.name: field for field in found[:MOST]}.values())


def _skeleton(text: str) -> list[Field]:
    return [Field(m.group(1), m.group(2).strip()) for m in _SKELETON.finditer(text)]


def _bulleted(text: str) -> list[Field]:
    lines = text.splitlines()
    heads = [i for i, line in enumerate(lines) if _is_head(line)]
    if not heads:
        return []
    found = []
    for line in lines[heads[0] + 1 :]:
        bullet = _BULLET.match(line)
        if bullet is None:
            break
        name, _, hint = bullet.group(1).partition(":")
        name, _, note = name.partition(" (")
        found.append(Field(_clean(name), (hint or note).strip(" )")))
    return found if found and all(len(f.name.split()) <= 4 for f in found) else []


def _is_head(line: str) -> bool:
    return line.rstrip().endswith(":") and bool(_EXTRACT.search(line.lower()))


def _listed(text: str) -> list[Field]:
    """`keys: a, b, c`, `with the fields a, b and c`, `extract the a, b and c from …`."""
    for pattern in (_NAMED, _COLON, _VERB):
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
