from types import MappingProxyType

from tests.report.test_report_formats import a_result

from llmopt.decide.result import Result
from llmopt.report.order import footnotes
from llmopt.report.records import totals
from llmopt.store.tallies import RoleTotal


def with_cached(cached: int) -> Result:
    roles = {
        "generation": RoleTotal(400, 29800, 800, 0.003, cached=cached),
        "judge": RoleTotal(10, 100, 10, 0.001, cached=0),
    }
    return a_result(totals=MappingProxyType(roles))


def test_cached_calls_are_counted_among_all_and_the_cost_is_what_was_spent() -> None:
    found = totals(with_cached(300))
    assert (found["calls"], found["cached_calls"]) == (410, 300)
    assert found["cost"] == 0.004
    assert found["cost_by_role"] == {"generation": 0.003, "judge": 0.001, "retries": 0.0}


def test_a_reader_is_told_of_cached_calls_and_only_of_those_there_are() -> None:
    notes = "\n".join(footnotes(with_cached(300)))
    assert "300 of 410 calls were answered from the response cache" in notes
    assert "response cache" not in "\n".join(footnotes(with_cached(0)))
