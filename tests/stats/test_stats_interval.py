from __future__ import annotations

import subprocess
import sys
from math import cos, exp, isclose

import pytest

from llmopt.stats.interval import check_probability, find_zero, last_true, normal_quantile


def test_the_normal_quantile_is_the_textbook_one() -> None:
    assert isclose(normal_quantile(0.975), 1.959964, abs_tol=1e-6)


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, float("nan")])
def test_a_probability_outside_the_open_unit_interval_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        check_probability("alpha", value)


@pytest.mark.parametrize("edge", [-0.9, 0.0, 0.3, 0.999])
def test_last_true_finds_where_a_predicate_turns_false(edge: float) -> None:
    assert isclose(last_true(lambda x: x < edge, low=-1.0, high=1.0), edge, abs_tol=1e-12)


def test_last_true_never_tries_the_ends() -> None:
    tried: list[float] = []

    def never(x: float) -> bool:
        tried.append(x)
        return False

    assert last_true(never, low=0.0, high=1.0) == 0.0
    assert 0.0 not in tried
    assert 1.0 not in tried


def test_find_zero_agrees_with_known_roots() -> None:
    assert isclose(find_zero(cos, 0.0, 3.0), 1.5707963267948966, abs_tol=1e-10)
    assert isclose(find_zero(lambda x: exp(-x) - 1e-6, 0.0, 100.0), 13.815510557964274)
    assert isclose(find_zero(lambda x: 1e-9 - x**3, -1.0, 5.0), 1e-3, abs_tol=1e-9)


def test_find_zero_gives_the_end_where_the_sign_never_changes() -> None:
    assert find_zero(lambda x: -1.0 - x, 0.0, 1.0) == 0.0
    assert find_zero(lambda x: 1.0 + x, 0.0, 1.0) == 1.0


def test_find_zero_keeps_its_bracket_on_a_steep_function() -> None:
    assert 0.0 <= find_zero(lambda x: 1e12 if x < 1e-6 else -1.0, 0.0, 1.0) <= 1.0


def test_the_fast_path_modules_need_neither_numpy_nor_statistics_at_import() -> None:
    names = ("proportion", "quantile", "multiplicity", "agreement", "planning", "eprocess")
    code = (
        f"import sys; [__import__('llmopt.stats.' + n) for n in {names!r}]; "
        "print([m for m in ('numpy', 'scipy', 'pandas', 'statistics') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]  # of this test's own making
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
