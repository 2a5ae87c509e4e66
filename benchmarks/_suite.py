"""The small suite that benchmarks of the engine run: two variants, labels, cases from a CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

PROMPT = """\
prompt: reviews
baseline: verbose
variants:
  verbose:
    user: |
      Please read the following product review carefully and decide whether it is
      positive, negative or neutral. Answer with the label only. Review: {{ text }}
    params: {temperature: 0}
  concise:
    user: "Sentiment (positive/negative/neutral): {{ text }}"
    params: {temperature: 0}
"""
CASES = """\
prompt: reviews
score: label
data:
  - {file: reviews.csv, id: id, vars: {text: text}, expect: label}
"""


def write_suite(folder: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """Write its prompt, and cases of the given id, text and label."""
    for name in ("prompts", "testcases"):
        (folder / name).mkdir(parents=True)
    (folder / "prompts" / "reviews.yaml").write_text(PROMPT)
    (folder / "testcases" / "reviews.yaml").write_text(CASES)
    with (folder / "testcases" / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "text", "label"), *rows])
