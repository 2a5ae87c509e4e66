from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.scorers.judging import a_case, a_scorer

from llmopt.domain import Score
from llmopt.errors import ScorerError, UsageError
from llmopt.scorers.base import Scorer
from llmopt.scorers.python_function import forget, imported

Writer = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    def write(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write


def scoring(write: Writer, root: Path, body: str) -> Scorer:
    """A scorer whose function has `body` for its return value."""
    write("checks_body.py", f"def check(reply, case):\n    return {body}\n")
    return a_scorer("python", root=root, function="checks_body:check")


@pytest.mark.parametrize(
    ("body", "score"),
    [
        ("True", Score(1.0, "checks_body:check returned True")),
        ("False", Score(0.0, "checks_body:check returned False")),
        ("0.5", Score(0.5, "checks_body:check returned 0.5")),
        ("1", Score(1.0, "checks_body:check returned 1")),
        ("(0.25, 'a quarter')", Score(0.25, "a quarter")),
        ("(True, 'quite')", Score(1.0, "quite")),
        ("__import__('llmopt.domain').domain.Score(0.75, 'mine')", Score(0.75, "mine")),
        ("__import__('numpy').float32(0.5)", Score(0.5, "checks_body:check returned 0.5")),
        ("reply == case.expect", Score(1.0, "checks_body:check returned True")),
        ("case.vars['share']", Score(0.125, "checks_body:check returned 0.125")),
        ("case.id == 'c1'", Score(1.0, "checks_body:check returned True")),
    ],
)
def test_a_function_may_answer_in_many_ways(
    write: Writer, tmp_path: Path, body: str, score: Score
) -> None:
    scorer = scoring(write, tmp_path, body)
    assert scorer.score("yes", a_case("yes", share=0.125)) == score


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("None", "checks_body:check returned None"),
        ("'yes'", "checks_body:check returned 'str'"),
        ("[1]", "checks_body:check returned 'list'"),
        (
            "__import__('llmopt.domain').domain.Score('1', 'x')",
            "checks_body:check returned 'Score'",
        ),
        ("(1, 2)", "checks_body:check returned 'tuple'"),
        ("(1, 'a', 'b')", "checks_body:check returned 'tuple'"),
        ("1.5", "checks_body:check returned 1.5, outside 0..1"),
        ("-1", "checks_body:check returned -1.0, outside 0..1"),
        ("float('nan')", "checks_body:check returned nan, outside 0..1"),
        ("10 ** 400", "checks_body:check returned no number"),
        ("case.vars['lost']", "checks_body:check raised KeyError: 'lost' (checks_body.py:2)"),
        ("1 / 0", "raised ZeroDivisionError: division by zero (checks_body.py:2)"),
        ("__import__('sys').exit(3)", "raised SystemExit: 3 (checks_body.py:2)"),
        ("__import__('json').loads('{')", "column 2 (char 1) (checks_body.py:2)"),
    ],
)
def test_an_answer_that_is_no_score_fails_the_trial(
    write: Writer, tmp_path: Path, body: str, message: str
) -> None:
    with pytest.raises(ScorerError) as caught:
        scoring(write, tmp_path, body).score("yes", a_case())
    assert message in caught.value.message


async def test_a_coroutine_function_is_awaited(write: Writer, tmp_path: Path) -> None:
    write("checks_async.py", "async def check(reply, case):\n    return len(reply) / case.expect\n")
    scorer = a_scorer("python", root=tmp_path, function="checks_async:check")
    score = scorer.score("yes", a_case(6))
    assert inspect.isawaitable(score)
    assert (await score).value == 0.5
    failing = scorer.score("yes", a_case(0))
    assert inspect.isawaitable(failing)
    with pytest.raises(ScorerError, match=r"ZeroDivisionError: .* \(checks_async.py:2\)"):
        await failing


def test_modules_import_their_neighbours_and_packages(write: Writer, tmp_path: Path) -> None:
    write("checks_next.py", "LIMIT = 3\n")
    write("checks_pack/__init__.py", "")
    write(
        "checks_pack/tone.py",
        "from checks_next import LIMIT\n\nclass Tone:\n    @staticmethod\n"
        "    def check(reply, case):\n        return len(reply) == LIMIT\n",
    )
    scorer = a_scorer("python", root=tmp_path, function="checks_pack.tone:Tone.check")
    score = scorer.score("yes", a_case())
    assert isinstance(score, Score)
    assert score.value == 1


def test_the_path_is_left_as_it_was(write: Writer, tmp_path: Path) -> None:
    before = list(sys.path)
    scoring(write, tmp_path, "True")
    assert sys.path == before
    write("checks_broken.py", "import sys\nsys.path.append('/else')\n1 / 0\n")
    with pytest.raises(UsageError):
        a_scorer("python", root=tmp_path, function="checks_broken:check")
    assert sys.path == [*before, "/else"]
    sys.path.remove("/else")


def test_a_module_is_imported_once(write: Writer, tmp_path: Path) -> None:
    write("checks_once.py", "import itertools\ncount = itertools.count()\nnext(count)\n"
          "def check(reply, case):\n    return next(count) == 1\n")  # fmt: skip
    scorers = [a_scorer("python", root=tmp_path, function="checks_once:check") for _ in range(2)]
    assert scorers[0] == scorers[1]
    assert scorers[1].score("", a_case()) == Score(1.0, "checks_once:check returned True")


