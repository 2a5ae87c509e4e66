"""Numbers in prose made plain, and written expressions computed exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from llmopt.providers.embedded.lexicon import NUMBER_WORDS

MOST = 40
"""Numbers in one problem at most; a text with more is no word problem."""

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SPELLED = "|".join(
    sorted((w for w in NUMBER_WORDS if w not in {"zero", "one"}), key=len, reverse=True)
)
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_WORD = re.compile(
    rf"\b(?:({_TENS})[- ]({_ONES})|({_SPELLED}))\b(?: (hundred|thousand|million)\b)?"
    rf"|\b([0-9]{{1,9}}(?:\.[0-9]{{1,6}})?|a|one) (hundred|thousand|million)\b"
)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_PARTS = {
    "half": "1/2", "halves": "1/2", "third": "1/3", "thirds": "1/3", "quarter": "1/4",
    "quarters": "1/4", "fourth": "1/4", "fourths": "1/4", "fifth": "1/5", "fifths": "1/5",
    "sixth": "1/6", "eighth": "1/8", "tenth": "1/10", "tenths": "1/10",
}  # fmt: skip
_PART = re.compile(
    r"\b(?:(?:(a|one|[0-9]{1,2})[- ])?(half|third|thirds|quarter|quarters|fourth|fourths|fifth"
    r"|fifths|sixth|eighth|tenth|tenths) (?=(?:of|the|his|her|their|its|as|that)\b)(?:of )?"
    r"|(half)\b)"
)
_DOZEN = re.compile(r"\b(?:([0-9]{1,6})|a|one) dozen\b|\bdozen\b")
_EXPRESSION = re.compile(r"[0-9(][0-9.()+*/\s-]{1,300}")
_TOKEN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?|[()+*/-]")
_PERCENT_OF = re.compile(
    r"(?<![\w.])([0-9]{1,9}(?:\.[0-9]{1,6})?) ?(?:%|percent) of \$?([0-9]{1,12}(?:\.[0-9]{1,6})?)"
)
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2}
_OPS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


def plain(text: str) -> str:
    """Lower case, number words as digits, "half of" as `1⁄2 `, "twice" as `2 times`."""
    low = text.lower().replace("’", "'")
    low = re.sub(r"\b([0-9]{1,2})/([0-9]{1,2})(?= (?:of|the)\b)", r"\1⁄\2", low)
    low = re.sub(r"(?<=[0-9]),(?=[0-9]{3})", "", low)
    low = re.sub(r"\b(?:twice|double|doubles)\b", "2 times", low)
    low = re.sub(r"\b(?:triple|triples|thrice)\b", "3 times", low)
    low = _WORD.sub(_digits, low)
    low = _DOZEN.sub(lambda m: str(12 * int(m.group(1) or 1)), low)
    return _PART.sub(_share, low)


def _digits(match: re.Match[str]) -> str:
    tens, ones, single, scale, written, written_scale = match.groups()
    if written_scale:
        base = Fraction(1 if written in {"a", "one"} else written)
        return str(int(base * _SCALES[written_scale]))
    value = NUMBER_WORDS[tens] + NUMBER_WORDS[ones] if tens else NUMBER_WORDS[single]
    return str(value * _SCALES.get(scale or "", 1))


def _share(match: re.Match[str]) -> str:
    many = match.group(1)
    share = Fraction(_PARTS[match.group(2) or match.group(3)])
    share *= int(many) if many and many.isdecimal() else 1
    return f"{share.numerator}⁄{share.denominator} "


def show(value: Fraction, *, money: bool = False) -> str:
    """`36`, `2.5`, `7.50` for money; at most four decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    if money:
        return f"{float(value):.2f}"
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def expression(text: str) -> tuple[str, Fraction] | None:
    """The first written sum in a plain text, `12 * (3 + 4)` or `15% of 80`, and its value."""
    share = _PERCENT_OF.search(text)
    if share:
        percent, base = share.groups()
        return f"{percent}% of {base}", Fraction(percent) * Fraction(base) / 100
    for word, sign in (
        (" plus ", "+"), (" minus ", "-"), (" times ", "*"), (" multiplied by ", "*"),
        (" divided by ", "/"), ("×", "*"), ("÷", "/"),
    ):  # fmt: skip
        text = text.replace(word, f" {sign} ")
    text = re.sub(r"(?<=[0-9]) ?x ?(?=[0-9])", " * ", text)
    for match in _EXPRESSION.finditer(text):
        found = match.group().strip(" .")
        tokens = _TOKEN.findall(found)
        if (
            len(tokens) > 2
            and len(tokens) <= 2 * MOST
            and "".join(tokens) == "".join(found.split())
        ):
            value = _compute(tokens)
            if value is not None:
                return " ".join(tokens).replace("( ", "(").replace(" )", ")"), value
    return None


def _compute(tokens: list[str]) -> Fraction | None:
    """Infix by two stacks (Dijkstra's shunting yard); None when the tokens make no sum."""
    values: list[Fraction] = []
    pending: list[str] = []

    def settle(until: Callable[[str], bool]) -> None:
        while pending and until(pending[-1]):
            right, left = values.pop(), values.pop()
            values.append(_OPS[pending.pop()](left, right))

    try:
        for part in tokens:
            if part == "(":
                pending.append(part)
            elif part == ")":
                settle(lambda top: top != "(")
                pending.pop()
            elif part in _RANK:
                rank = _RANK[part]
                settle(lambda top, rank=rank: top != "(" and _RANK[top] >= rank)  # type: ignore[misc]
                pending.append(part)
            else:
                values.append(Fraction(part))
        settle(lambda top: top != "(")
    except (IndexError, ZeroDivisionError):
        return None
    return values[0] if len(values) == 1 and not pending else None
