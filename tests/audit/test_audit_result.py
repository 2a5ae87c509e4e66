"""Attestations, suppressions, scores, opportunities, earlier audits."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.audit.auditing import NOW, audit_of, results_of, write

from llmopt.api.checklist import AuditManner, audited, codes
from llmopt.audit.checks import CHECKS
from llmopt.audit.result import score_of
from llmopt.errors import MissingError, UsageError

CALL = "import litellm\ndef ask(q):\n    return litellm.completion(model='gpt-4o', messages=q)\n"
CACHED = f"from functools import cache\n{CALL.replace('def', '@cache' + chr(10) + 'def')}"


def attested(text: str) -> dict[str, str]:
    return {"app.py": CALL, "llmopt.yaml": f"checklist: {{INF201: {text}}}\n"}


def test_an_attestation_takes_the_place_of_a_failure(tmp_path: Path) -> None:
    result = results_of(tmp_path, attested("{status: done, reason: the gateway caches}"))["INF201"]
    assert result.outcome == "attested"
    assert [evidence.fact for evidence in result.evidence] == ["the gateway caches"]
    assert result.scored


def test_what_is_accepted_is_suppressed_and_does_not_count(tmp_path: Path) -> None:
    result = results_of(tmp_path, attested("{status: accepted, reason: low traffic}"))["INF201"]
    assert result.outcome == "suppressed"
    assert not result.scored


def test_what_people_say_is_not_applicable_does_not_count(tmp_path: Path) -> None:
    said = attested("{status: not-applicable, reason: all requests differ}")
    assert not results_of(tmp_path, said)["INF201"].scored


def test_an_expired_attestation_opens_the_check_again(tmp_path: Path) -> None:
    audit = audit_of(tmp_path, attested("{status: done, reason: x, until: 2026-11-21}"))
    assert {r.check.code: r.outcome for r in audit.results}["INF201"] == "fail"
    (warning,) = audit.warnings
    assert "expired on 2026-11-21" in warning
    assert "llmopt.yaml:1:" in warning


def test_an_attestation_that_is_not_needed_is_told(tmp_path: Path) -> None:
    files = attested("{status: done, reason: x}") | {"app.py": CACHED}
    audit = audit_of(tmp_path, files)
    assert {r.check.code: r.outcome for r in audit.results}["INF201"] == "pass"
    assert "is not needed" in " ".join(audit.warnings)


def test_a_comment_with_a_reason_suppresses_in_place(tmp_path: Path) -> None:
    comment = "    # llmopt: ignore[INF201, MON102] every request differs\n    return"
    found = results_of(tmp_path, {"app.py": CALL.replace("    return", comment)})
    assert found["INF201"].outcome == "suppressed"
    assert found["INF201"].evidence[0].fact == "every request differs"
    assert found["MON101"].outcome == "fail"


def test_a_comment_without_a_reason_suppresses_nothing(tmp_path: Path) -> None:
    comment = "    # llmopt: ignore[INF201]\n    return"
    assert (
        results_of(tmp_path, {"app.py": CALL.replace("    return", comment)})["INF201"].outcome
        == "fail"
    )


def test_the_score_is_the_weighted_mean_of_what_counts(tmp_path: Path) -> None:
    audit = audit_of(tmp_path, {"app.py": CALL})
    counted = [result for result in audit.results if result.outcome in {"pass", "fail"}]
    points = sum(r.check.weight for r in counted if r.outcome == "pass")
    assert audit.score == round(100 * points / sum(r.check.weight for r in counted))
    assert score_of(r for r in audit.results if r.outcome == "manual") is None


def test_nothing_passes_or_fails_without_evidence(tmp_path: Path) -> None:
    for result in audit_of(tmp_path, {"app.py": CALL}).results:
        assert result.evidence or result.outcome not in {"pass", "fail"}
        assert result.evidence or result.why


def test_opportunities_begin_with_dollars_per_effort(tmp_path: Path) -> None:
    line = {"time": "2025-10-09", "model": "gpt-4o", "input_tokens": 9, "output_tokens": 900}
    rows = [{**line, "prompt": "the same", "cost": 1.0, "interactive": False}] * 20
    files = {
        "llmopt.yaml": "checklist: {usage: [{file: log.jsonl}]}\n",
        "log.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
    }
    audit = audit_of(tmp_path, files)
    first, second = audit.opportunities[:2]
    assert (first.check.code, second.check.code) == ("INF201", "INF101")
    assert len(audit.opportunities) <= 10


def test_codes_are_chosen_by_area_beginning_and_name() -> None:
    assert len(codes()) == len(CHECKS) == 46
    assert codes(areas=["inf"], skip=["INF3"]) == codes(only=["INF1", "INF2"])
    assert codes(areas=["inference"], only=["exact-match-cache"]) == ["INF201"]


@pytest.mark.parametrize("wrong", [{"areas": ["x"]}, {"only": ["INF999"]}, {"skip": [""]}])
def test_what_does_not_exist_cannot_be_chosen(wrong: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError, match="there is no"):
        codes(**wrong)


def test_an_audit_is_kept_and_the_next_says_what_changed(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": CALL})
    audited(tmp_path, AuditManner(keep=True), now=NOW)
    write(tmp_path, {"app.py": CACHED})
    later = NOW + timedelta(days=30)
    changes = audited(tmp_path, AuditManner(diff="latest", keep=True), now=later).changes
    assert changes is not None
    assert [(c.code, c.before, c.after) for c in changes.checks] == [("INF201", "fail", "pass")]
    assert changes.since.startswith("2026-11-22T12:00")
    assert changes.score_before is not None
    assert changes.score_after is not None
    assert changes.score_after > changes.score_before
    third = audited(tmp_path, AuditManner(diff="2026-12"), now=later).changes
    assert third is not None
    # Without a usage log no audit says what mending would save: two of them track no savings.
    assert not third.checks


def test_a_part_of_the_checks_is_not_kept(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": CALL})
    audited(tmp_path, AuditManner(keep=True, wanted=["INF201"]), now=NOW)
    with pytest.raises(MissingError, match="no audit 'latest'"):
        audited(tmp_path, AuditManner(diff="latest"), now=NOW)


def test_only_new_findings_count_where_that_is_asked(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": CALL})
    audited(tmp_path, AuditManner(update_findings=True), now=NOW)
    assert audited(tmp_path, AuditManner(new_only=True), now=NOW).status == "pass"
    write(tmp_path, {"moved.txt": "", "app.py": f"# a line more\n{CALL}"})
    assert audited(tmp_path, AuditManner(new_only=True), now=NOW).status == "pass"
    write(tmp_path, {"other.py": CALL})
    report = audited(tmp_path, AuditManner(new_only=True), now=NOW)
    assert report.status == "fail"
    assert "INF201" in [result.check.code for result in report.failures]


def test_without_a_baseline_of_findings_nothing_is_new(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": CALL})
    with pytest.raises(UsageError, match="no baseline of findings"):
        audited(tmp_path, AuditManner(new_only=True), now=NOW)
