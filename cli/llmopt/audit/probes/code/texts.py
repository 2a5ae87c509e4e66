"""The texts that models are told, in code."""

from __future__ import annotations

import re

from llmopt.audit.probes.code.facts import PromptText
from llmopt.audit.probes.code.module import Module, Text
from llmopt.domain import Place

FEWEST_WORDS = 5
_LIBRARIES = re.compile(
    r"openai|anthropic|litellm|langchain|llama_index|dspy|google\.gen|mistral|cohere|groq|"
    r"ollama|^ai$"
)
_SLOT = re.compile(r"\$?\{\{?[^{}]*\}?\}")


def see_texts(module: Module, *, calling: bool) -> tuple[PromptText, ...]:
    """Return a file's prompt texts, each once.

    Without a call and without a library for models in the file, only a constant that
    is named a prompt or instruction is one: a template may be that of a web page.
    """
    telling = calling or any(_LIBRARIES.search(name) for name in module.modules)
    groups = _roles_by_group(module)
    found: dict[tuple[int, int], PromptText] = {}
    for text in module.texts:
        if text.use == "value" or not (telling or _is_named(text)):
            continue
        plain = _SLOT.sub(" ", text.text)
        if len(plain.split()) < FEWEST_WORDS:
            continue
        kind, _, role = text.use.partition(":")
        both = {"system", "user"} <= groups.get(text.group, set())
        found.setdefault(
            (text.line, text.column),
            PromptText(
                plain,
                Place(module.file, text.line, text.column),
                role if kind == "role" else None,
                separated=kind == "role" and both,
            ),
        )
    return _distinct(found.values())


def _distinct(texts: object) -> tuple[PromptText, ...]:
    """Leave out what is told twice: a constant and the message that holds it."""
    unique: dict[str, PromptText] = {}
    for text in texts:  # type: ignore[attr-defined]
        known = unique.get(text.text)
        if known is None or (text.separated and not known.separated):
            unique[text.text] = text
    return tuple(unique.values())


def _is_named(text: Text) -> bool:
    return text.use.startswith("name:") and bool(re.search(r"(?i)prompt|instruction", text.use))


def _roles_by_group(module: Module) -> dict[int | None, set[str]]:
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
