import re
from collections import Counter

from llmopt.audit.check import AREAS
from llmopt.audit.checks import CHECKS, GOALS


def test_there_are_46_checks_under_15_goals_in_5_areas() -> None:
    assert len(CHECKS) == sum(len(goal.checks) for goal in GOALS) == 46
    assert len(GOALS) == 15
    assert Counter(goal.area.code for goal in GOALS) == {area.code: 3 for area in AREAS}


def test_a_code_tells_area_and_goal() -> None:
    for goal in GOALS:
        assert re.fullmatch(rf"{goal.area.code}\d", goal.code)
        assert [check.code for check in goal.checks] == [
            f"{goal.code}{n:02}" for n in range(1, len(goal.checks) + 1)
        ]


def test_names_are_unique_and_in_kebab_case() -> None:
    names = [check.name for check in CHECKS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_weights_are_between_one_and_five() -> None:
    assert all(1 <= check.weight <= 5 for check in CHECKS.values())


def test_the_exact_match_cache_keeps_its_code() -> None:
    assert CHECKS["INF201"].name == "exact-match-cache"


def test_a_check_that_never_fails_says_why() -> None:
    silent = {check.code: check for check in CHECKS.values() if check.fails is None}
    assert len(silent) == 7
    assert all(check.never_fails and check.manual for check in silent.values())
    assert not [c.code for c in CHECKS.values() if c.fails and c.never_fails]
