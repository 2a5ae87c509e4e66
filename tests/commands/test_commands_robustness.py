import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from tests.conftest import Project, Said

import llmopt
from llmopt.domain import PERTURBATIONS, Candidate, Model
from llmopt.evaluate.choosing import BY_DEFAULT, is_prose
from llmopt.evaluate.plan import make_plan
from llmopt.providers import registry

MODEL = "fragile/one"
PROMPT = """\
prompt: order
baseline: long
variants:
  long: {user: "Is the number of the order in this remark even or odd? Remark: {{ text }}"}
  brief: {user: "Even or odd, briefly. Remark: {{ text }}"}
"""
FLAGS = ("eval", "-m", MODEL, "--format", "json", "-q")


@pytest.fixture
def orders(empty_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    kind = registry._Kind("tests.commands.fragile", local=True)
    monkeypatch.setitem(registry.BUILT_IN, "fragile", kind)
    empty_project.write("prompts/order.yaml", PROMPT)
    write_cases(empty_project)
    return empty_project


def write_cases(project: Project, *, defaults: str = "", count: int = 20) -> None:
    lines = ["prompt: order", "score: label", *([f"defaults: {defaults}"] if defaults else [])]
    lines.append("cases:")
    for n in range(count):
        text = f"Parcel {n} came two days late, and our neighbour was not amused."
        answer = "odd" if n % 2 else "even"
        lines.append(f"  - {{id: c{n}, vars: {{text: '{text}'}}, expect: {answer}}}")
    project.write("testcases/order.yaml", "\n".join(lines) + "\n")


def document(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def by_variant(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {candidate["variant"]: candidate for candidate in found["candidates"]}


def test_a_candidate_that_needs_capitals_is_found_out(orders: Project) -> None:
    found = by_variant(document(orders.llmopt(*FLAGS, "--robustness")))
    brief, long = found["brief"]["robustness"], found["long"]["robustness"]
    assert found["brief"]["avg_accuracy"] == found["long"]["avg_accuracy"] == 1
    assert brief["worst"] == "case"
    assert {name: loss["proven"] for name, loss in brief["perturbations"].items()} == {
        name: name == "case" for name in BY_DEFAULT
    }
    assert brief["perturbations"]["case"]["accuracy_lost"] == 1
    assert brief["accuracy_lost"] == pytest.approx(1 / 5)
    assert brief["against_baseline"]["proven"]
    assert brief["against_baseline"]["lost_more"] == pytest.approx(1 / 5)
    assert long["worst"] is None
    assert long["against_baseline"] is None
    assert long["accuracy_lost"] == 0


def test_a_reader_is_told_what_hurts(orders: Project) -> None:
    said = orders.llmopt("eval", "-m", MODEL, "--robustness", "--explain")
    assert "robustness: order: text by typos, case, whitespace, punctuation" in said.err
    assert "chosen here" in said.err
    text = " ".join(said.out.split())
    assert re.search(r"brief loses 100.0 points \[\d\d.\d, 100.0\] under case; the others", text)
    assert "It loses 20.0 points" in text
    assert "long loses nothing beyond noise" in text
    assert "Broken by perturbation, order/brief on fragile/one:" in text
    assert 'reply: "I cannot tell.", to the plain case "' in text
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.mark.parametrize("format_", ["csv", "markdown"])
def test_other_formats_hold_it_too(orders: Project, format_: str) -> None:
    said = orders.llmopt("eval", "-m", MODEL, "--robustness", "-q", "--format", format_)
    wanted = "case" if format_ == "csv" else "| brief | fragile/one | case | 20 | 100.0% | 0.0% |"
    assert wanted in said.out
    plain = orders.llmopt("eval", "-m", MODEL, "-q", "--format", format_).out
    assert "| case |" not in plain


def test_plain_figures_are_the_same_with_and_without(orders: Project) -> None:
    plain, both = document(orders.llmopt(*FLAGS)), document(orders.llmopt(*FLAGS, "--robustness"))
    assert plain["totals"]["robustness"] is None
    for found in (plain, both):
        for candidate in found["candidates"]:
            candidate.pop("robustness")
    assert plain["candidates"] == both["candidates"]


def test_totals_hold_the_perturbed_calls_and_say_how_many(orders: Project) -> None:
    totals = document(orders.llmopt(*FLAGS, "--robustness"))["totals"]
    assert totals["calls"] == 2 * 20 * (1 + len(BY_DEFAULT))
    assert totals["robustness"]["calls"] == totals["robustness"]["trials"] == 2 * 20 * 5
    assert totals["skipped_calls"] == 0
    assert 0 < totals["robustness"]["input_tokens"] < totals["input_tokens"]


def test_the_choice_of_the_cases_is_followed(orders: Project) -> None:
    write_cases(orders, defaults="{robustness: {text: [case, order]}}")
    said = orders.llmopt("eval", "-m", MODEL, "--format", "json", "--robustness")
    robustness = by_variant(document(said))["brief"]["robustness"]
    assert list(robustness["perturbations"]) == ["case"]
    assert robustness["trials"] == 20
    assert "not asked again: order 20" in said.err


def test_a_resumed_run_asks_no_twin_again(orders: Project) -> None:
    whole = document(orders.llmopt(*FLAGS, "--robustness"))
    again = orders.llmopt("eval", "--resume", "latest", "--record", "more.jsonl", *FLAGS[3:])
    assert document(again)["candidates"] == whole["candidates"]
    assert not (orders.root / "more.jsonl").read_text()


def test_an_interrupted_run_asks_the_twins_that_are_missing(orders: Project) -> None:
    whole = document(orders.llmopt(*FLAGS, "--robustness"))
    with closing(sqlite3.connect(orders.root / ".llmopt/runs.db")) as store, store:
        last = f"trial > (SELECT max(trial) FROM trials) - {2 * len(PERTURBATIONS) * 2}"
        gone = store.execute(f"SELECT count(*) FROM trials WHERE {last}").fetchone()[0]
        store.execute(f"DELETE FROM trials WHERE {last}")
        store.execute("UPDATE runs SET status = 'partial'")
    again = orders.llmopt("eval", "--resume", "latest", "--record", "more.jsonl", *FLAGS[3:])
    assert document(again)["candidates"] == whole["candidates"]
    assert len((orders.root / "more.jsonl").read_text().splitlines()) == gone > 0


def test_a_changed_case_is_asked_anew_with_its_twins(orders: Project) -> None:
    orders.llmopt(*FLAGS, "--robustness")
    cases = orders.root / "testcases/order.yaml"
    cases.write_text(cases.read_text().replace("Parcel 3 came", "Parcel 3 arrived"))
    orders.llmopt("eval", "--resume", "latest", "--record", "more.jsonl", *FLAGS[3:])
    lines = [json.loads(line) for line in (orders.root / "more.jsonl").read_text().splitlines()]
    assert {line["case"] for line in lines} == {"c3"}
    assert len(lines) == 2 * (1 + len(BY_DEFAULT))


def test_a_recording_tells_twins_from_plain_trials(orders: Project) -> None:
    whole = document(orders.llmopt(*FLAGS, "--robustness", "--record", "past.jsonl"))
    lines = [json.loads(line) for line in (orders.root / "past.jsonl").read_text().splitlines()]
    assert {line.get("perturbation") for line in lines} == {None, *BY_DEFAULT}
    assert sum("perturbation" not in line for line in lines) == 40
    replay = ("eval", "-m", "recorded/past.jsonl", *FLAGS[3:])
    assert document(orders.llmopt(*replay, "--robustness"))["candidates"] == whole["candidates"]
    plain = by_variant(document(orders.llmopt(*replay)))
    assert plain["brief"]["avg_accuracy"] == 1


def test_a_recording_without_twins_fails_them_and_nothing_else(orders: Project) -> None:
    orders.llmopt(*FLAGS, "--record", "past.jsonl")
    replay = ("eval", "-m", "recorded/past.jsonl", *FLAGS[3:], "--robustness", "--limit", "2")
    said = orders.llmopt(*replay)
    assert said.code == 3
    found = json.loads(said.out)
    assert {c["errors"] for c in found["candidates"]} == {0}
    assert {c["robustness"]["errors"] for c in found["candidates"]} == {10}
    assert {c["robustness"]["accuracy_lost"] for c in found["candidates"]} == {None}
    assert {error["perturbation"] for error in found["errors"]} == set(BY_DEFAULT)
    shown = orders.llmopt("runs", "show").out
    assert "20 of 24 trials failed" in shown
    assert "has no case with a score both plain and perturbed" in shown


def test_a_recording_with_a_perturbation_that_does_not_exist_is_refused(orders: Project) -> None:
    line = {"prompt": "order", "variant": "brief", "model": "m", "case": "c1", "response": "odd"}
    orders.write("past.jsonl", json.dumps({**line, "perturbation": "shouting"}) + "\n")
    said = orders.llmopt("eval", "-m", "recorded/past.jsonl")
    assert said.code == 2
    assert "'perturbation' must be one of typos, case, whitespace" in said.err


def test_retry_errors_asks_only_the_twins_that_failed(orders: Project) -> None:
    orders.llmopt(*FLAGS, "--robustness", "--record", "past.jsonl")
    past = orders.root / "past.jsonl"
    whole = past.read_text()
    past.write_text("".join(whole.splitlines(keepends=True)[:-6]))
    replay = ("eval", "-m", "recorded/past.jsonl", *FLAGS[3:])
    assert orders.llmopt(*replay, "--robustness").code == 3
    past.write_text(whole)
    said = orders.llmopt("eval", "--retry-errors", "--record", "more.jsonl", *FLAGS[3:])
    assert said.code == 0, said.err
    lines = (orders.root / "more.jsonl").read_text().splitlines()
    assert len(lines) == 6
    assert all("perturbation" in line for line in lines)


def test_until_decided_perturbs_only_what_was_adopted(orders: Project) -> None:
    prompt = orders.root / "prompts/order.yaml"
    prompt.write_text(PROMPT + '  wrong: {user: "Say odd. Remark: x{{ text }}"}\n')
    write_cases(orders, count=60)
    until = ("--until-decided", "--target", "suite", "--margin", "20", "--all", "--robustness")
    found = document(orders.llmopt(*FLAGS, *until))
    twins = {c["variant"]: (c["robustness"] or {}).get("trials", 0) for c in found["candidates"]}
    decisions = {c["variant"]: c["verdict"]["decision"] for c in found["candidates"]}
    asked = {c["variant"]: c["trials"] for c in found["candidates"]}
    assert decisions["brief"] == "adopt"
    assert twins["brief"] == 5 * asked["brief"] < 5 * 60
    assert {v: n > 0 for v, n in twins.items()} == {
        v: d in ("adopt", "baseline") for v, d in decisions.items()
    }


def test_until_decided_perturbs_nothing_where_nothing_was_adopted(orders: Project) -> None:
    said = orders.llmopt("eval", "-m", MODEL, "-q", "--until-decided", "--robustness")
    assert "No perturbed input was asked: no candidate was adopted." in said.out
    assert "order: robustness" not in said.out


def test_the_frame_names_the_perturbation(orders: Project) -> None:
    run = llmopt.evaluate(
        llmopt.load(orders.root), models=[MODEL], selection=llmopt.Selection(robustness=True)
    )
    frame = run.to_frame()
    assert frame["perturbation"].isna().sum() == 40
    assert set(frame["perturbation"].dropna()) == set(BY_DEFAULT)
    assert Candidate("order", "brief", MODEL) in run.result.robustness


def test_few_cases_are_perturbed_like_all_of_them(orders: Project) -> None:
    model, chosen = Model(MODEL, MODEL), llmopt.Selection(robustness=True)
    suite = llmopt.load(orders.root)
    whole = make_plan(suite, [model], chosen)
    few = make_plan(suite, [model], replace(chosen, limit=3))
    texts = [{(t.key, t.case.vars["text"]) for t in plan.perturbed(MODEL)} for plan in (whole, few)]
    assert texts[1] < texts[0]
    assert len(texts[1]) == few.perturbed_trials == 2 * 3 * len(BY_DEFAULT)


def test_perturbed_trials_come_after_all_others(orders: Project) -> None:
    suite, model = llmopt.load(orders.root), Model(MODEL, MODEL)
    without = make_plan(suite, [model], llmopt.Selection(repeat=2))
    plan = make_plan(suite, [model], llmopt.Selection(repeat=2, robustness=True))
    plain = {task.number: task.fingerprint for task in plan.tasks(MODEL)}
    twins = [task.number for task in plan.perturbed(MODEL)]
    assert plain == {task.number: task.fingerprint for task in without.tasks(MODEL)}
    assert len(set(twins)) == len(twins) == plan.perturbed_trials
    assert max(plain) < min(twins)


def test_there_must_be_something_to_perturb(orders: Project) -> None:
    write_cases(orders, defaults="{robustness: false}")
    said = orders.llmopt(*FLAGS, "--robustness")
    assert said.code == 2
    assert "--robustness finds nothing to perturb" in json.loads(said.out)["error"]["message"]


def test_only_prose_is_perturbed_unasked(orders: Project) -> None:
    orders.write(
        "prompts/order.yaml",
        "prompt: order\nvariants:\n  a:\n"
        "    user: '{{ text }} {{ labels }} {{ id }} {{ data }} {{ tags }} {{ n }} {{ kind }}'\n",
    )
    lines = ["prompt: order", "score: {length: {min_words: 1}}", "cases:"]
    lines += [
        f"  - vars: {{text: 'Parcel {n} came late again today.', labels: 'good, bad', n: {n},"
        f' id: A-{n}, data: \'{{"note": "it came late {n}"}}\', tags: [a, b],'
        f" kind: 'a kind of complaint {n % 2}'}}"
        for n in range(12)
    ]
    orders.write("testcases/order.yaml", "\n".join(lines) + "\n")
    suite = llmopt.load(orders.root)
    twins = make_plan(suite, [Model(MODEL, MODEL)], llmopt.Selection(robustness=True)).twins[
        "order"
    ]
    assert dict(twins.variables) == {"text": BY_DEFAULT}
    assert twins.left == {
        "labels": "the same in every case",
        "id": "does not read like prose",
        "data": "does not read like prose",
        "tags": "no text",
        "n": "no text",
        "kind": "few different values",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The parcel came late.", True),
        ("包裹来得很晚，我的邻居不太高兴。", True),
        ("def f(x):\n    return x + 1", False),
        ("SELECT name FROM orders WHERE late", False),
        ("red, green, blue, dark grey", False),
        ('["the", "parcel", "was late"]', False),
        ("2026-01-31 12:00:00 4711", False),
        ("positive", False),
        ("", False),
    ],
)
def test_prose_is_told_from_code_data_and_labels(text: str, *, expected: bool) -> None:
    assert is_prose(text) is expected
