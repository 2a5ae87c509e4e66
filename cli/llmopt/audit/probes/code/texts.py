"""The texts that models are told, in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from llmopt.audit.probes.code.facts import PromptText
from llmopt.audit.probes.code.module import Module, Text
from llmopt.domain import Place

FEWEST_WORDS = 5
_LIBRARIES = re.compile(
    r"openai|anthropic|litellm|langchain|llama_index|dspy|google\.gen|mistral|cohere|groq|"
    r"ollama|^ai$"
)
_SLOT = re.compile(r"\$?\{\{?[^{}]*\}?\}")


def plain(text: str) -> str:
    """Return a text without its slots."""
    return _SLOT.sub(" ", text)


def see_texts(
    module: Module, *, calling: bool, told: Iterable[PromptText], elsewhere: Mapping[str, Place]
) -> tuple[PromptText, ...]:
    """Return a file's prompt texts, each once; `told` are those that its calls send by name.

    Without a call and without a library for models in the file, only a constant that
    is named a prompt or instruction is one: a template may be that of a web page.
    """
    own = {plain(text.text) for text in module.texts if text.use == "value"}
    telling = calling or any(_LIBRARIES.search(name) for name in module.modules)
    groups = roles_by_group(module)
    found: dict[tuple[int, int], PromptText] = {}
    for text in module.texts:
        if text.use in {"value", "returned:"} or not (telling or _is_named(text)):
            continue
        said = plain(text.text)
        if len(said.split()) < FEWEST_WORDS:
            continue
        kind, _, role = text.use.partition(":")
        both = {"system", "user"} <= groups.get(text.group, set())
        found.setdefault(
            (text.line, text.column),
            PromptText(
                said,
                Place(module.file, text.line, text.column)
                if said in own
                else elsewhere.get(said, Place(module.file, text.line, text.column)),
                role if kind == "role" else None,
                separated=kind == "role" and both,
            ),
        )
    named = (text for text in told if len(text.text.split()) >= FEWEST_WORDS)
    return _distinct([*found.values(), *named])


def _distinct(texts: Iterable[PromptText]) -> tuple[PromptText, ...]:
    """Leave out what is told twice: a constant and the message that holds it."""
    unique: dict[str, PromptText] = {}
    for text in texts:
        known = unique.setdefault(text.text, text)
        if text.separated and not known.separated:
            unique[text.text] = replace(known, separated=True)
    return tuple(unique.values())


def _is_named(text: Text) -> bool:
    return text.use.startswith("name:") and bool(re.search(r"(?i)prompt|instruction", text.use))


def roles_by_group(module: Module) -> dict[int | None, set[str]]:
    """Return whose messages stand in each list of messages."""
    groups: dict[int | None, set[str]] = {}
    for text in module.texts:
        if text.use.startswith("role:") and text.group is not None:
            groups.setdefault(text.group, set()).add(text.use.removeprefix("role:"))
    return groups


def worked_examples(module: Module) -> tuple[Place, ...]:
    """Return the lists of messages that hold two replies or more, written in advance."""
    groups: dict[int, list[Text]] = {}
    for text in module.texts:
        if text.use == "role:assistant" and text.group is not None and text.text.strip():
            groups.setdefault(text.group, []).append(text)
    return tuple(
        Place(module.file, texts[0].line, texts[0].column)
        for texts in groups.values()
        if len({(text.line, text.column) for text in texts}) > 1
    )
