"""Checks that other packages add."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import Distribution, EntryPoint, EntryPoints
from types import SimpleNamespace

import pytest
from tests.conftest import Project

from llmopt.audit import registry
from llmopt.audit.check import INFERENCE, Area, Check, Goal
from llmopt.audit.facts import Facts
from llmopt.audit.judging import Judgement, failed
from llmopt.domain import Saving
from llmopt.errors import UsageError

CALL = """
from openai import OpenAI

def ask(text: str) -> str:
    reply = OpenAI().responses.create(model="gpt-5", input=text)
    return reply.output_text
"""


Offer = Callable[[object], None]


class Package(Distribution):
    """A distribution that is as good as installed."""

    def read_text(self, filename: str) -> str | None:
        return "Name: house-rules\nVersion: 2.1\n" if filename == "METADATA" else None

    def locate_file(self, path: object) -> SimpleNamespace:
        raise NotImplementedError


def judged(facts: Facts) -> Judgement:
    return failed([call.evidence("not agreed on") for call in facts.code.calls], "no contract")


def saved(facts: Facts) -> Saving | None:
    return Saving(1_000, 12.5, f"of {len(facts.code.calls)} calls")


CHECK = Check(
    code="HSE101",
    name="house-models",
    title="Only models of the house",
    weight=5,
    effort="low",
    needs=("code",),
    judges="Whether a model is used that nobody agreed on.",
    passes="All are agreed on.",
    fails="One is not.",
    manual=None,
    not_applicable="No model.",
    saving="The difference in price.",
    remedy="Ask first.",
    snippet="model='gpt-5-mini'",
    source="The house.",
    judge=judged,
    saves=saved,
)
HOUSE = Area("HSE", "house", "House rules")
GOAL = Goal("HSE1", "house-rules", "Agreed models", HOUSE, (CHECK,))
BESIDE = Goal("INF9", "house-caching", "Our caches", INFERENCE, (replace(CHECK, code="INF901"),))


def raising(facts: Facts) -> Judgement:
    raise KeyError("tenants")


def goal(**changes: object) -> Goal:
    return replace(GOAL, checks=(replace(CHECK, **changes),))  # type: ignore[arg-type]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Offer]:
    """Put what is offered under the entry point `house` of an installed package."""

    def install(offered: object) -> None:
        module = SimpleNamespace(GOAL=offered)
        monkeypatch.setitem(sys.modules, "house_rules", module)
        point = EntryPoint("house", "house_rules:GOAL", registry.ENTRY_POINTS)
        point = point._for(Package())  # type: ignore[attr-defined]
        monkeypatch.setattr(registry, "entry_points", EntryPoints([point]).select)
        registry.goals.cache_clear()

    yield install
    registry.goals.cache_clear()


ORIGIN = "entry point 'house' (llmopt.checks) of house-rules 2.1"


def test_a_check_of_another_package_is_judged_scored_and_priced(
    offer: Offer, empty_project: Project
) -> None:
    offer(GOAL)
    empty_project.write("app.py", CALL)
    document = json.loads(empty_project.llmopt("checklist", "--format", "json").out)
    last = document["checks"][-1]
    assert (last["code"], last["area"], last["outcome"]) == ("HSE101", "house", "fail")
    assert last["evidence"][0] == {"file": "app.py", "line": 5, "fact": "not agreed on"}
    assert last["saving"]["dollars_per_month"] == 12.5
    assert document["areas"][-1] == {"code": "HSE", "title": "House rules", "score": 0}
    assert "HSE101" in document["opportunities"]
    assert len(document["checks"]) == 47


@pytest.mark.parametrize("form", ["table", "markdown", "html", "sarif", "junit", "gitlab"])
def test_every_format_shows_it(offer: Offer, empty_project: Project, form: str) -> None:
    offer(GOAL)
    empty_project.write("app.py", CALL)
    said = empty_project.llmopt("checklist", "--format", form).out
    assert "HSE101" in said
    assert "Only models of the house" in said


def test_it_is_chosen_left_out_explained_and_attested(offer: Offer, empty_project: Project) -> None:
    offer(GOAL)
    empty_project.write("app.py", CALL)
    chosen = json.loads(empty_project.llmopt("checklist", "--area", "hse", "--format", "json").out)
    assert [check["code"] for check in chosen["checks"]] == ["HSE101"]
    assert "Only models of the house" in empty_project.llmopt("checklist", "--explain", "HSE1").out
    left = json.loads(empty_project.llmopt("checklist", "--skip", "HSE", "--format", "json").out)
    assert len(left["checks"]) == 46
    empty_project.write(
        "llmopt.yaml", "checklist: {HSE101: {status: done, reason: signed in May}}\n"
    )
    attested = json.loads(
        empty_project.llmopt("checklist", "--only", "HSE101", "--format", "json").out
    )
    assert attested["checks"][0]["outcome"] == "attested"


def test_a_goal_of_a_known_area_stands_with_the_others_of_it(offer: Offer) -> None:
    offer(BESIDE)
    codes = [goal.code for goal in registry.goals()]
    assert codes.index("INF9") == codes.index("INF3") + 1


@pytest.mark.parametrize(
    ("offered", "problem"),
    [
        ("a text", "offers a str, not a Goal"),
        (replace(GOAL, checks=()), "has no check under its goal HSE1"),
        (replace(GOAL, area=Area("INF", "house", "Ours")), "has another area INF than 'Inference'"),
        (replace(GOAL, area=Area("house", "h", "h")), "code of an area is three capital letters"),
        (replace(BESIDE, code="INF2"), "has the goal INF2, which there is already"),
        (goal(code="HSE201"), "has the check 'HSE201'; its code is HSE1 and two digits"),
        (goal(name="semantic-cache"), "HSE101 semantic-cache, which there is already"),
        (goal(weight=9), "gives HSE101 the weight 9; a weight is from 1 to 5"),
        (goal(needs=("stars",)), "lets HSE101 look at 'stars'"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_package(
    offer: Offer, offered: object, problem: str
) -> None:
    offer(offered)
    with pytest.raises(UsageError) as told:
        registry.goals()
    assert told.value.message.startswith(ORIGIN)
    assert problem in told.value.message


def test_a_module_that_cannot_be_loaded_is_told_and_not_traced(
    offer: Offer, empty_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(GOAL)
    monkeypatch.delattr(sys.modules["house_rules"], "GOAL")
    said = empty_project.llmopt("checklist", "--format", "json")
    assert said.code == 2
    assert f"{ORIGIN} cannot be loaded from house_rules:GOAL: AttributeError" in said.out


@pytest.mark.parametrize(
    ("judge", "problem"),
    [
        (raising, "KeyError: 'tenants'"),
        (lambda _: None, "it returned a NoneType, not a Judgement"),
        (lambda _: Judgement("pass"), "it says pass without evidence"),
        (lambda _: Judgement("attested"), "it has no outcome 'attested'"),
    ],
)
def test_a_judge_that_fails_is_told_with_a_way_out(
    offer: Offer, empty_project: Project, judge: object, problem: str
) -> None:
    offer(goal(judge=judge))
    empty_project.write("app.py", CALL)
    said = empty_project.llmopt("checklist")
    assert said.code == 2
    told = " ".join(said.err.split())
    assert f"check HSE101 of {ORIGIN} failed" in told
    assert problem in told
    assert "--skip HSE101" in told
    assert empty_project.llmopt("checklist", "--skip", "HSE101").code == 0


def test_packages_are_not_looked_for_before_an_audit() -> None:
    program = (
        "import importlib.metadata as m\n"
        "def refuse(**kwargs): raise AssertionError(kwargs)\n"
        "m.entry_points = refuse\n"
        "import llmopt.audit.registry, llmopt.api.checklist, llmopt.report.checklist\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
