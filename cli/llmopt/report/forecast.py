"""A plan with its figures: what `eval --dry-run` prints, and what a paid run says first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from llmopt import numbers
from llmopt.errors import UsageError
from llmopt.measure.forecast import Forecast, ModelOutlay
from llmopt.measure.history import Showable
from llmopt.measure.outlay import Outlay
from llmopt.measure.span import Span
from llmopt.report import rows
from llmopt.report.checked import Checked
from llmopt.report.document import json_text
from llmopt.report.layout import folded, to_text
from llmopt.report.targets import Formats

NAME = 24
COLUMNS = ("calls", "cached", "input", "output", "at most", "$", "at most")


def as_table(plan: Forecast, *, width: int, color: bool) -> str:
    """Write a plan for a terminal: the sums, the candidates, what must be known besides."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("candidate", overflow="fold", min_width=8)
    for title in COLUMNS:
        table.add_column(title, justify="right", no_wrap=True)
    for one in plan.outlays:
        name = folded(f"{one.candidate.prompt}/{one.candidate.variant}", NAME)
        if len(plan.models) > 1:
            name += f"\n{folded(one.candidate.model, NAME)}"
        table.add_row(escape(name), *_cells(one))
    parts = [Text(line) for line in (*sums(plan), "")]
    notes = [Text(line) for line in ("", *_shows(plan), *notes_of(plan))]
    return to_text(Group(*parts, table, *notes), width=width, color=color)


def as_markdown(plan: Forecast) -> str:
    """Write a plan for a pull request."""
    cells = [[str(one.candidate), *_cells(one)] for one in plan.outlays]
    table = rows.as_markdown(("candidate", *COLUMNS), cells)
    notes = rows.bullets((*_shows(plan), *notes_of(plan)))
    return "\n".join([*rows.bullets(sums(plan)), "", table, *notes, ""])


def as_csv(plan: Forecast) -> str:
    """Write one row a candidate; what is unknown is an empty field."""
    flat = [_flat(_candidate(one)) for one in plan.outlays]
    return rows.as_csv(flat, list(flat[0]))


def as_json(plan: Forecast) -> str:
    """Write one JSON document; what is unknown is null."""
    document = {
        "schema_version": 1,
        "dry_run": True,
        "totals": {
            "calls": _whole(plan.calls.exact),
            "cached_calls": plan.cached_calls,
            "sent_calls": _span(plan.sent),
            "kept_trials": plan.kept_trials,
            "input_tokens": _whole(plan.input_tokens.exact),
            "input_range": _span(plan.input_tokens),
            "input_exact": plan.input_exact,
            "output_tokens": _span(plan.output_tokens),
            "dollars": _span(plan.dollars),
            "seconds": plan.seconds,
        },
        "until_decided": plan.floor
        and {
            "floor": {"trials": plan.floor.trials, "dollars": plan.floor.dollars},
            "ceiling": {"trials": plan.trials, "dollars": plan.dollars.high},
        },
        "models": [_model(one) for one in plan.models],
        "candidates": [_candidate(one) for one in plan.outlays],
        "detectable": [_detectable(one) for one in plan.showable],
        "max_cost": plan.max_cost,
        "margin": plan.rule.margin,
        "alpha": plan.rule.alpha,
        "price_table_date": plan.price_table_date and plan.price_table_date.isoformat(),
        "notes": list(notes_of(plan)),
    }
    return json_text(document)


def _unchecked(_: Forecast) -> Checked:
    raise UsageError(
        "a plan has nothing that passes or fails",
        hint="--dry-run takes --format table, json, csv or markdown",
    )


FORECAST = Formats({"json": as_json, "csv": as_csv, "markdown": as_markdown}, _unchecked)


