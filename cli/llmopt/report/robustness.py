"""What perturbed input costs: sentences, the table of a terminal, the records of JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.decide.robustness import Excess, Loss, Robustness
from llmopt.domain import PERTURBATIONS, Candidate, Perturbation
from llmopt.report.order import with_model

if TYPE_CHECKING:
    from llmopt.store.tallies import Broken

SHORT: Mapping[Perturbation, str] = {
    "typos": "typos",
    "case": "case",
    "whitespace": "space",
    "punctuation": "marks",
    "order": "order",
    "lookalikes": "looks",
}
"""Names as the table's columns have room for."""

QUOTED = 160
"""Characters of a text that an example shows."""


def sentences(result: Result, rows: Sequence[Figures]) -> Iterator[str]:
    """Say of each candidate what hurts it, and whether it loses more than its baseline."""
    models = with_model(rows)
    for figures in rows:
        found = result.robustness.get(figures.candidate)
        if found:
            yield f"{name_of(figures.candidate, models=models)} {sentence(found)}"


def sentence(found: Robustness) -> str:
    """Say what hurts a candidate, in a sentence that begins after its name."""
    if found.overall is None:
        return "has no case with a score both plain and perturbed."
    proven = [(name, loss) for name, loss in found.by_perturbation.items() if loss.proven]
    proven.sort(key=lambda one: -one[1].lost)
    if proven:
        under = [f"{_size(loss)} under {name}" for name, loss in proven]
        parts = f"{', '.join(under[:-1])} and {under[-1]}" if len(under) > 1 else under[0]
        rest = len(found.by_perturbation) - len(proven)
        others = {0: "", 1: "; the other is within noise"}.get(
            rest, "; the others are within noise"
        )
        text = f"loses {parts}{others}."
    else:
        text = f"loses nothing beyond noise: {_size(found.overall)} over all perturbations."
    return text + (f" {_compared(found.against)}" if found.against else "")


def _compared(excess: Excess) -> str:
    low, high = map(_points, excess.interval)
    size = f"{_points(excess.lost)} points [{low}, {high}]"
    if excess.proven:
        return f"It loses {size} more than the baseline."
    return f"Beyond what the baseline loses: {size}, within noise."


def _size(loss: Loss) -> str:
    low, high = map(_points, loss.interval)
    return f"{_points(loss.lost)} points [{low}, {high}]"


def _points(share: float) -> str:
    return numbers.points(share).removeprefix("+")


def name_of(candidate: Candidate, *, models: bool) -> str:
    """Name a candidate among those of its prompt."""
    return f"{candidate.variant} on {candidate.model}" if models else candidate.variant


def present(result: Result, rows: Sequence[Figures]) -> list[Perturbation]:
    """Return the perturbations that a prompt's candidates met."""
    met = {
        name
        for figures in rows
        if (found := result.robustness.get(figures.candidate))
        for name in found.by_perturbation
    }
    return [name for name in PERTURBATIONS if name in met]


def columns(names: Sequence[Perturbation]) -> list[str]:
    """Return the table's columns beside the candidate's."""
    return ["cases", "plain", "all", "95%", *(SHORT[name] for name in names)]


def cells(found: Robustness, names: Sequence[Perturbation]) -> list[str]:
    """Return a candidate's cells, in the order of `columns`."""
    loss = found.overall
    if loss is None:
        return ["0", *(["–"] * (len(names) + 3))]
    low, high = (f"{-end * 100 + 0:+.0f}".replace("-", numbers.MINUS) for end in loss.interval)
    return [
        numbers.count(loss.cases),
        numbers.percent(loss.plain),
        change(loss),
        f"[{high}, {low}]",
        *(change(found.by_perturbation.get(name)) for name in names),
    ]


def change(loss: Loss | None) -> str:
    """Write a change in points, short: `−5.4*`, `−12`, `+0.8`."""
    if loss is None:
        return "–"
    points = -loss.lost * 100
    text = f"{points:+.1f}" if abs(points) < 9.95 else f"{points:+.0f}"
    text = "0" if text in {"+0.0", "-0.0"} else text.replace("-", numbers.MINUS)
    return text + ("*" if loss.proven else "")


