from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from tests.scorers.judging import PLACE, a_case, a_scorer, judge

from llmopt.domain import Case, Score, ScorerSpec
from llmopt.errors import ScorerError, UsageError
from llmopt.scorers import registry
from llmopt.scorers.base import needs_of
from llmopt.scorers.registry import build, names

WHERE = " (testcases/mood.yaml:3:8) "


def spec(name: str, *parts: ScorerSpec, weight: float = 1.0, **options: Any) -> ScorerSpec:
    return ScorerSpec(name, options, parts, weight, PLACE)


def value(tree: ScorerSpec, reply: str, expect: Any = None) -> float:
    score = build(tree, labels=("yes", "no"), root=Path()).score(reply, a_case(expect))
    assert isinstance(score, Score)
    return score.value


def refused(tree: ScorerSpec) -> UsageError:
    with pytest.raises(UsageError) as caught:
        build(tree, labels=(), root=Path())
    return caught.value


def test_these_scorers_are_built_in() -> None:
    assert names() == (
        *("exact", "label", "contains", "regex", "numeric", "json", "f1", "rouge", "length"),
        *("python", "similarity", "judge", "all", "any", "not"),
    )


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_a_built_in_scorer_is_a_frozen_dataclass_with_one_method(name: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "python": {"function": "os.path:join"},
        "length": {"max_words": 3},
        "judge": {"rubric": "It is polite."},
    }
    scorer = a_scorer(name, **options.get(name, {}))
    kind: Any = type(scorer)
    methods = [name for name, value in vars(kind).items() if name[0] != "_" and callable(value)]
    assert set(methods) - ({"at", "judged", "questions"} if needs_of(scorer) else set()) == {
        "score"
    }
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(scorer, dataclasses.fields(kind)[0].name, 1)


def test_trees_of_scorers_are_built_with_their_weights() -> None:
    tree = spec(
        "all",
        spec("label"),
        spec("contains", expect="because", weight=2),
        spec("not", spec("contains", expect="sorry")),
    )
    assert value(tree, "Yes, because it rained.", "yes") == 1
    assert value(tree, "Yes.", "yes") == 0.5
    assert value(tree, "Sorry: no, because it rained.", "yes") == 0.5
    either = spec("any", spec("exact"), spec("f1", expect="x b"))
    assert value(either, "b", "x") == pytest.approx(2 / 3)


def test_an_own_expectation_wins_over_the_cases() -> None:
    for name in ("exact", "label", "contains", "regex", "numeric", "f1", "rouge"):
        assert value(spec(name, expect="5"), "5", "6") == 1, name
        assert value(spec(name, expect="6"), "5", "5") == 0, name
    assert value(spec("json", expect={"a": 1}), '{"a": 1}', {"a": 2}) == 1


@pytest.mark.parametrize("name", ["exact", "label", "contains", "regex", "numeric", "json", "f1"])
def test_a_case_without_expectation_cannot_be_judged(name: str) -> None:
    with pytest.raises(ScorerError, match="case 'c1' does not say what to expect") as caught:
        judge(name, "yes")
    assert caught.value.hint == "give the case an `expect`, or the scorer one of its own"


