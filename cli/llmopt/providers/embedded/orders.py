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
_REQUESTS = re.compile(
    r"\byou (?:could |would |can |please |to |should |must )?(?:write|wrote|draft|compose|classify"
    r"|sort|label|summari[sz]e|condense|extract|solve|judge|decide|assign)\b[^.\n]{0,40}"
    r"\b(?:text|summary|review|item|message|problem|category|description|letter|e-?mail"
    r"|invitation|announcement|post|note|slogan|tagline|story|news)\b"
    r"|\b(?:say|tell|decide|judge|state) (?:me |us )?whether\b"
    r"|please (?:reply|answer|respond|return|output|give)\b[^.\n]{0,40}"
    r"\b(?:json|only|word|label|category|sentence|null)\b"
)
_FORBIDS = re.compile(
    r"(?:do not|don't|never) (?:explain|add|include|use|mention|write|output|return|repeat|make up"
    r"|guess|invent|give|provide|say|put|wrap|exceed|assume|leave|answer|reply)\b"
)
_FORM = re.compile(
    r"(?:please,? )?(?:just|only|no|nothing but|one|a single|without)\b[^?]{0,80}"
    r"\b(?:word|words|label|category|name|number|heading|remarks?|explanations?|answer|comments?|working|unit|json"
    r"|sentence|preamble|reply|punctuation|introduction)\b"
)
_THANKS = re.compile(r"(?:many thanks|thank you|thanks)\b[^\n,]{0,100}[.!]$")
_ANNOUNCES = re.compile(
    r"\b(?:this|here|here's|following|follows|below|text|item|passage|context|letter|question)\b"
)
_ADDRESSES = re.compile(r"\b(?:i|my|me|you|your|please)\b")
_BY_NAME = re.compile(r"(?:and )?(?:this|here|here's|below|now|the following)\b")
_WISH = re.compile(
    r"(?:please )?(?:be sure to )?(?:avoid|include|mention|never|do not|don't)\b"
    r"|[^\n]{0,60}\b(?:must|should|to|is|are) be (?:included|contained|mentioned|avoided)\b"
)
_CHOICES = re.compile(r",|/|[|]| or | and ")
_OFFERS = re.compile(r" or |[|]|/")
_COUNTING = bag("example first second third fourth now the this here real actual next new worked"
                " sample my your our and")  # fmt: skip
_MADE_OF = bag("problem solution question answer working text label input output review reply")
_SKIPPED_FIRST = bag("please now then first finally carefully next also always kindly just and")


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
    if _REQUESTS.search(low):
        return True
    if tokens[0] in WEAK_IMPERATIVES:
        return bool(_META.search(low))
    if tokens[0] in {"if", "when", "unless"}:
        return bool(_REPLYING.search(low))
    question = low.partition("?")[0].rpartition(". ")[2] if "?" in low else ""
    return bool(_META.search(question)) or (len(low) < 200 and bool(SLASHES.search(low)))


def is_order(text: str) -> bool:
    """Whether a line begins with a verb that hardly opens anything but an order."""
    first = text[:60].lower().removeprefix("please ").partition(" ")[0]
    return first.strip(",:;.") in STRONG_IMPERATIVES


def is_form(text: str) -> bool:
    """Whether a short line only says what the reply should be like, or thanks for it."""
    low = text[:160].lower()
    asked, mark, _ = text.partition("?")
    chooses = bool(mark) and is_offer(asked, plainly=False)
    return len(text) < 120 and (chooses or bool(_FORM.match(low) or _THANKS.match(low)))


def is_announcement(head: str, *, inside: bool) -> bool:
    """Whether a head without a tail leads up to material.

    `inside` other material it must speak to the reader to do so.
    """
    low = head[-300:].lower()
    return bool(_ANNOUNCES.search(low)) and (not inside or bool(_ADDRESSES.search(low)))


def leads_up(head: str) -> bool:
    """Whether a head points ("this is the letter") rather than names ("letter")."""
    return bool(_BY_NAME.match(head[:40].lower()))


def is_offer(text: str, *, plainly: bool) -> bool:
    """Whether a text is no more than a few short choices; `plainly` commas are enough."""
    listed = PARENS.sub("", text[:400]).partition(". ")[0].rstrip(" .:?")
    parts = [part for part in _CHOICES.split(listed) if part.strip()]
    short = all(len(part.split()) <= 3 for part in parts)
    return len(parts) > 1 and short and (plainly or bool(_OFFERS.search(listed)))


def key(name: str) -> str:
    """A slot's name for comparison: lower case, no numbers, no brackets, words joined by `-`."""
    name = PARENS.sub(" ", name[:200]).lower()
    return "-".join("".join(c if c.isalpha() or c in "'&" else " " for c in name).split())


def is_directive(name: str) -> bool:
    """Whether a slot's name announces rules ("Labels", "Output format") rather than material."""
    return name in DIRECTIVES or name.rpartition("-")[2] in DIRECTIVES


def noun(name: str) -> str:
    """A slot's name without what only counts or points: "problem" in "Now the second problem"."""
    parts = key(name).split("-")
    while len(parts) > 1 and parts[0] in _COUNTING:
        parts = parts[1:]
    return "-".join(parts)


def names_material(name: str) -> bool:
    """Whether "Example problem" and the like name what the example is made of."""
    return noun(name) in _MADE_OF


def names_wish(head: str) -> bool:
    """Whether an order says what a text must hold or lack ("please avoid the following")."""
    return bool(_WISH.match(head[:100].lower()))


def is_example(name: str) -> bool:
    """Whether a slot's name announces worked examples."""
    return name.startswith(("example", "for-example", "here-are-some-example"))
