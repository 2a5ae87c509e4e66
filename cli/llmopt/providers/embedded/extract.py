"""Filling named fields from a text by the shape of values and the words around them.

A field that no rule finds is null. A value written `Field: value` in the text wins.
"""

from __future__ import annotations

import json
import re

from llmopt.providers.embedded import classify, spans
from llmopt.providers.embedded.fields import Field, find_fields, wants_json
from llmopt.providers.embedded.finders import DATES, FINDERS, NAMING, SHAPED, Finder, Value
from llmopt.providers.embedded.labels import Label, find_labels
from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.wishes import Wishes
from llmopt.providers.embedded.words import stem, words

_LINE = re.compile(r"[ \t>*-]{0,6}([^:\n]{1,40}?)[ *]{0,3}[:=][ \t*]{1,4}([^\n]{1,400})")


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """The fields' values; None when the prompt asks for no extraction."""
    fields = find_fields(reading)
    as_json = wants_json(reading)
    text = reading.material
    if not fields or not (as_json or _names_shapes(fields)):
        return None
    if not text and not as_json:
        return wishes.refusal
    filled = {field.name: fill(field, text, reading) for field in fields}
    if as_json:
        return json.dumps(filled, ensure_ascii=False)
    return _in_words(filled, wishes)


def fill(field: Field, text: str, reading: Reading) -> Value:
    """One field's value, None when the text does not give it."""
    options = field.options or _offered(field, reading)
    if options:
        kinds = {label.text.lower() for label in options}
        label = classify.choose(options, text, reading)[0] if text else None
        return label.lower() == "true" if label and kinds == {"true", "false"} else label
    parts = frozenset(map(stem, words(field.name)))
    if field.kind.startswith("bool") or words(field.name)[:1] in (["is"], ["has"]):
        return _is_so(parts, text)
    known = NAMING if "name" in words(field.name) else FINDERS
    finder = next((f for f in known if parts & f.stems), None)
    found = _look(field, parts, text, finder)
    if isinstance(found, str) and finder is DATES and _wants_iso(reading, field):
        return spans.iso_date(found)
    return found


def _look(field: Field, parts: frozenset[str], text: str, finder: Finder | None) -> Value:
    """The value as the text writes it out, else as the finder sees it."""
    written = _written(parts, text)
    if written is not None:
        return _shaped(written, field, finder)
    found = finder.find(text, field) if finder else None
    return _as_list(found) if field.many else found


def _names_shapes(fields: tuple[Field, ...]) -> bool:
    """Whether some rule knows some field; a prose prompt may use "find" for anything."""
    return any(frozenset(map(stem, words(x.name))) & f.stems for x in fields for f in FINDERS)


def _offered(field: Field, reading: Reading) -> tuple[Label, ...]:
    """The labels of the prompt, for a field that names a judgement."""
    judged = {"sentiment", "category", "topic", "intent", "priority", "label", "emotion", "urgency"}
    if not judged & set(words(field.name)):
        return ()
    usual = {
        "sentiment": ("positive", "negative", "neutral"),
        "priority": ("high", "medium", "low"),
    }
    names = next((usual[word] for word in words(field.name) if word in usual), ())
    return find_labels(reading) or tuple(Label(name) for name in names)


def _wants_iso(reading: Reading, field: Field) -> bool:
    shown = spans.iso_date(field.kind) == field.kind != ""
    asked = f"{reading.ask} {field.kind}"
    return shown or "yyyy-mm-dd" in asked or "iso 8601" in asked or "iso date" in asked


def _is_so(parts: frozenset[str], text: str) -> bool:
    asked = parts - {"is", "has"}
    return bool(asked & frozenset(map(stem, words(text))))


def _as_list(found: Value) -> list[str]:
    if isinstance(found, list):
        return found
    if found is None:
        return []
    return [part.strip() for part in re.split(r",| and ", str(found)) if part.strip()]


def _written(parts: frozenset[str], text: str) -> str | None:
    """The value of the line `Field: value` whose head shares most with the field's name."""
    best, most = None, 0.0
    for line in text.splitlines():
        match = _LINE.match(line)
        head = frozenset(map(stem, words(match.group(1)))) if match else frozenset()
        if match is None or not head:
            continue
        share = len(head & parts) / len(head | parts)
        if share > most and share >= 0.5:
            best, most = match.group(2).strip(" *"), share
    return best


def _shaped(written: str, field: Field, finder: Finder | None) -> Value:
    """A written value cut to the field's shape ("$45.00 (paid)" → 45.0 for an amount)."""
    if field.many:
        return _as_list(written)
    if finder in SHAPED and finder is not None:
        found = finder.find(written, field)
        return written if found is None else found
    return spans.value(written) if field.numeric else written


def _in_words(filled: dict[str, Value], wishes: Wishes) -> str:
    filled = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in filled.items()
    }
    if len(filled) == 1:
        name, value = next(iter(filled.items()))
        if value is None:
            return wishes.refusal
        form = f"{wishes.form} " if wishes.form else ""
        return f"{form}{value}" if wishes.bare or form else f"The {name} is {value}."
    unknown = wishes.unknown or "not given"
    return "\n".join(
        f"{name[:1].upper()}{name[1:]}: {unknown if value is None else value}"
        for name, value in filled.items()
    )