@pytest.mark.parametrize(
    ("tree", "message", "hint"),
    [
        (spec("lable"), f"scorer 'lable'{WHERE}is not known", "did you mean 'label'?"),
        (spec("zzz"), f"scorer 'zzz'{WHERE}is not known", f"there are {', '.join(names())}"),
        (ScorerSpec("zzz"), "scorer 'zzz' is not known", f"there are {', '.join(names())}"),
        (
            spec("exact", ignorecase=True),
            f"scorer 'exact'{WHERE}has no option 'ignorecase'",
            "did you mean 'ignore_case'?",
        ),
        (
            spec("label", zzz=1),
            f"scorer 'label'{WHERE}has no option 'zzz'",
            "its options are labels, ignore_case, expect",
        ),
        (
            spec("exact", ignore_case="no"),
            f"scorer 'exact'{WHERE}'ignore_case' is true or false, not 'no'",
            None,
        ),
        (spec("exact", spec("label")), f"scorer 'exact'{WHERE}has no parts", "only all, any, not"),
        (spec("contains", expect=[]), f"scorer 'contains'{WHERE}the expected list is empty", None),
        (spec("contains", expect=" "), f"scorer 'contains'{WHERE}an expected text is empty", None),
        (spec("regex", expect="("), f"scorer 'regex'{WHERE}'(' is not a pattern: ", None),
        (spec("numeric", expect="x"), f"scorer 'numeric'{WHERE}expected a number, got 'x'", None),
        (spec("exact", expect={"a": 1}), f"scorer 'exact'{WHERE}expected a text or a list", None),
        (spec("label", labels="x", expect={}), f"scorer 'label'{WHERE}expected a text", None),
        (spec("all"), f"scorer 'all'{WHERE}has no parts", "name the scorers that it combines"),
        (spec("all", mean=1), f"scorer 'all'{WHERE}has no option 'mean'", "it takes no options"),
        (
            spec("not", spec("exact"), spec("f1")),
            f"scorer 'not'{WHERE}inverts one scorer, not 2",
            "invert an all or any",
        ),
        (
            spec("all", spec("exact", weight=-1)),
            f"scorer 'exact'{WHERE}has the weight -1; a weight is a number from 0",
            None,
        ),
        (spec("any", spec("exact", weight=float("nan"))), "has the weight nan", None),
        (spec("all", spec("exact", weight=0)), f"scorer 'all'{WHERE}has no part with a we", None),
        (spec("all", spec("any", spec("lable"))), f"scorer 'lable'{WHERE}is not known", "'label'?"),
    ],
)
def test_what_cannot_be_built_is_said_with_its_place(
    tree: ScorerSpec, message: str, hint: str | None
) -> None:
    error = refused(tree)
    assert message in error.message
    assert error.message.count("scorer '") == 1
    assert (hint or "") in (error.hint or "")


@dataclass(frozen=True)
class Shouting:
    """A third party's scorer."""

    loud: str

    async def score(self, reply: str, case: Case) -> Score:
        return Score(float(reply.endswith(self.loud)), "heard")


def shouting(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Shouting:
    return Shouting(options["loud"] * len(labels))


def failing(options: Mapping[str, Any], *, labels: Sequence[str], root: Path) -> Shouting:
    raise ValueError("needs a key")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two scorers of another package; one tries to take a built-in's name."""
    points = EntryPoints(
        EntryPoint(name, f"{__name__}:{factory}", registry.ENTRY_POINTS)
        for name, factory in (
            ("shouting", "shouting"),
            ("failing", "failing"),
            ("exact", "failing"),
        )
    )
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(registry, "entry_points", points.select)
    return iter(())


@pytest.mark.usefixtures("installed")
async def test_other_packages_add_scorers() -> None:
    assert names()[-2:] == ("failing", "shouting")
    tree = spec("all", spec("shouting", loud="!"), spec("exact"))
    score = build(tree, labels=("a", "b"), root=Path()).score("yes!!", a_case("no"))
    assert not isinstance(score, Score)
    assert (await score).value == 0.5
    assert "did you mean 'shouting'?" in (refused(spec("shoutin")).hint or "")


@pytest.mark.usefixtures("installed")
def test_what_a_factory_raises_is_said_with_its_place() -> None:
    assert (
        refused(spec("failing")).message == f"scorer 'failing'{WHERE}cannot be built: needs a key"
    )


@pytest.mark.usefixtures("installed")
def test_built_in_names_cannot_be_taken() -> None:
    assert value(spec("exact"), "yes", "yes") == 1


def test_nothing_heavy_is_imported_before_its_scorer_is_built() -> None:
    program = (
        "import sys; from pathlib import Path; from llmopt.domain import ScorerSpec\n"
        "from llmopt.scorers.registry import build\n"
        "for name in ('exact', 'label', 'json', 'numeric', 'f1', 'regex', 'contains'):\n"
        "    build(ScorerSpec(name), labels=('a',), root=Path())\n"
        "print([m for m in ('nltk', 'rouge_score', 'jsonschema', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
