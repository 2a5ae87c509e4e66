"""Phrases of prompt texts that tell a model nothing, and marks of structure and of examples."""

from __future__ import annotations

import re
from collections.abc import Iterator

NEEDLESS = re.compile(
    r"""(?ix)
    \b(?:please|kindly|thank\ you|thanks|i\ would\ like\ you\ to|i['’]d\ like\ you\ to
    |i\ want\ you\ to|(?:could|would|can)\ you(?:\ (?:please|kindly))?|feel\ free\ to
    |(?:it\ is\ )?very\ important|make\ sure\ to|be\ sure\ to|as\ an\ ai|in\ order\ to
    |keep\ in\ mind\ that|it\ is\ important\ that|note\ that)\b
    |[*=\-#~_]{4,}
    |[\U0001F300-\U0001FAFF\u2600-\u27BF]
    """
)
_PARTS = re.compile(
    r"(?m)^\s*(?:[A-Z][\w /-]{0,40}:|#{1,6}\s|[-*•]\s|\d{1,2}[.)]\s|<\/?[A-Za-z][\w-]*>|"
    r"\*\*[^*]+\*\*|\"\"\"|'''|```)|"
    r"<([A-Za-z][\w-]*)>[\s\S]*?</\1>"
)
_EXAMPLE_MARKS = re.compile(
    r"(?im)^\s*(?:(?:example|beispiel)\s*#?\d+\b|(?:input|q|question|user|text|"
    r"review)\s*:(?=[\s\S]{0,400}?^\s*(?:output|a|answer|assistant|label|sentiment)\s*:))"
)
_SIMPLE = re.compile(
    r"(?i)\b(?:classif|label\b|labels\b|categori[sz]e|extract|detect\b|yes or no|true or "
    r"false|(?:one|single) word\b|sentiment)"
)
_FORMATTED = re.compile(r"(?i)\b(?:json|yaml)\b")
_LENGTH = re.compile(
    r"""(?ix)
    \b(?:in|with|at\ most|up\ to|no\ more\ than|under|within|max(?:imum)?(?:\ of)?
      |fewer\ than|less\ than|exactly|about|around)\s+
      (?:one|two|three|four|five|six|ten|twenty|fifty|a\ single|a|\d+)[\s-]+
      (?:to\s+\d+\s+)?(?:short\s+|brief\s+)?
      (?:words?|sentences?|paragraphs?|lines?|bullets?|bullet\ points?|characters?|tokens?|items?)
    |\b(?:one|single|two|three|\d+)[\s-]+(?:short\s+)?(?:word|sentence|paragraph|line|bullet)s?\b
    |\b(?:only|just)\s+(?:the\s+)?(?:\w+\s+)?
      (?:label|word|number|name|category|answer|json|letter|sql|code|id)\b
    |\b(?:label|word|number|category|json|answer|code|sql)\s+only\b
    |\b(?:answer|reply|respond)\s+(?:with\s+)?(?:yes\ or\ no|true\ or\ false)\b
    |\bwords?\ or\ (?:less|fewer)\b
    """
)


def needless(text: str) -> list[str]:
    """Return the needless phrases of a text, repeated ones each time."""
    return [match[0] for match in NEEDLESS.finditer(text)]


def marks_parts(text: str) -> bool:
    """Tell whether a text marks its parts: two marks at least, or one pair of tags."""
    marks = list(_PARTS.finditer(text))
    return len(marks) > 1 or any(match[1] for match in marks)


def example_marks(text: str) -> int:
    """Count the marks by which a text begins its worked examples."""
    return len(_EXAMPLE_MARKS.findall(text))


def is_simple(text: str) -> bool:
    """Tell whether a text asks for a label, an extract, a yes or no."""
    return bool(_SIMPLE.search(text))


def asks_for_format(text: str) -> bool:
    """Tell whether a text asks for JSON or YAML."""
    return bool(_FORMATTED.search(text))


def states_length(text: str) -> bool:
    """Tell whether a text says how long the reply may be."""
    return bool(_LENGTH.search(text))


def excerpts(text: str) -> Iterator[str]:
    """Yield up to three needless phrases, each once, for a person to see."""
    yield from list(dict.fromkeys(phrase.lower() for phrase in needless(text)))[:3]