def sums(plan: Forecast) -> Iterator[str]:
    """Say what a run comes to: calls, tokens, dollars by model and role, time."""
    cached = f", {numbers.count(plan.cached_calls)} of them cached" if plan.cached_calls else ""
    kept = f" ({numbers.count(plan.kept_trials)} trials are kept)" if plan.kept_trials else ""
    most = "at most " if plan.floor else ""
    yield f"plan: {most}{_calls(plan.calls)}{cached}{kept}"
    for one in plan.models:
        yield f"{one.model.name} ({one.role}): {_sum(one)}"
    if len(plan.models) > 1:
        yield f"in all: {money(plan.dollars, judged=bool(plan.judges))}"
    if plan.floor and plan.floor.trials < plan.trials:
        yield (
            f"until decided: from {numbers.count(plan.floor.trials)} trials and "
            f"{numbers.dollars(plan.floor.dollars)}, if candidates answer as the baseline does, "
            "to all of this"
        )
    elif plan.floor:
        yield "until decided: little to save, equal answers are proven by no fewer cases"
    yield from _limit(plan)
    if plan.seconds:
        yield f"time: about {numbers.milliseconds(plan.seconds * 1000)}, as in earlier runs"


def _limit(plan: Forecast) -> Iterator[str]:
    """Say so where the limit on dollars may end the run; that calls fail is not foreseen."""
    limit, low, high = plan.max_cost, plan.dollars.low, plan.dollars.high
    if limit is None or (high is not None and high <= limit):
        return
    if low is not None and low > limit and not plan.floor:
        yield f"limit: {numbers.dollars(limit)} is too little for all of this; the run ends there"
    else:
        yield f"limit: {numbers.dollars(limit)}; where the next call might pass it, the run ends"


def notes_of(plan: Forecast) -> Iterator[str]:
    """Say what the figures rest on, and what stands in the way of the run."""
    if any(one.sent and one.output_tokens.expected is None for one in plan.outlays):
        yield (
            "No earlier run asked exactly this, so how long replies will be is unknown; "
            + (
                "`at most` is what max_tokens allows."
                if plan.output_tokens.high is not None
                else "without max_tokens nothing bounds them."
            )
        )
    yield from _judging(plan.judges)
    exact = [one.input_exact or one.more_input for one in plan.outlays]
    if not plan.input_exact and not all((*exact, *(one.input_exact for one in plan.judges))):
        yield "~: the model's tokenizer is not published; its tokens are estimated."
    if any(one.more_input and one.sent for one in plan.outlays):
        yield "Tools and schemas are input as well: what they add is counted nowhere here."
    if plan.unpriced:
        names = ", ".join(plan.unpriced)
        yield f"No price is known for {names}: write `price:` under it in llmopt.yaml."
    elif plan.dollars.high and plan.price_table_date:
        yield f"Prices as of {plan.price_table_date}; provider-side prompt caching is not counted."
    if plan.keyless:
        yield (
            f"A key (or header) is missing for {', '.join(plan.keyless)}: the run would be refused."
        )
    if plan.unrendered:
        yield f"{numbers.count(plan.unrendered)} trials will fail: their template does."


def _judging(judges: list[ModelOutlay]) -> Iterator[str]:
    open_ = [one.model.name for one in judges if one.sent.high is None]
    if open_:
        yield (
            f"Scorers also ask {', '.join(open_)}: how often and at what length is not known "
            "before the replies are there, and neither are sums that they are part of."
        )
    if any(one.sent.high and one.input_tokens.exact is None for one in judges):
        yield (
            "Judges read replies that are not there yet: at least none, at most as long as they "
            "may be; of a case, those that are alike are judged once."
        )


def money(dollars: Span, *, judged: bool = False) -> str:
    """Write an amount before it is known: `about $0.42, at most $1.20`.

    `judged`: the lower end is no input alone, because there are judges in it.
    """
    low, expected, high = dollars.low, dollars.expected, dollars.high
    if high == 0:
        return "$0"
    most = "" if high is None else f"at most {numbers.dollars(high)}"
    if expected is not None:
        return f"about {numbers.dollars(expected)}" + (f", {most}" if most else "")
    if low is None:
        return "dollars unknown"
    if judged:
        return f"at least {numbers.dollars(low)}, {most or 'at most unknown'}"
    return f"{numbers.dollars(low)} for the input, with replies {most or 'unknown'}"


def _sum(one: ModelOutlay) -> str:
    if one.sent.low is None:
        return "calls and dollars unknown"
    if one.sent.high == 0:
        return "0 calls, $0"
    tokens = ("" if one.input_exact else "~") + _amount(one.input_tokens)
    dollars = money(one.dollars, judged=one.role == "judge")
    return f"{_calls(one.sent)}, {tokens} input tokens, {dollars}"


