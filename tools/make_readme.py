"""Write the measured tables of README.md from a run of the shipped suites.

    python tools/make_readme.py

Runs the suites on the embedded model in a store of its own, and replaces what
stands between the table marks. A test holds the committed figures against such a run.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import llmopt
from llmopt.api.evaluation import EvaluatedRun
from llmopt.decide.figures import Figures
from llmopt.numbers import percent
from llmopt.report.headline import headlines
from llmopt.report.layout import to_text
from llmopt.report.order import by_prompt, heading
from llmopt.report.terminal import efficiency_table

ROOT = Path(__file__).parent.parent

REPORTED: Mapping[str, tuple[str, str]] = {
    # suite: technique, reported saving (of tokens; of example or output tokens where it says so)
    "sentiment": (
        "needless text removed; few-shot; compressed few-shot",
        "62.5%; compression 60–80% of the examples",
    ),
    "topic": ("slots: categories, text; labels only", "62.5%"),
    "qa": ("slots: context, question", "66.0%"),
    "summarize": ("slots: word count, text", "63.9%"),
    "generate": ("slots: type, topic, style, length", "65.0%"),
    "extract": ("named JSON fields for an open-ended request", "30–50% of the output"),
    "reasoning": ("zero-shot step by step for worked examples; answer only", "57.1%"),
    "document": ("first chunk instead of the whole document", "40–70%"),
}


def evaluate() -> EvaluatedRun:
    """Run the shipped suites, in the store that LLMOPT_HOME names."""
    return llmopt.evaluate(llmopt.load(ROOT), models=["embedded/rules"])


def tables(run: EvaluatedRun) -> Mapping[str, str]:
    """Return the marked parts of the README by their names."""
    return {"sentiment": _one_suite(run, "sentiment"), "suites": _suites(run)}


def _one_suite(run: EvaluatedRun, prompt: str) -> str:
    rows = dict(by_prompt(run.result.candidates))[prompt]
    shown, _ = efficiency_table(run.result, rows, width=80)
    table = to_text(shown, width=80, color=False)
    sentences = [text for text in headlines(run.result) if f" {prompt}/" in text]
    wrapped = to_text("\n".join(sentences), width=80, color=False)
    return f"```text\n{wrapped}\n{heading(run.result, prompt, rows)}\n{table}```\n"


def _suites(run: EvaluatedRun) -> str:
    lines = [
        "| suite | cases | technique | measured saving of input tokens | reported |",
        "|---|---:|---|---|---|",
    ]
    for prompt, rows in sorted(by_prompt(run.result.candidates)):
        technique, reported = REPORTED[prompt]
        baseline = next(f for f in rows if f.is_baseline)
        saved = ", ".join(
            f"{f.candidate.variant} {percent(_saving(f, baseline))}"
            for f in rows
            if not f.is_baseline
        )
        lines.append(f"| {prompt} | {baseline.cases} | {technique} | {saved} | {reported} |")
    return "\n".join(lines) + "\n"


def _saving(own: Figures, baseline: Figures) -> float:
    assert own.avg_input_tokens is not None  # noqa: S101 - the embedded model reports its tokens
    assert baseline.avg_input_tokens  # noqa: S101
    return 1 - own.avg_input_tokens / baseline.avg_input_tokens


def filled(readme: str, parts: Mapping[str, str]) -> str:
    """Replace the marked parts of a README."""
    for name, text in parts.items():
        mark = rf"<!-- table: {name} -->\n.*?<!-- end -->"
        before, after = re.split(mark, readme, maxsplit=1, flags=re.DOTALL)
        readme = f"{before}<!-- table: {name} -->\n{text}<!-- end -->{after}"
    return readme


def main() -> None:
    """Rewrite README.md."""
    path = ROOT / "README.md"
    with tempfile.TemporaryDirectory() as home:
        os.environ["LLMOPT_HOME"] = home
        parts = tables(evaluate())
    path.write_text(filled(path.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
