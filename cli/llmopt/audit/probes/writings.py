"""Markdown and text files of the project, and what they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmopt.audit.probes.tree import Tree
from llmopt.domain import Evidence, Place

FEWEST_WORDS = 50
NEAR = 300
"""Characters between two things that are spoken of together."""
_ENDINGS = (".md", ".mdx", ".rst", ".txt")
_NOT = re.compile(
    r"(?i)(?:^|/)(?:requirements[\w.-]*|robots|licen[cs]e[\w.-]*|readme[\w.-]*|"
    r"changelog[\w.-]*|security|code_of_conduct|notice)\.\w+$|/requirements/"
)
_RULES = re.compile(
    r"(?i)(?:^|/)(?:contributing|agents|claude|pull_request_template)\.\w+$|/pull_request_template/"
)
_SUBJECT = re.compile(
    r"(?i)\bprompts?\b|\bLLMs?\b|\bGPT|\b(?:Claude|Sonnet|Haiku|Gemini|Mistral|Llama)\b|"
    r"\blanguage models?\b|"
    r"\bmodels?\b(?=[\s\S]{0,150}\btokens?\b)|\b(?:small|large|mini|haiku)\w*\b[^.]{0,20}\bmodels?\b"
)
_NAMED = re.compile(r"(?i)(?:^|/)(?:prompts|llms?|language[-_]models?)\.(?:mdx?|rst)$")
"""A page named for its subject; `prompt.md` is rather a prompt, `llms.txt` an index."""
_MODEL = re.compile(r"(?i)\bmodels?\b")
_COST = re.compile(r"(?i)\btokens?\b|\bcosts?\b|\blatency\b|\bspend")
_MONEY = re.compile(r"[$€£]\s?\d|\d\s?(?:USD|EUR|dollars|euros)")
_HOSTING = re.compile(r"(?i)on-?prem|self-?host|own hardware|total cost of ownership|\bTCO\b")
_SPENDING = r"\b(?:tokens?|costs?|spend(?:ing)?|bills?)\b"
_LESS = r"\b(?:fell|dropped|down|cut|reduced|lowered)\b"
_BY = r"\b(?:by|from)\b"
_WORDS = r"(?:[^.]|\.\d){0,60}"
_SAVING = re.compile(
    rf"(?i)\bsaved\b|\bsavings?\b|{_SPENDING}{_WORDS}{_LESS}{_WORDS}{_BY}|"
    rf"{_LESS}{_WORDS}{_SPENDING}{_WORDS}{_BY}"
)
_SHARE = re.compile(r"\d\s?%")
_SPENT = re.compile(r"(?i)\btokens?\b|\bcosts?\b|\bspend(?:ing)?\b|\bbills?\b|\binvoices?\b")
_NOT_YET = re.compile(
    r"(?i)\b(?:could|would|can|(?-i:may)|might|should|will|shall|up to|expect\w*|estimat\w*|"
    r"potential\w*|possible|target|goals?|todo|claim\w*|plan(?:s|ned)?|aim\w*|if|"
    r"no savings?|nothing|hope\w*|(?:not|never)(?: yet)? saved?)\b"
)
"""What was not saved, or not yet, or is somebody else's word; May is a month."""
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n(?=\s*[-*#]\s)")
OWN_REPORT = "Cost checklist:"
OWN_REPORT_WITHIN = 200
"""An audit saved in the project speaks of every subject, and is evidence of none."""


@dataclass(frozen=True, slots=True)
class Writings:
    """Files that speak of the subject: as knowledge, as rules, of hosting costs, of savings."""

    knowledge: tuple[Evidence, ...] = ()
    rules: tuple[Evidence, ...] = ()
    hosting: tuple[Evidence, ...] = ()
    savings: tuple[Evidence, ...] = ()


def read_writings(tree: Tree) -> Writings:
    """Look through the texts of a project."""
    found: dict[str, list[Evidence]] = {"knowledge": [], "rules": [], "hosting": [], "savings": []}
    for file in tree.ending(*_ENDINGS):
        if _NOT.search(file) or _is_prompt(file):
            continue
        text = tree.text(file) or ""
        if OWN_REPORT in text[:OWN_REPORT_WITHIN]:
            continue
        hosting = _near(_HOSTING, _MONEY, text)
        speaks = _near(_SUBJECT, _COST, text, NEAR if file.endswith(".txt") else 2 * NEAR)
        speaks = speaks or (hosting and _near(_MODEL, _COST, text, 2 * NEAR))
        speaks = speaks or bool(_NAMED.search(file) and _COST.search(text))
        if _RULES.search(file):
            if speaks:
                found["rules"].append(_at(file, text, _COST, "speaks of models and their cost"))
            continue
        if speaks and len(text.split()) >= FEWEST_WORDS:
            found["knowledge"].append(_at(file, text, _COST, "speaks of models and their cost"))
        if hosting:
            found["hosting"].append(_at(file, text, _HOSTING, "compares hosting costs"))
        line = _saved(text)
        if line:
            found["savings"].append(Evidence("records savings", Place(file, line, 1)))
    return Writings(**{name: tuple(items) for name, items in found.items()})


def _is_prompt(file: str) -> bool:
    """Tell a prompt kept in a text file from writing about prompts."""
    return file.endswith(".txt") and bool(
        re.search(r"(?i)(?:^|/)(?:prompts?|templates?|data|samples?)/", file)
    )


def _near(one: re.Pattern[str], other: re.Pattern[str], text: str, near: int = NEAR) -> bool:
    """Tell whether two things are spoken of together, not somewhere in a long text."""
    return any(
        other.search(text[max(0, match.start() - near) : match.end() + near])
        for match in one.finditer(text)
    )


def _saved(text: str) -> int | None:
    """Return the line of a sentence, or a table, that says how much was saved of what models cost.

    An amount of money, or a share of tokens or cost; near it something is said of models.
    """
    start = 0
    for end in [*(match.start() for match in _SENTENCES.finditer(text)), len(text)]:
        said, near = text[start:end], text[max(0, start - NEAR) : end + NEAR]
        amount = _MONEY.search(said) or (_SHARE.search(said) and _SPENT.search(said))
        saving = _SAVING.search(said)
        if saving and amount and not _NOT_YET.search(said) and _SUBJECT.search(near):
            return text.count("\n", 0, start + saving.start()) + 1
        start = end
    return None


def _at(file: str, text: str, pattern: re.Pattern[str], fact: str) -> Evidence:
    match = pattern.search(text)
    line = text.count("\n", 0, match.start()) + 1 if match else 1
    return Evidence(fact, Place(file, line, 1))