def _calls(span: Span) -> str:
    return f"{_amount(span)} call{'' if span.low == span.high == 1 else 's'}"


def _amount(span: Span) -> str:
    """Write a number before it is known: `12`, `12 to 40`."""
    if span.low is None:
        return "unknown"
    low = numbers.count(round(span.low))
    if span.high is None:
        return f"{low} or more"
    return low if span.low == span.high else f"{low} to {numbers.count(round(span.high))}"


def _cells(one: Outlay) -> tuple[str, ...]:
    return (
        numbers.count(one.calls),
        numbers.count(one.cached_calls),
        numbers.tokens(float(one.input_tokens), exact=one.input_exact),
        _dash(numbers.tokens(one.output_tokens.expected)),
        _dash(numbers.tokens(one.output_tokens.high)),
        _dash(numbers.dollars(one.dollars.expected).removeprefix("$")),
        _dash(numbers.dollars(one.dollars.high).removeprefix("$")),
    )


def _dash(text: str) -> str:
    """Write what is unknown short: many in a row would not fit the line."""
    return "–" if text == numbers.UNKNOWN else text


def _shows(plan: Forecast) -> Iterator[str]:
    for one in plan.showable:
        source = f"as in run {one.run_id}" if one.run_id else "by assumption"
        margins = [power.provable_margin for power in one.powers]
        shares = [power.discordance for power in one.powers]
        if not margins:
            continue
        yield (
            f"{one.prompt}: {numbers.count(one.cases)} cases can show losses of {_range(margins)} "
            f"points, where {_percents(shares)} of answers differ ({source})."
        )


def _range(margins: list[float | None]) -> str:
    known = [margin for margin in margins if margin is not None]
    texts = [f"{margin * 100:.1f}" for margin in (min(known), max(known))] if known else []
    if len(known) < len(margins):
        return f"{texts[0]} or more" if texts else "no number of"
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} to {texts[1]}"


def _percents(shares: list[float]) -> str:
    low, high = numbers.percent(min(shares)), numbers.percent(max(shares))
    return low if low == high else f"{low} to {high}"


def _span(span: Span) -> dict[str, float | None]:
    return {
        "low": _whole(span.low),
        "expected": _whole(span.expected),
        "high": _whole(span.high),
    }


def _whole(figure: float | None) -> float | None:
    """Write a whole number as one, and no digits that only adding up has brought."""
    if figure is None:
        return None
    figure = float(f"{figure:.12g}")
    return int(figure) if figure == int(figure) else figure


def _model(one: ModelOutlay) -> dict[str, Any]:
    return {
        "model": one.model.name,
        "role": one.role,
        "calls": _whole(one.calls.exact),
        "cached_calls": one.cached_calls,
        "sent_calls": _span(one.sent),
        "input_tokens": _whole(one.input_tokens.exact),
        "input_range": _span(one.input_tokens),
        "input_exact": one.input_exact,
        "output_tokens": _span(one.output_tokens),
        "price_known": one.priced,
        "dollars": _span(one.dollars),
        "seconds": one.seconds,
        "least_seconds": one.least_seconds,
    }


def _candidate(one: Outlay) -> dict[str, Any]:
    return {
        "prompt": one.candidate.prompt,
        "variant": one.candidate.variant,
        "model": one.candidate.model,
        "calls": one.calls,
        "cached_calls": one.cached_calls,
        "failing_trials": one.unrendered,
        "input_tokens": one.input_tokens,
        "input_exact": one.input_exact,
        "output_tokens": _span(one.output_tokens),
        "output_high_basis": one.output_tokens.high_basis,
        "dollars": _span(one.dollars),
    }


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{end}": figure for end, figure in value.items()}
        else:
            flat[name] = value
    return flat


def _detectable(one: Showable) -> dict[str, Any]:
    return {
        "prompt": one.prompt,
        "cases": one.cases,
        "run": one.run_id,
        "candidates": [
            {
                "variant": power.candidate.variant if power.candidate else None,
                "model": power.candidate.model if power.candidate else None,
                "discordance": power.discordance,
                "provable_margin": power.provable_margin,
            }
            for power in one.powers
        ],
    }
