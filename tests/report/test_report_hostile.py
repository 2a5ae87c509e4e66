"""Names that would be more than names where a report is shown."""

from __future__ import annotations

import csv
import io

import pytest
from tests.report.test_report_formats import a_result, short_figures, some_figures

from llmopt.domain import Candidate
from llmopt.report import rows
from llmopt.report.formats import as_csv, as_markdown

TAGGED = Candidate("mood", "@team <img src=x>|**", "acme/one")
FORMULA = Candidate("mood", "=1+1", "acme/one")


def test_markdown_of_an_evaluation_shows_names_as_they_stand() -> None:
    text = as_markdown(a_result(some_figures(TAGGED), short_figures()))
    assert "<img" not in text
    assert "@team" not in text
    assert "| @<!-- -->team &lt;img src=x&gt;\\|\\*\\* | acme/one |" in text


def test_a_name_in_csv_is_no_formula() -> None:
    text = as_csv(a_result(some_figures(FORMULA)))
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["variant"] == "'=1+1"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1+1", "-2*3", "\tx", "-name", "+cmd|'x'"])
def test_what_a_spreadsheet_would_compute_has_an_apostrophe_before_it(text: str) -> None:
    assert next(csv.reader([rows.as_csv([{"a": text}], ["a"]).splitlines()[1]])) == [f"'{text}"]


@pytest.mark.parametrize("value", ["+0%", "-2pt", "+1.5 s", "+20", -3, -0.5, "a=b", ""])
def test_figures_and_limits_stay_as_they_are_in_csv(value: object) -> None:
    (read,) = csv.DictReader(io.StringIO(rows.as_csv([{"a": value, "b": 1}], ["a", "b"])))
    assert read["a"] == str(value)
