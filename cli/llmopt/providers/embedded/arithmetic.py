"""Arithmetic: written sums, and word problems worked by `word_problems`."""

from __future__ import annotations

import re

from llmopt.providers.embedded.reading import Reading
from llmopt.providers.embedded.sums import MOST, expression, plain, show
from llmopt.providers.embedded.wishes import Wishes
from llmopt.providers.embedded.word_problems import ASKS, NUMBER, solve
from llmopt.providers.embedded.words import sentences

_TOLD = ("passage", "context", "document", "documents", "article", "paragraph")
LONGEST = 4000
"""Characters; a longer text is no word problem."""

CANNOT = "I cannot work this out."

_MATH = re.compile(
    r"\b(?:math\w{0,8}|arithmetic|calculate|compute|solve|word problem|the problem|sum of)\b"
)


def attempt(reading: Reading, wishes: Wishes) -> str | None:
    """The worked answer; None when there is no problem to solve."""
    text = _problem(reading)
    if len(text) > LONGEST:
        return None
    low = plain(text)
    asked = ASKS.search(low) or _MATH.search(reading.ask)
    if not asked or not 2 <= len(NUMBER.findall(low)) <= MOST:
        return None
    written = expression(low)
    if written and len(NUMBER.findall(low)) <= len(NUMBER.findall(plain(written[0]))):
        steps, value = [f"{written[0]} = {show(written[1])}"], written[1]
    else:
        ledger = solve([plain(line) for line in sentences(text)])
        if ledger is None or ledger.value is None:
            return (wishes.unknown or CANNOT) if _is_math(reading) else None
        steps, value = ledger.steps, ledger.value
    return _said(steps, show(value, money="$" in text), reading, wishes)


def _problem(reading: Reading) -> str:
    if reading.slot(*_TOLD) and not _MATH.search(reading.ask):
        return ""
    named = reading.slot("problem", "word-problem", "question", "q", "exercise", "task")
    if named and len(reading.slots) > 1 and not _MATH.search(reading.ask):
        return ""  # a question about a given text
    return named or reading.material or reading.instruction


def _is_math(reading: Reading) -> bool:
    shown = any(x.answer.strip(" .$")[-1:].isdecimal() for x in reading.examples)
    return shown or reading.slot("problem") is not None or bool(_MATH.search(reading.ask))


def _said(steps: list[str], answer: str, reading: Reading, wishes: Wishes) -> str:
    if not wishes.steps:
        if wishes.form:
            return f"{wishes.form} {answer}"
        return answer if wishes.bare and not wishes.explain else f"The answer is {answer}."
    worked = [x.answer for x in reading.examples if len(x.answer.split()) > 2]
    on_one_line = bool(worked) and all("\n" not in answer for answer in worked)
    end = "." if wishes.form and wishes.form[-1].isalpha() else ""
    last = f"{wishes.form or 'Answer:'} {answer}{end}"
    return (". " if on_one_line else "\n").join([*steps, last])
