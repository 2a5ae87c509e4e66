from datetime import date
from pathlib import Path

import pytest

from llmopt.domain import Attestation, UsageFile
from llmopt.errors import Problem
from llmopt.files.loading import load


def _loaded(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    (tmp_path / "llmopt.yaml").write_text(f"checklist:\n{text}", encoding="utf-8")
    problems = load(tmp_path).problems
    return tuple(problem for problem in problems if problem.file == "llmopt.yaml")


def test_attestations_and_usage_logs_are_read_with_their_places(tmp_path: Path) -> None:
    text = (
        "  usage: [{file: march.csv, columns: {model: deployment}}]\n"
        "  INF201: {status: done, reason: the gateway caches, link: wiki/7, until: 2027-03-01}\n"
    )
    assert _loaded(tmp_path, text) == ()
    found = load(tmp_path).suite.config.checklist
    (log,) = found.usage
    assert log == UsageFile("march.csv", {"model": "deployment"}, log.place)
    said = found.attestations["INF201"]
    assert said == Attestation("done", "the gateway caches", "wiki/7", date(2027, 3, 1), said.place)
    assert said.place is not None
    assert (said.place.line, said.place.column) == (3, 3)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("INF201: {status: done}", "key 'reason' is missing"),
        ("INF201: {status: done, reason: '  '}", "a reason is required"),
        ("INF201: {status: maybe, reason: x}", "'status': expected"),
        ("INF201: {status: done, reason: x, until: tomorrow}", "'tomorrow' is no date"),
        ("INF201: {status: done, reason: x, who: me}", "unknown key 'who'"),
        ("cache: {status: done, reason: x}", "neither 'usage' nor the code of a check"),
        ("usage: [{file: a.csv, columns: {modle: x}}]", "unknown field 'modle'"),
        ("usage: [{columns: {}}]", "key 'file' is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, told: str) -> None:
    (problem,) = _loaded(tmp_path, f"  {entry}\n")
    assert told in problem.message
    assert problem.line == 2


def test_an_attestation_holds_through_its_last_day() -> None:
    said = Attestation("done", "x", None, date(2027, 3, 1), None)
    assert not said.expired(date(2027, 3, 1))
    assert said.expired(date(2027, 3, 2))
