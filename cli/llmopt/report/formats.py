"""An evaluation as JSON, CSV and Markdown, and everything else it can be written as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.decide.verdict import Verdict
from llmopt.report import gate, robustness, rows, terminal
from llmopt.report.document import json_text
from llmopt.report.evaluated import checked_evaluation
from llmopt.report.gated import checked_gate
from llmopt.report.headline import headlines
from llmopt.report.html import as_html
from llmopt.report.markdown import as_section, escape, row
from llmopt.report.order import by_prompt, footnotes, heading
from llmopt.report.records import candidate, document
from llmopt.report.rows import line
from llmopt.report.targets import Formats


def as_text(result: Result, *, width: int, color: bool) -> str:
    """Write for a terminal: limits that were held, verdicts and tables, findings on cases."""
    text = terminal.report(result, width=width, color=color)
    if result.gate:
        return f"{gate.as_table(result.gate, width=width, color=color)}\n{text}"
    return text + gate.findings_text(result.findings, width=width, color=color)


def as_json(result: Result) -> str:
    """Write one JSON document; what is unknown is null."""
    return json_text(document(result))


def as_csv(result: Result) -> str:
    """Write one row per candidate; what is unknown is an empty field."""
    notes = "; ".join(result.run.snapshot.get("notes", []))
    records = [
        _flat(candidate(figures), result.verdicts.get(figures.candidate))
        | robustness.flat(result.robustness.get(figures.candidate))
        | {"note": notes}
        for figures in result.candidates
    ]
    return rows.as_csv(records, list(records[0]))


def _flat(row: dict[str, Any], verdict: Verdict | None) -> dict[str, Any]:
    low, high = row.pop("accuracy_ci") or (None, None)
    delta = (verdict and verdict.accuracy_delta_ci) or (None, None)
    return {
        **row,
        "accuracy_low": low,
        "accuracy_high": high,
        "decision": verdict and verdict.decision,
        "accuracy_delta": verdict and verdict.accuracy_delta,
        "accuracy_delta_low": delta[0],
        "accuracy_delta_high": delta[1],
        "cases_needed": verdict and verdict.cases_needed,
    }


_MARKDOWN_COLUMNS = (
    "variant", "model", "verdict", "change", "accuracy", "95% interval", "input", "output", "total",
    "efficiency", "$ / 1k", "p50", "◆",
)  # fmt: skip


def as_markdown(result: Result) -> str:
    """Write the verdicts, then one table per prompt, for pull requests and wikis."""
    lines = rows.bullets(headlines(result))
    if result.gate:
        whole = checked_evaluation(result)
        held = replace(
            checked_gate(result.gate), headline=whole.headline, outcome=whole.outcome
        )  # failed trials leave a run open whose limits hold
        lines = [as_section(held), *lines]
    for prompt, found in by_prompt(result.candidates):
        lines += ["", f"### {escape(heading(result, prompt, found))}", ""]
        lines += [line(_MARKDOWN_COLUMNS), line(["---"] * 3 + ["---:"] * 10)]
        lines += [row(_markdown_cells(result, figures)) for figures in found]
        lines += _robustness(result, prompt, found)
    lines += ["", *_failed(result), *map(escape, footnotes(result)), ""]
    return "\n".join(lines).lstrip("\n")


def _failed(result: Result) -> Iterator[str]:
    """Yield how many trials failed, and the first few."""
    for text in terminal.failures(result):
        yield f"- {escape(text.strip())}" if text.startswith(" ") else f"**{escape(text)}**\n"
    if result.errors:
        yield ""


def _markdown_cells(result: Result, figures: Figures) -> list[str]:
    """Return a candidate's cells, escaped."""
    ci, exact = figures.accuracy_ci, figures.tokens_exact
    verdict = result.verdicts.get(figures.candidate)
    variant = escape(figures.candidate.variant)
    return [
        f"**{variant}**" if figures.pareto else variant,
        escape(figures.candidate.model),
        verdict.decision if verdict else "",
        "" if figures.is_baseline else numbers.change(_minus(figures.token_saving)),
        numbers.percent(figures.avg_accuracy, digits=1),
        f"{numbers.percent(ci.low)}–{numbers.percent(ci.high)}" if ci else "",
        numbers.tokens(figures.avg_input_tokens, exact=exact),
        numbers.tokens(figures.avg_output_tokens, exact=exact),
        numbers.tokens(figures.avg_total_tokens, exact=exact),
        numbers.score(figures.efficiency_score),
        numbers.dollars(figures.cost_per_1k_calls),
        numbers.milliseconds(figures.latency_p50_ms),
        "◆" if figures.pareto else "",
    ]


def _robustness(result: Result, prompt: str, figures: Sequence[Figures]) -> list[str]:
    """Write what a prompt's perturbed trials show, if it has any."""
    found = list(robustness.sentences(result, figures))
    if not found:
        return []
    head = [line(robustness.LONG_COLUMNS), line(["---"] * 3 + ["---:"] * 5 + ["---"])]
    body = [line(row) for row in robustness.long_rows(result, figures)]
    return ["", f"### {escape(prompt)}: robustness", "", *rows.bullets(found), "", *head, *body]


def _minus(share: float | None) -> float | None:
    return None if share is None else -share


EVALUATION: Formats[Result] = Formats(
    own={"json": as_json, "csv": as_csv, "markdown": as_markdown, "html": as_html},
    checked=checked_evaluation,
)
