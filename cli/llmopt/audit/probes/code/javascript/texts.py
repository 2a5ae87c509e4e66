"""The texts of JavaScript and TypeScript and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmopt.audit.probes.code.javascript.masking import Source
from llmopt.audit.probes.code.module import Text

_ROLE = re.compile(r"\brole\s*:")
_PROMPT_NAME = re.compile(r"(?i)prompt|template|instruction|system")
_TEXT_KEYS = frozenset(
    [
        "system",
        "instructions",
        "prompt",
        "content",
        "systemInstruction",
        "systemPrompt",
        "input",
        "template",
        "text",
    ]
)


def texts_of(source: Source) -> Iterator[Text]:
    """Yield every text as a value, and as what a model is told where it stands as such."""
    code = source.code
    for literal in source.literals:
        line, column = source.place(literal.start)
        before = code[max(0, literal.start - 160) : literal.start]
        key = re.search(r"([\w$]+)\s*:\s*(?:[\w$.]+\s*\(\s*)?$", before)
        declared = re.search(r"(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*$", before)
        returned = re.search(r"(?:\breturn|=>)\s*\(?\s*$", before)
        built = re.search(r"(SystemMessage|HumanMessage|AIMessage|fromTemplate)\s*\(\s*$", before)
        if key and key[1] in _TEXT_KEYS:
            role, group = _role(source, literal.start)
            use = f"role:{role}" if role else f"key:{key[1]}"
            yield Text(literal.text, line, column, use, group)
        elif declared and _PROMPT_NAME.search(declared[1]):
            yield Text(literal.text, line, column, f"name:{declared[1]}")
        elif built:
            role = {
                "SystemMessage": "system",
                "HumanMessage": "user",
                "AIMessage": "assistant",
            }.get(built[1])
            yield Text(literal.text, line, column, f"role:{role}" if role else "template")
        elif returned:
            yield Text(literal.text, line, column, "returned:")
        yield Text(literal.text, line, column, "value")

    for match in _ROLE.finditer(code):
        role, group = _role(source, match.start())
        yield Text("", *source.place(match.start()), f"role:{role}", group)


def _role(source: Source, at: int) -> tuple[str | None, int | None]:
    """Return the role written in the object around `at`, and the list that it is in."""
    code, depth, opening = source.code, 0, -1
    for position in range(at - 1, max(-1, at - 4_000), -1):
        depth += {"}": 1, "]": 1, ")": 1, "{": -1, "[": -1, "(": -1}.get(code[position], 0)
        if depth == -1 and opening < 0:
            opening = position
            if code[position] != "{":
                return None, None
        elif depth == -2:
            group = position if code[position] == "[" else None
            break
    else:
        group = None
    if opening < 0:
        return None, None
    match = _ROLE.search(code, opening, source.closing(opening))
    literal = source.literal_at(match.end()) if match else None
    return (literal.text if literal else None), group
