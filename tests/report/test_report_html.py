import re
from html.parser import HTMLParser

import pytest
from tests.conftest import Project
from tests.report.test_report_formats import (
    LONG,
    NOTE,
    SHORT,
    a_result,
    a_verdict,
    short_figures,
    some_figures,
)

from llmopt.domain import Candidate
from llmopt.report.html import as_html
from llmopt.report.picture import Dot, picture
from llmopt.store.tallies import StoredFailure

NASTY = "<script>alert('x')</script>\"&"


class Reader(HTMLParser):
    """The tags of a page that are not closed, the attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_the_verdict_the_table_the_picture_and_the_snapshot() -> None:
    page = as_html(a_result())
    read = Reader(page)
    assert read.open == []
    for text in ("Adopt mood/short: 72% cheaper", "94% [90–96]", NOTE, '"price_table_date"'):
        assert text in read.text
    assert {"table", "svg", "details"} <= read.tags


def test_the_page_needs_nothing_and_runs_nothing() -> None:
    read = Reader(as_html(a_result()))
    assert not read.tags & {"script", "link", "img", "iframe", "object", "base"}
    names = {name for name, _ in read.attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "href"})
    assert not re.search(r"url\(|@import|https?://", as_html(a_result()))
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes


def test_no_text_of_users_becomes_markup() -> None:
    odd = Candidate(NASTY, NASTY, NASTY)
    failure = StoredFailure(odd, NASTY, "scorer", NASTY)
    rows = (some_figures(odd, is_baseline=False, errors=1),)
    result = a_result(*rows, failures=(failure,), verdicts={odd: a_verdict()})
    result.run.snapshot["cases"][NASTY] = 200
    result.run.snapshot["notes"].append(NASTY)
    read = Reader(as_html(result))
    assert read.open == []
    assert "script" not in read.tags
    assert read.text.count(NASTY) > 5


def test_failures_are_listed_up_to_a_limit_and_all_counted() -> None:
    failures = tuple(StoredFailure(LONG, "c1", "server", f"broken: {n}") for n in range(700))
    page = as_html(a_result(some_figures(LONG, trials=900, errors=700), failures=failures))
    assert page.count("broken: ") == 200
    assert "700 of 900 trials failed" in page
    assert "and 500 more" in page


def test_failures_for_one_reason_are_one_row_with_their_number() -> None:
    failures = (StoredFailure(LONG, "c1", "rate_limit", "slow down"),) * 7
    page = as_html(a_result(some_figures(LONG, errors=7), failures=failures))
    assert page.count("slow down") == 1
    assert '<td class="text">rate_limit</td><td>7</td>' in page


def test_what_is_not_known_is_unknown_and_draws_no_picture() -> None:
    nothing = {"cost_per_1k_calls": None, "avg_total_tokens": None, "avg_accuracy": None}
    page = as_html(a_result(some_figures(LONG, accuracy_ci=None, **nothing), verdicts={}))
    assert "<svg" not in page
    assert "unknown" in page


@pytest.mark.parametrize(
    ("price", "unit"), [(0.0355, "dollars per 1,000 calls"), (None, "tokens a trial"),
                        (0.0, "tokens a trial")]
)  # fmt: skip
def test_the_picture_shows_dollars_where_all_are_priced_else_tokens(
    price: float | None, unit: str
) -> None:
    rows = [Dot(1, some_figures(LONG, cost_per_1k_calls=price), "baseline")]
    rows.append(Dot(2, short_figures(), "adopt"))
    assert unit in picture(rows)


def test_the_better_candidate_is_drawn_higher_and_the_cheaper_one_further_left() -> None:
    drawn = picture([Dot(1, some_figures(LONG), "baseline"), Dot(2, short_figures(), "adopt")])
    square = re.search(r'<rect x="([\d.]+)" y="([\d.]+)"', drawn)
    circle = re.search(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert square
    assert circle
    assert float(circle[1]) < float(square[1])
    assert float(circle[2]) < float(square[2])


@pytest.mark.parametrize("accuracy", [0.0, 1.0, 0.5])
def test_one_candidate_alone_can_be_drawn(accuracy: float) -> None:
    row = some_figures(SHORT, avg_accuracy=accuracy, accuracy_ci=None, avg_total_tokens=0.0,
                       cost_per_1k_calls=None)  # fmt: skip
    assert "<circle" in picture([Dot(1, row, "alone")])


def test_a_kept_run_is_written_as_a_page_named_after_it(project: Project) -> None:
    project.llmopt("eval", "-q")
    said = project.llmopt("report")
    assert said.code == 0, said.err
    page = (project.root / said.out.strip()).read_text()
    assert re.fullmatch(r"llmopt-[\w-]+\.html\n", said.out)
    assert "mood: 4 cases on embedded/rules" in Reader(page).text
    assert project.llmopt("report", "latest", "-o", "-").out == page


def test_a_page_is_written_where_it_is_asked_for(project: Project) -> None:
    assert project.llmopt("eval", "-q", "-o", "a.html").code == 0
    assert project.llmopt("report", "-o", "b.htm", "--explain").out == "b.htm\n"
    assert "Why" in Reader((project.root / "b.htm").read_text()).text
    assert (project.root / "a.html").read_text().startswith("<!doctype html>")
    assert project.llmopt("report", "-o", "no/x.html").code == 2
    assert project.llmopt("report", "nothing").code == 2


def test_what_untidy_input_costs_is_on_the_page(project: Project) -> None:
    said = project.llmopt("eval", "-q", "--robustness", "-o", "r.html")
    assert said.code == 0, said.err
    read = Reader((project.root / "r.html").read_text())
    assert read.open == []
    assert "With untidy input" in read.text
    assert "typos" in read.text
    assert "With untidy input" not in Reader(as_html(a_result())).text
