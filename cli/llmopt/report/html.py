"""A run as one page that needs nothing beside it: no script, no font, no address."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape

from llmopt import numbers
from llmopt.decide.figures import Figures
from llmopt.decide.result import Result
from llmopt.report import robustness
from llmopt.report.checked import Table
from llmopt.report.gated import checked_gate
from llmopt.report.headline import compared, explanations, sentence
from llmopt.report.order import by_prompt, footnotes, heading
from llmopt.report.page import findings, gate_section, page, table
from llmopt.report.picture import Dot, picture, price_of
from llmopt.report.records import totals
from llmopt.report.terminal import accuracy, grouped

SHOWN_FAILURES = 200
COLUMNS = ("", "candidate", "verdict", "change", "accuracy", "input", "output", "total",
           "efficiency", "$ / 1k", "p50", "p95")  # fmt: skip
STREAMED = "first token"
TEXT_COLUMNS = frozenset({"", "candidate", "verdict"})


def as_html(result: Result) -> str:
    """Write the whole page."""
    prompts = dict.fromkeys(candidate.prompt for candidate in result.run.candidates)
    return page(f"llmopt: {', '.join(prompts)}", _body(result))


def _body(result: Result) -> Iterator[str]:
    yield from _header(result)
    verdicts = [
        f'<li class="{verdict.decision}">{escape(sentence(result, figures, verdict))}</li>'
        for figures, verdict in compared(result)
    ]
    if verdicts:
        yield f'<ul class="verdicts">{"".join(verdicts)}</ul>'
    for caveat in result.run.snapshot.get("notes", ()):
        yield f"<p><strong>Note:</strong> {escape(caveat)}</p>"
    yield from _gate(result)
    for prompt, rows in by_prompt(result.candidates):
        yield from _prompt(result, prompt, rows)
    yield from _explained(result)
    yield from _failures(result)
    yield from _details(result)


def _header(result: Result) -> Iterator[str]:
    run, spent = result.run, totals(result)
    yield f"<h1>Run {escape(run.id)}</h1>"
    told = [
        f"started {run.started_at[:16].replace('T', ' ')} UTC",
        "" if run.status == "complete" else run.status,
        f"{numbers.count(result.trials)} trials",
        f"{numbers.count(spent['calls'])} calls",
        f"{numbers.dollars(spent['cost'])} spent",
        f"seed {run.seed}",
    ]
    yield f'<p class="quiet">{escape(" · ".join(part for part in told if part))}</p>'


def _gate(result: Result) -> Iterator[str]:
    """Write what the gate said and found, where the run had one."""
    if result.gate:
        yield from gate_section(checked_gate(result.gate), level="h2")
    yield from findings(result.findings)


def _prompt(result: Result, prompt: str, rows: Sequence[Figures]) -> Iterator[str]:
    yield f"<h2>{escape(heading(result, prompt, rows))}</h2>"
    streamed = any(row.first_token_p50_ms is not None for row in rows)
    names = "".join(
        f'<th class="text">{name}</th>' if name in TEXT_COLUMNS else f"<th>{name}</th>"
        for name in (*COLUMNS, *[STREAMED] * streamed)
    )
    cells = "\n".join(
        _row(result, number, row, streamed=streamed) for number, row in enumerate(rows, 1)
    )
    yield (
        f'<div class="scroll"><table><thead><tr>{names}</tr></thead>\n'
        f"<tbody>\n{cells}\n</tbody></table></div>"
    )
    drawn = picture([Dot(n, row, _decision(result, row)) for n, row in enumerate(rows, 1)])
    if drawn:
        unit, _ = price_of(rows)
        yield f'<div class="scroll">{drawn}</div>'
        yield (
            f'<p class="quiet">Accuracy with its 95% interval over {unit}; up and to the left is '
            "better. Numbers are rows of the table, the square is the baseline, the dashed line "
            "joins candidates that no other beats on both (◆).</p>"
        )
    yield from _robustness(result, rows)


def _robustness(result: Result, rows: Sequence[Figures]) -> Iterator[str]:
    """Write what perturbed input costs the candidates that met it."""
    met = [row for row in rows if row.candidate in result.robustness]
    if not met:
        return
    names = robustness.present(result, met)
    said = "".join(f"<li>{escape(text)}</li>" for text in robustness.sentences(result, met))
    columns = ("candidate", *robustness.columns(names))
    losses = Table(
        columns,
        tuple(
            (str(row.candidate), *robustness.cells(result.robustness[row.candidate], names))
            for row in met
        ),
        frozenset(range(1, len(columns))),
    )
    yield f"<h3>With untidy input</h3><ul>{said}</ul>{table(losses)}"


def _decision(result: Result, row: Figures) -> str:
    verdict = result.verdicts.get(row.candidate)
    return verdict.decision if verdict else "alone"


def _row(result: Result, number: int, row: Figures, *, streamed: bool) -> str:
    exact, decision = row.tokens_exact, _decision(result, row)
    saved = "" if row.token_saving is None else numbers.change(-row.token_saving)
    figures = (
        saved,
        accuracy(row),
        numbers.tokens(row.avg_input_tokens, exact=exact),
        numbers.tokens(row.avg_output_tokens, exact=exact),
        numbers.tokens(row.avg_total_tokens, exact=exact),
        numbers.score(row.efficiency_score),
        numbers.dollars(row.cost_per_1k_calls),
        numbers.milliseconds(row.latency_p50_ms),
        numbers.milliseconds(row.latency_p95_ms),
        *[numbers.milliseconds(row.first_token_p50_ms)] * streamed,
    )
    name, model = escape(row.candidate.variant), escape(row.candidate.model)
    told, kind = "" if decision == "alone" else decision, "pareto" if row.pareto else "other"
    return (
        f'<tr class="{kind}"><td class="text">{number}</td>'
        f'<td class="name"><b>{name}</b><small>{model}</small></td>'
        f'<td class="text {decision}">{told}</td>'
        + "".join(f"<td>{escape(text)}</td>" for text in figures)
        + "</tr>"
    )


def _explained(result: Result) -> Iterator[str]:
    if result.details:
        yield "<h2>Why</h2>"
        yield from (f"<pre>{escape(text)}</pre>" for text in explanations(result))


def _failures(result: Result) -> Iterator[str]:
    if not result.errors:
        return
    failed, trials = numbers.count(result.errors), numbers.count(result.trials)
    yield f"<h2>{failed} of {trials} trials failed</h2>"
    causes = grouped(result.failures)[:SHOWN_FAILURES]
    rows = "\n".join(
        f'<tr><td class="text">{escape(f.kind)}</td><td>{numbers.count(count)}</td>'
        f'<td class="name">{escape(str(f.candidate))}</td><td class="name">{escape(f.case)}</td>'
        f'<td class="message">{escape(f.message)}</td></tr>'
        for count, f in causes
    )
    names = "".join(
        f'<th class="text">{name}</th>' if name != "trials" else f"<th>{name}</th>"
        for name in ("kind", "trials", "candidate (first)", "case (first)", "message")
    )
    yield f'<div class="scroll"><table><tr>{names}</tr>\n{rows}\n</table></div>'
    if others := result.errors - sum(count for count, _ in causes):
        yield f'<p class="quiet">and {numbers.count(others)} more</p>'


def _details(result: Result) -> Iterator[str]:
    snapshot = json.dumps(result.run.snapshot, indent=2, ensure_ascii=False)
    yield (
        "<h2>How it was run</h2>\n<details><summary>Configuration, versions, prices and templates"
        f" of this run</summary>\n<pre>{escape(snapshot)}</pre></details>"
    )
    yield "<footer>"
    yield from (f"<p>{escape(note)}</p>" for note in footnotes(result))
    yield "<p>p95: 95 of 100 replies took no longer.</p>"
    yield "</footer>"
