"""The running amount of a word problem, and the steps that led to it."""

from __future__ import annotations

import re
from fractions import Fraction

from llmopt.providers.embedded.sums import show
from llmopt.providers.embedded.words import stem

_MONEY = re.compile(r"\$|\b(?:dollars?|cents?|euros?|pounds)\b")
COUNTED = re.compile(r"how many (?:are |were |is )?([a-z]{2,20})")
_PER_THING = re.compile(
    r"\b(?:each|per|every|in an?|into an?|an?(?= (?:hour|day|week|month))) ([a-z]{3,20})"
    r"|\b(?:a|one) ([a-z]{3,20}) (?:holds?|contains?|fits?)"
)


class Ledger:
    """The running amount, how it came about, and the question it is kept for."""

    def __init__(self, question: str = "", known: frozenset[str] = frozenset()) -> None:
        self.question = question
        self.known = known  # stems of the statements
        self.value: Fraction | None = None
        self.rate = False  # the amount is per something, of which a number may follow
        self.thing = ""  # what it is per: "box" in "a box holds 12"
        self.money: bool | None = None  # whether the amount is one of money
        self.pending: tuple[str, Fraction] | None = None  # "twice as old as Pat", Pat to come
        self.steps: list[str] = []

    def start(self, value: Fraction, *, rate: bool = False) -> bool:
        """Sets the amount; always true."""
        self.value, self.rate = value, rate
        return True

    def note_thing(self, clause: str) -> None:
        """Keeps what an amount is per."""
        match = _PER_THING.search(clause)
        self.thing = (match.group(1) or match.group(2)) if match else self.thing

    def like(self, clause: str) -> bool:
        """Whether the clause counts the same kind of thing: money with money only."""
        money = bool(_MONEY.search(clause))
        self.money = money if self.money is None else self.money
        return self.money == money

    def do(self, sign: str, by: Fraction, *, swap: bool = False) -> bool:
        """Applies one operation; false without an amount or for a division by zero."""
        if self.value is None:
            return False
        left, right = (by, self.value) if swap else (self.value, by)
        if sign == "/" and right == 0:
            return False
        result = {"+": left + right, "-": left - right, "*": left * right}.get(sign)
        result = left / right if result is None else result
        self.steps.append(f"{show(left)} {sign} {show(right)} = {show(result)}")
        self.value, self.rate = result, False
        return True

    def product(self, numbers: list[Fraction]) -> Fraction:
        """Multiplies the numbers, noting it."""
        result = Fraction(1)
        for number in numbers:
            result *= number
        self.steps.append(f"{' * '.join(map(show, numbers))} = {show(result)}")
        return result

    def sum(self, numbers: list[Fraction]) -> Fraction:
        """Adds the numbers, noting it when there are several."""
        result = sum(numbers, Fraction(0))
        if len(numbers) > 1:
            self.steps.append(f"{' + '.join(map(show, numbers))} = {show(result)}")
        return result

    def asks_for_things(self) -> bool:
        """Whether the question counts the things that the amount is per ("how many boxes")."""
        counted = COUNTED.search(self.question)
        return bool(counted and stem(counted.group(1)) == stem(self.thing))
