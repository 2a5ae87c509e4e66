"""Telling an order to the model from material, and the names under which material stands."""

from __future__ import annotations

import re

from llmopt.providers.embedded.lexicon import (
    DIRECTIVES,
    OPENERS,
    STRONG_IMPERATIVES,
    WEAK_IMPERATIVES,
    bag,
)

PARENS = re.compile(r"\([^()]{0,300}\)")
SLASHES = re.compile(r"\b[a-z][\w-]{1,20}\s?[/|]\s?[a-z][\w-]{1,20}\b")

_META = re.compile(
    r"\b(?:text|review|answer|label|json|word|words|sentence|following|step|steps|format|output"
    r"|message|e-?mail|question|passage|context|category|sentiment|explanation|reply|response"
    r"|number|result|below|above|line|list|one of|topic|intent|summary|document|article|concise"
    r"|brief|short|helpful|assistant|punctuation|quotes|examples?|names?|facts?)\b"
)
_REPLYING = re.compile(
    r"\b(?:answer|reply|respond|say|return|output|write|use|label|choose|null|classify|leave)\b"
)
_FORBIDS = re.compile(
    r"(?:do not|don't|never) (?:explain|add|include|use|mention|write|output|return|repeat|make up"
    r"|guess|invent|give|provide|say|put|wrap|exceed|assume|leave|answer|reply)\b"
)
_SKIPPED_FIRST = bag("please now then first finally carefully next also always")


def is_instruction(text: str) -> bool:
    """Whether a line reads as an order to the model rather than as material."""
    low = text[:400].lower().replace("’", "'").lstrip(" -*#>•0123456789.)(")
    tokens = [part.strip(",:;.") for part in low.split(None, 3)]
    while tokens and tokens[0] in _SKIPPED_FIRST:
        tokens = tokens[1:]
    if not tokens:
        return False
    if tokens[0] in STRONG_IMPERATIVES or low.startswith(OPENERS) or _FORBIDS.match(low):
        return True
    if tokens[0] in WEAK_IMPERATIVES:
        return bool(_META.search(low))
    if tokens[0] in {"if", "when", "unless"}:
        return bool(_REPLYING.search(low))
    question = low.partition("?")[0].rpartition(". ")[2] if "?" in low else ""
    return bool(_META.search(question)) or (len(low) < 200 and bool(SLASHES.search(low)))


def is_order(text: str) -> bool:
    """Whether a line begins with a verb that hardly opens anything but an order."""
    return text[:60].lower().partition(" ")[0].strip(",:;.") in STRONG_IMPERATIVES


def key(name: str) -> str:
    """A slot's name for comparison: lower case, no numbers, no brackets, words joined by `-`."""
    name = PARENS.sub(" ", name[:200]).lower()
    return "-".join("".join(c if c.isalpha() or c in "'&" else " " for c in name).split())


def is_directive(name: str) -> bool:
    """Whether a slot's name announces rules ("Labels", "Output format") rather than material."""
    return name in DIRECTIVES or name.rpartition("-")[2] in DIRECTIVES


def is_example(name: str) -> bool:
    """Whether a slot's name announces worked examples."""
    return name.startswith(("example", "for-example", "here-are-some-example"))