def test_two_projects_may_each_have_a_module_of_one_name(tmp_path: Path) -> None:
    scores = []
    for name, value in (("one", 1), ("two", 0), ("one", 1)):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "checks_same.py").write_text(f"def check(reply, case):\n    return {value}\n")
        scorer = a_scorer("python", root=folder, function="checks_same:check")
        score = scorer.score("", a_case())
        assert isinstance(score, Score)
        scores.append(score.value)
    assert scores == [1, 0, 1]


def test_only_the_projects_own_modules_make_way_for_anothers(tmp_path: Path) -> None:
    library = tmp_path / "one" / "src"
    library.mkdir(parents=True)
    (library / "checks_library.py").write_text("LIMIT = 1\n")
    sys.path.append(str(library))
    seen = []
    try:
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir(exist_ok=True)
            (folder / "checks_user.py").write_text(
                "import checks_library\n\ndef check(reply, case):\n    return True\n"
            )
            a_scorer("python", root=folder, function="checks_user:check")
            seen.append(sys.modules["checks_library"])
    finally:
        sys.path.remove(str(library))
    assert seen[0] is seen[1]


def test_a_file_with_the_name_of_a_loaded_module_is_refused(write: Writer, tmp_path: Path) -> None:
    write("json.py", "def check(reply, case):\n    return 1\n")
    with pytest.raises(UsageError, match=r"'json\.py' has the name of another module") as caught:
        a_scorer("python", root=tmp_path, function="json:check")
    assert caught.value.hint == "rename the file"


@pytest.mark.parametrize(
    ("function", "message", "hint"),
    [
        ("checks_here", "'checks_here' names no function", "write it as module:function"),
        ("checks here:f", "'checks here:f' names no function", "write it as module:function"),
        ("checks_heer:check", "there is no module 'checks_heer'", "did you mean 'checks_here'?"),
        ("checks_here.sub:check", "there is no module 'checks_here.sub'", "'checks_here'?"),
        ("checks_here:chekc", "has no function 'chekc'", "did you mean 'check'?"),
        ("checks_here:LIMIT", "has no function 'LIMIT'", "it is read from "),
        ("checks_here:", "has no function ''", "it is read from "),
        ("checks_syntax:check", "SyntaxError: invalid syntax", None),
        ("checks_syntax:check", "(checks_syntax.py:2)", None),
        ("checks_raises:check", "RuntimeError: at import (checks_raises.py:1)", None),
        ("checks_exits:check", "SystemExit: 1 (checks_exits.py:2)", None),
        ("checks_needs:check", "No module named 'checks_lost' (checks_needs.py:1)", None),
        (7, "needs a function", "write it as module:function"),
        (None, "needs a function", "write it as module:function"),
    ],
)
def test_what_cannot_be_imported_is_said_before_the_run(
    write: Writer, tmp_path: Path, function: object, message: str, hint: str | None
) -> None:
    write("checks_here.py", "LIMIT = 3\n\ndef check(reply, case):\n    return True\n")
    write("checks_syntax.py", "def check(reply, case):\n    return return\n")
    write("checks_raises.py", "raise RuntimeError('at import')\n")
    write("checks_exits.py", "import sys\nsys.exit(1)\n")
    write("checks_needs.py", "import checks_lost\n")
    with pytest.raises(UsageError) as caught:
        a_scorer("python", root=tmp_path, function=function)
    assert caught.value.message.startswith("scorer 'python' (testcases/mood.yaml:3:8) ")
    assert message in caught.value.message
    assert (hint or "") in (caught.value.hint or "")


def test_a_forgotten_module_is_imported_anew(write: Writer, tmp_path: Path) -> None:
    write("fresh_words.py", "GOOD = 0.25\n")
    write("fresh.py", "import fresh_words\ndef check(reply, case):\n    return fresh_words.GOOD\n")
    assert a_scorer("python", root=tmp_path, function="fresh:check").score("", a_case()) == Score(
        0.25, "fresh:check returned 0.25"
    )
    assert {path.name for path in imported(tmp_path)} == {"fresh.py", "fresh_words.py"}
    write("fresh_words.py", "GOOD = 0.7500\n")
    forget()
    assert a_scorer("python", root=tmp_path, function="fresh:check").score("", a_case()) == Score(
        0.75, "fresh:check returned 0.75"
    )


def test_after_a_failed_import_every_file_that_may_be_at_fault_is_told(
    write: Writer, tmp_path: Path
) -> None:
    write("torn_words.py", "GOOD =\n")
    write("torn.py", "import torn_words\n")
    with pytest.raises(UsageError):
        a_scorer("python", root=tmp_path, function="torn:check")
    assert {path.name for path in imported(tmp_path)} == {"torn.py", "torn_words.py"}
    with pytest.raises(UsageError):
        a_scorer("python", root=tmp_path, function="absent:check")
    assert imported(tmp_path)[tmp_path / "absent.py"] is None
    forget()
    assert imported(tmp_path) == {}
