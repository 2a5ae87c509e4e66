"""What a comparison found besides regressions: the causes that are nobody's growth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from llmopt import numbers
from llmopt.decide.gates import GateRow
from llmopt.domain import Candidate, Finding, Place, Price, Severity
from llmopt.gate.comparing import Comparison
from llmopt.gate.measuring import LACKING
from llmopt.gate.rules import BY_NAME


def remarks(comparison: Comparison) -> Iterator[Finding]:
    """Yield a finding for each cause that must not be taken for a regression."""
    yield from _prices(comparison)
    yield from _cases(comparison)
    yield from _tokenizers(comparison)
    yield from _names(comparison)


def _prices(comparison: Comparison) -> Iterator[Finding]:
    before = comparison.then.prices
    for name, price in comparison.now.prices.items():
        if name in before and not _same_price(before[name], price):
            yield _finding(
                "price-changed",
                f"{name} now costs {_rates(price)} a million tokens (in, out), "
                f"in the baseline {_rates(before[name])}",
                name,
                comparison.models[name].place,
            )


def _same_price(one: Price | None, other: Price | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.input, one.output) == (other.input, other.output)


def _rates(price: Price | None) -> str:
    if price is None:
        return "an unknown price"
    return f"{numbers.dollars(price.input)}, {numbers.dollars(price.output)}"


def _cases(comparison: Comparison) -> Iterator[Finding]:
    """Tell of changed case sets; where common ones were compared, how many."""
    for name, state in comparison.whole.prompts.items():
        then = comparison.then.prompts.get(name)
        if then is None or state.cases.inputs == then.cases.inputs:
            continue
        common = comparison.now.prompts[name].cases if name in comparison.now.prompts else None
        if common and common.inputs == then.cases.inputs:
            said = f"compared on the {numbers.count(common.count)} that both have"
        else:
            said = f"the baseline was counted over {numbers.count(then.cases.count)}"
        yield _finding(
            "cases-changed",
            f"the {state.cases.count:,} cases of {name} are not the baseline's: {said}",
            name,
            comparison.suite.prompts[name].place,
        )


def _tokenizers(comparison: Comparison) -> Iterator[Finding]:
    told: set[str] = set()
    for candidate, found in comparison.matching.matches.items():
        now = comparison.now.entries[candidate].tokenizer
        if found.then.tokenizer == now or candidate.model in told:
            continue
        told.add(candidate.model)
        yield _finding(
            "tokenizer-changed",
            f"{candidate.model} is counted by {now}, in the baseline by {found.then.tokenizer}",
            candidate.model,
            comparison.models[candidate.model].place,
        )


def _names(comparison: Comparison) -> Iterator[Finding]:
    for candidate in comparison.matching.new:
        yield _finding(
            "new",
            f"{candidate} is not in the baseline",
            "/".join(candidate),
            comparison.place(candidate),
        )
    for candidate in comparison.matching.removed:
        yield _finding(
            "removed", f"{candidate} is in the baseline, and gone", "/".join(candidate), None
        )
    for candidate, found in comparison.matching.matches.items():
        if found.how == "renamed":
            yield _finding(
                "renamed",
                f"{candidate} was {found.then.candidate.prompt}/{found.then.candidate.variant}",
                "/".join(candidate),
                comparison.place(candidate),
            )


def _finding(
    name: str, message: str, key: str, place: Place | None, severity: Severity = "info"
) -> Finding:
    return Finding(BY_NAME[name], severity, message, key=key, place=place)


def lacking(rows: Iterable[GateRow]) -> Iterator[Finding]:
    """Yield a finding for each candidate of which the baseline holds no figure to compare with."""
    told: dict[Candidate, list[str]] = {}
    for row in rows:
        if row.reason.startswith(LACKING):
            told.setdefault(row.candidate, []).append(row.name)
    for candidate, names in told.items():
        yield _finding(
            "baseline-lacks",
            f"the baseline holds no {', '.join(names)} of {candidate}",
            "/".join(candidate),
            None,
            "warning",
        )


def not_counted(comparison: Comparison) -> Iterator[str]:
    """Say which models the baseline has and this gate does not count for."""
    known = {candidate.model for candidate in comparison.then.entries}
    left = sorted(known - comparison.models.keys())
    if left:
        yield f"In the baseline, and not among the models here: {', '.join(left)}."
