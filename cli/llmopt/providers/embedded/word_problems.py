"""Word problems by pattern, one clause after another.

A running amount is started, added to, taken from, shared, multiplied. Every
number of the text must be used by some rule; where one is not, the problem
counts as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from llmopt.providers.embedded.ledger import COUNTED, Ledger
from llmopt.providers.embedded.sums import show
from llmopt.providers.embedded.words import stem, words

ASKS = re.compile(
    r"\b(?:how (?:many|much|far|long|old|tall|fast)|what (?:is|was|are|will)|calculate|compute"
    r"|find|work out|average|solve)\b"
)
NUMBER = re.compile(
    r"(?<![\w.])\$?([0-9]{1,12}(?:\.[0-9]{1,6})?)(⁄[0-9]{1,2})?( ?%| percent)?(?![\w])"
)
_GAIN = re.compile(
    r"\b(?:buys?|bought|gets?|got|receives?|received|finds?|found|picks?|picked|adds?|added|earns?"
    r"|earned|collects?|collected|joins?|joined|arrives?|arrived|come|came|bakes?|baked|makes?"
    r"|made|gains?|gained|wins?|won|saves?|saved|enters?|board|boarded|gets? on|plants?|planted"
    r"|deliver(?:s|ed)?|more)\b"
)
_GIVEN = re.compile(r"\b(?:gives?|gave) (?:him|her|them|me)\b")
_LOSS = re.compile(
    r"\b(?:sells?|sold|gives?|gave|loses?|lost|eats?|ate|uses?|used|spends?|spent|donates?|donated"
    r"|throws?|threw|breaks?|broke|removes?|removed|leaves?|left|takes? (?:out|away)|took|pays?"
    r"|paid|drops?|dropped|drinks?|drank|gets? off|got off|lends?|lent|pops?|popped|returns?"
    r"|returned|die|died|fly away|flew away|withdraws?|withdrew|reads?|melted|cut)\b"
)
_START = re.compile(
    r"\b(?:has|have|had|starts?|started|there (?:are|were|is|was)|begins?|began|contains?|contained"
    r"|holds?|owns?|is|are|was|were|costs?|weighs?|drives?|travels?|works?|with|runs?|walks?)\b"
)
_EACH = re.compile(r"\b(?:each|per|every|apiece|a piece|an hour|a day|a week|a month|at \$)|/hour")
_RATED = re.compile(
    r"^(?:if )?(?:an?|one|each|every) (?:\w{1,20} ){1,3}(?:costs?|holds?|contains?|weighs?|makes?"
    r"|earns?|drives?|travels?|reads?|types?|produces?|prints?|fits?|takes?|uses?|sells? for)\b"
)
_OFF = re.compile(
    r"\b(?:off|discount\w{0,2}|reduc\w{1,6}|decreas\w{1,4}|drop\w{0,4}|fell|falls?|cheaper|less"
    r"|lower\w{0,3})\b"
)
_GROW = re.compile(
    r"\b(?:increas\w{1,4}|ris\w{1,3}|rose|grew|grow\w{0,2}|rais\w{1,3}|more|tax|tip|interest"
    r"|markup)\b"
)
_SPLIT = re.compile(
    r"\b(?:split\w{0,4}|shar\w{1,3}|divid\w{1,3}|distribut\w{1,3}|equally|evenly)\b"
    r"|\binto (?:[0-9]{1,6} (?:equal|pieces|parts|groups|teams|rows)|[a-z]{3,20} of [0-9])"
)
_TOTAL = re.compile(r"\b(?:total|altogether|in all|together|combined|both|sum)\b")
_LEFT = re.compile(r"\b(?:left|remain\w{0,3}|rest|not|aren't|isn't|others?|still)\b")
_DIFFERS = re.compile(
    r"\bhow (?:many|much) (?:more|fewer|less|older|taller|longer)\b|\bdifference\b"
)
_CHANGE = re.compile(r"\bchange\b|\bget back\b")
_TENDERS = re.compile(r"\bwith an?\b|\bgives the\b|\bhands\b")
_THAN = re.compile(r"\b(?:more|fewer|less|older|younger|longer|shorter|taller)\b.{0,40}\bthan\b")
_TIMES = re.compile(r"\b[0-9]{1,3} times (?!a\b|per\b|each\b)")
_UNDER = re.compile(r"\b(?:fewer|less|younger|shorter)\b")
_BUYS = re.compile(r"\b(?:buys?|bought|purchas\w{1,3}|orders?|ordered)\b")
_PART_IS = re.compile(
    r"(?:and )?[0-9]{1,9} (?:of (?:them|these) |[a-z]{2,20} )?(?:are|were) ([a-z]{2,20})"
)
_COSTS = re.compile(r"\b(?:costs?|for|is|are|sells?|sold)\b")
_JOINT = re.compile(r",? (?:and then|and|then|but|so) |, |; ")
_ITEMS = re.compile(r",? and |, |plus ")
_SPAN = re.compile(r"\b(?:for|in) [0-9.]{1,9} (?:hour|day|week|minute|month|year)")
_UNITS = (
    ("second", "minute", 60),
    ("minute", "hour", 60),
    ("hour", "day", 24),
    ("day", "week", 7),
    ("week", "year", 52),
    ("month", "year", 12),
)


class _Clause(NamedTuple):
    text: str
    amounts: list[Fraction]
    shares: list[Fraction]  # 25% as 1/4, `1⁄2`


def solve(lines: list[str]) -> Ledger | None:
    """Works through plain sentences (see `sums.plain`); None where a number finds no rule."""
    question = next((line for line in reversed(lines) if ASKS.search(line)), "")
    told = [line for line in lines if line != question]
    ledger = Ledger(question, frozenset(stem(part) for line in told for part in words(line)))
    if re.search(r"\b(?:average|mean)\b", question):
        return _average(told, ledger)
    conditions, asked = _parts_of_question(question)
    clauses = [clause for line in told for clause in _clauses(line)] + conditions
    if not all(_apply(_read(clause), ledger) for clause in clauses):
        return None
    if not _ask(_read(asked), ledger):
        return None
    return ledger if ledger.steps and ledger.value is not None else None


def _average(told: list[str], ledger: Ledger) -> Ledger | None:
    given = [number for line in told for number in _read(line).amounts]
    numbers = given or _read(ledger.question).amounts
    if len(numbers) < 2:
        return None
    ledger.start(ledger.sum(numbers))
    return ledger if ledger.do("/", Fraction(len(numbers))) else None


def _clauses(line: str) -> list[str]:
    """The sentence cut where a new verb begins."""
    joints = [0, *(match.end() for match in _JOINT.finditer(line)), len(line)]
    found: list[str] = []
    for start, end in pairwise(joints):
        part = line[start:end]
        if found and not _acts(part, found[-1]):
            found[-1] += part
        else:
            found.append(part)
    return found


def _acts(part: str, before: str) -> bool:
    """Whether a part stands as a clause of its own rather than going on with a list."""
    if _TIMES.search(part) or _THAN.search(part) or _LOSS.search(part):
        return True
    if NUMBER.match(part) and not part.startswith("$") and not _EACH.search(before):
        return bool(_GAIN.search(part))
    return any(cue.search(part) for cue in (_GAIN, _START, _SPLIT))


def _parts_of_question(question: str) -> tuple[list[str], str]:
    """The conditions before the asking words ("if he sells 3, how many…") and the rest."""
    match = ASKS.search(question)
    if match is None:
        return [], question
    before = question[: match.start()]
    asked, found, after = question[match.start() :].partition(" if ")
    return _clauses(before) + (_clauses(after) if found else []), asked


def _read(text: str) -> _Clause:
    clause = _Clause(text, [], [])
    for number, divisor, percent in NUMBER.findall(text):
        if divisor and int(divisor[1:]):
            clause.shares.append(Fraction(number) / int(divisor[1:]))
        elif percent:
            clause.shares.append(Fraction(number) / 100)
        else:
            clause.amounts.append(Fraction(number))
    return clause


def _apply(clause: _Clause, ledger: Ledger) -> bool:
    """Takes one clause into the ledger; false when it holds a number that fits no rule."""
    if not clause.amounts and not clause.shares:
        return True
    tried = (rule(clause, ledger) for rule in _RULES)
    return next((done for done in tried if done is not None), False)


# --- Rules, in the order they are tried: true = taken in, false = not understood, None = not mine.


def _share(clause: _Clause, ledger: Ledger) -> bool | None:
    """`25% of the 80`, `sells half`, `20% off`."""
    if not clause.shares:
        return None
    given = [*clause.amounts, *([] if ledger.value is None else [ledger.value])]
    if len(clause.shares) > 1 or len(given) != 1:
        return False  # a share of one thing only
    base, part = given[0], given[0] * clause.shares[0]
    ledger.start(base)
    ledger.steps.append(f"{show(clause.shares[0] * 100)}% of {show(base)} = {show(part)}")
    if _GROW.search(clause.text):
        return ledger.do("+", part)
    if _OFF.search(clause.text) or _LOSS.search(clause.text) or _asks_for_rest(clause, ledger):
        return ledger.do("-", part)
    return ledger.start(part)


def _asks_for_rest(clause: _Clause, ledger: Ledger) -> bool:
    """Whether the question is about what the share leaves: "how many are not", or new things."""
    if _LEFT.search(ledger.question) and not _LEFT.search(clause.text):
        return True
    counted = COUNTED.search(ledger.question)
    return counted is not None and stem(counted.group(1)) not in ledger.known


def _tender(clause: _Clause, ledger: Ledger) -> bool | None:
    """`pays with a $20 bill`, where the change is asked for."""
    if not (_CHANGE.search(ledger.question) and _TENDERS.search(clause.text)):
        return None
    if ledger.value is None and len(clause.amounts) == 2:
        ledger.start(clause.amounts.pop(0))  # "pays for a $13 book with a $20 bill"
    return len(clause.amounts) == 1 and ledger.do("-", clause.amounts[0], swap=True)


def _compare(clause: _Clause, ledger: Ledger) -> bool | None:
    """`3 times as many`, `5 more than`: a second amount beside the first."""
    times, than = _TIMES.search(clause.text), _THAN.search(clause.text)
    if len(clause.amounts) != 1 or not (times or than):
        return None
    sign = "*" if times else "-" if _UNDER.search(clause.text) else "+"
    if ledger.value is None:
        ledger.pending = (sign, clause.amounts[0])
        return True
    return _compared(ledger, sign, clause.amounts[0])


def _compared(ledger: Ledger, sign: str, number: Fraction) -> bool:
    first = ledger.value or Fraction(0)
    done = ledger.do(sign, number)
    return ledger.do("+", first, swap=True) if _TOTAL.search(ledger.question) else done


def _split(clause: _Clause, ledger: Ledger) -> bool | None:
    """`shared equally among 6`."""
    if not _SPLIT.search(clause.text):
        return None
    if ledger.value is None and len(clause.amounts) == 2:
        whole = max(clause.amounts)  # "6 friends split $90" as well as "$90 among 6 friends"
        clause.amounts.remove(whole)
        ledger.start(whole)
    return len(clause.amounts) == 1 and ledger.do("/", clause.amounts[0])


def _each(clause: _Clause, ledger: Ledger) -> bool | None:
    """`each box holds 12`, `$15 per hour`, then how many of them."""
    if not _EACH.search(clause.text):
        return None
    ledger.note_thing(clause.text)
    if len(clause.amounts) > 1:
        return _product(clause, ledger)
    if ledger.value is None:
        return ledger.start(clause.amounts[0], rate=True)
    return ledger.do("/" if ledger.asks_for_things() else "*", clause.amounts[0])


def _product(clause: _Clause, ledger: Ledger) -> bool:
    """`3 pens at $2 each and 2 pads at $5 each`, `60 km per hour for 3 hours`."""
    if ledger.rate:
        return ledger.do("*", ledger.product(clause.amounts))
    groups = [group for part in _ITEMS.split(clause.text) if (group := _read(part).amounts)]
    if len(groups[0]) == 1:
        groups = [clause.amounts]
    worth = ledger.sum([ledger.product(g) if len(g) > 1 else g[0] for g in groups])
    if ledger.value is None:
        return ledger.start(worth)
    spends = _LOSS.search(clause.text) or (ledger.money and _BUYS.search(clause.text))
    return ledger.do("-" if spends else "+", worth)


def _start(clause: _Clause, ledger: Ledger) -> bool | None:
    """The first amount: `has 15 cows and 22 sheep`, `a box holds 12`, `5 pens cost $10`."""
    if ledger.value is not None:
        return None
    ledger.like(clause.text)
    ledger.note_thing(clause.text)
    several = len(clause.amounts) > 1
    if several and clause.text.count("$") not in {0, len(clause.amounts)}:
        return _price(clause, ledger)
    rate = not several and bool(_RATED.match(clause.text))
    ledger.start(ledger.sum(clause.amounts), rate=rate)
    return _compared(ledger, *ledger.pending) if ledger.pending else True


def _price(clause: _Clause, ledger: Ledger) -> bool:
    """`5 pens cost $10`: the price of one."""
    priced = re.search(r"\$([0-9]{1,12}(?:\.[0-9]{1,6})?)", clause.text)
    if priced is None or len(clause.amounts) != 2 or not _COSTS.search(clause.text):
        return False
    price = Fraction(priced.group(1))
    count = next((number for number in clause.amounts if number != price), price)
    ledger.start(price)
    done = ledger.do("/", count)
    ledger.rate = done
    return done


def _change(clause: _Clause, ledger: Ledger) -> bool | None:
    """`gives 6 away`, `buys 8 more`, `works 3 hours`, a second amount to add or compare."""
    total = sum(clause.amounts, Fraction(0))
    single = len(clause.amounts) == 1
    if ledger.rate and single and _SPAN.search(clause.text):
        return ledger.do("*", total)
    loses = _LOSS.search(clause.text) and not _GIVEN.search(clause.text)
    if loses or (ledger.money and _BUYS.search(clause.text)) or _is_other_part(clause, ledger):
        return ledger.like(clause.text) and ledger.do("-", total)
    if ledger.rate and single and " more" not in clause.text:
        return ledger.do("*", total)
    gains = _GAIN.search(clause.text) or _GIVEN.search(clause.text)
    if gains or _TOTAL.search(ledger.question):
        return ledger.like(clause.text) and ledger.do("+", total)
    if _DIFFERS.search(ledger.question) and single and ledger.value is not None:
        return ledger.do("-", total, swap=total > ledger.value)
    return None


def _is_other_part(clause: _Clause, ledger: Ledger) -> bool:
    """`47 seats are empty`, where the question is about those that are not."""
    match = _PART_IS.match(clause.text)
    return match is not None and stem(match.group(1)) not in map(stem, words(ledger.question))


_RULES: tuple[Callable[[_Clause, Ledger], bool | None], ...] = (
    _share, _tender, _compare, _split, _each, _start, _change,
)  # fmt: skip


def _ask(asked: _Clause, ledger: Ledger) -> bool:
    """The numbers of the question itself: "in 3 hours", "to reach 50", "for 48 eggs"."""
    if not asked.amounts and not asked.shares:
        return True
    if asked.shares or len(asked.amounts) != 1:
        return False
    number = asked.amounts[0]
    if _CHANGE.search(asked.text) or _DIFFERS.search(asked.text):
        return ledger.do("-", number, swap=True)
    if not ledger.rate:
        return False
    if ledger.asks_for_things():
        return ledger.do("/", number, swap=True)
    return ledger.do("*", number * _in_units(ledger.thing, asked.text))


def _in_units(thing: str, text: str) -> int:
    """How many of the rate's units of time the text's unit holds: 7 for a day and "weeks"."""
    return next((n for unit, longer, n in _UNITS if thing == unit and longer in text), 1)