def examples(result: Result) -> Iterator[str]:
    """Show, candidate by candidate, cases that a perturbation broke: one paragraph each."""
    for candidate, broken in result.broken.items():
        lines = [f"Broken by perturbation, {candidate}:"]
        for one in broken:
            scores = f"scored {one.plain_score:.2f}, now {one.score:.2f}"
            lines.append(f"{one.case}, {one.perturbation}: {scores}")
            lines += [f"  {line}" for line in _example(one)]
        yield "\n  ".join(lines)


def _example(one: Broken) -> Iterator[str]:
    for variable, value in json.loads(one.perturbed).items():
        yield f"{variable}: {_quote(value)}"
    yield f"reply: {_quote(one.reply)}, to the plain case {_quote(one.plain_reply)}"


def _quote(value: object) -> str:
    """Write a value on one line; what cannot be seen, or looks like something else, as it is."""
    text = json.dumps(value, ensure_ascii=False).replace("\u00a0", "\\u00a0")
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1]}…"


def record(found: Robustness | None) -> dict[str, Any] | None:
    """Return a candidate's robustness as plain values; None where it has no perturbed trials."""
    if found is None:
        return None
    return {
        "trials": found.trials,
        "errors": found.errors,
        **_loss(found.overall),
        "worst": found.worst,
        "against_baseline": _excess(found.against),
        "perturbations": {name: _loss(loss) for name, loss in found.by_perturbation.items()},
    }


def _loss(loss: Loss | None) -> dict[str, Any]:
    return {
        "cases": loss.cases if loss else 0,
        "plain_accuracy": loss and loss.plain,
        "perturbed_accuracy": loss and loss.perturbed,
        "accuracy_lost": loss and loss.lost,
        "accuracy_lost_ci": list(loss.interval) if loss else None,
        "p_value": loss and loss.p_value,
        "proven": bool(loss and loss.proven),
    }


def _excess(excess: Excess | None) -> dict[str, Any] | None:
    if excess is None:
        return None
    return {
        "cases": excess.cases,
        "lost_more": excess.lost,
        "lost_more_ci": list(excess.interval),
        "p_value": excess.p_value,
        "proven": excess.proven,
    }


LONG_COLUMNS = (
    "variant", "model", "perturbation", "cases", "plain", "perturbed", "points", "95% interval",
    "beyond chance",
)  # fmt: skip


def long_rows(result: Result, rows: Sequence[Figures]) -> Iterator[list[str]]:
    """Yield the cells of `LONG_COLUMNS` for each candidate and perturbation, all of them first."""
    for figures in rows:
        found = result.robustness.get(figures.candidate)
        if found is None or found.overall is None:
            continue
        yield [*figures.candidate[1:], "all", *_long_cells(found.overall)]
        for name, loss in found.by_perturbation.items():
            yield [*figures.candidate[1:], name, *_long_cells(loss)]


def _long_cells(loss: Loss) -> list[str]:
    low, high = (numbers.points(-end) for end in reversed(loss.interval))
    return [
        numbers.count(loss.cases),
        numbers.percent(loss.plain, digits=1),
        numbers.percent(loss.perturbed, digits=1),
        numbers.points(-loss.lost),
        f"{low} to {high}",
        "loss" if loss.proven else "no",
    ]


def flat(found: Robustness | None) -> dict[str, Any]:
    """Return a candidate's robustness as columns of CSV."""
    loss = found and found.overall
    return {
        "perturbed_trials": found.trials if found else 0,
        "perturbed_accuracy": loss and loss.perturbed,
        "accuracy_lost": loss and loss.lost,
        "accuracy_lost_low": loss and loss.interval.low,
        "accuracy_lost_high": loss and loss.interval.high,
        "worst_perturbation": found and found.worst,
    }
